"""The service targets: how soon clients are answered, by department and priority."""

from nicegui import ui

from service.console.amounts import duration
from service.console.components.draft_table import DraftTable
from service.console.drafts import ANY, TargetDraft, read_targets, target_draft
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.departments import list_departments
from service.domain.intents import Priority
from service.domain.targets import TargetRule
from service.shifts.targets import LONGEST_MINUTES, default_target, list_targets, save_targets

CLOCKS = ("first", "next", "resolution")


@console_page("targets", "/targets")
async def targets(place: Place) -> None:
    """One row a rule, saved together; below, what holds where no rule fits."""
    wear("supervisor")
    await _View(place).build()


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._seen: tuple[TargetRule, ...] = ()
        titles = {each.id: each.title(place.language) for each in list_departments(place.office)}
        self._departments = {ANY: place.say("targets.any_department")} | titles
        self._priorities = {ANY: place.say("targets.any_priority")} | {
            each.value: place.say(f"targets.{each.value}") for each in reversed(Priority)
        }

    async def build(self) -> None:
        place = self._place
        with ui.element("div").classes("sheet"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.targets")).props("role=heading aria-level=1").classes("sheet-title")
                ui.label(place.say("targets.lead")).classes("sheet-lead")
            self._table: DraftTable[TargetDraft] = DraftTable(
                place, "targets", build_row=self._row, make=TargetDraft, save=self._save, load=self._load
            )
            self._defaults()
        await self._load()

    async def _load(self) -> None:
        rules = await self._place.do(list_targets, ME, self._place.office)
        if rules is not None:
            self._seen = rules
            self._table.show([target_draft(each) for each in rules])

    def _row(self, draft: TargetDraft, number: int) -> None:
        place, table = self._place, self._table
        with ui.element("div").classes("draft-fields target-fields"):
            for name, options in (("department", self._departments), ("priority", self._priorities)):
                known = options | {getattr(draft, name): options.get(getattr(draft, name), getattr(draft, name))}
                ui.select(known, label=place.say(f"targets.{name}"), on_change=table.touch).bind_value(
                    draft, name
                ).props("outlined dense options-dense")
            for name in CLOCKS:
                field = ui.number(
                    place.say(f"targets.{name}"), min=1, max=LONGEST_MINUTES, precision=0, on_change=table.touch
                ).bind_value(draft, name)  # fmt: skip
                field.props(f'outlined dense suffix="{place.say("targets.minutes_unit")}" data-testid="target-{name}"')
            ui.number(place.say("targets.warn_percent"), min=1, max=99, on_change=table.touch).bind_value(
                draft, "warn_percent"
            ).props('outlined dense suffix="%"')
        table.button("close", "remove", lambda: table.remove(number))

    async def _save(self, drafts: list[TargetDraft]) -> bool:
        place = self._place
        read = read_targets(drafts, LONGEST_MINUTES)
        if isinstance(read, tuple):
            key, row = read
            ui.notify(place.say(f"targets.wrong_{key}", row=row), type="warning", position="top")
            return False
        return await place.do(save_targets, read, ME, place.office, seen=self._seen) is not None

    def _defaults(self) -> None:
        place = self._place
        with ui.element("section").classes("card defaults"):
            ui.label(place.say("targets.defaults")).classes("card-title").props("role=heading aria-level=2")
            ui.label(place.say("targets.defaults_about")).classes("muted")
            with ui.element("table").classes("plain-table"):
                with ui.element("thead"), ui.element("tr"):
                    for name in ("priority", *CLOCKS, "warn_percent"):
                        with ui.element("th").props("scope=col"):
                            ui.label(place.say(f"targets.{name}"))
                with ui.element("tbody"):
                    for priority in reversed(Priority):
                        self._default_row(priority)

    def _default_row(self, priority: Priority) -> None:
        place, target = self._place, default_target(priority, self._place.office)
        minutes = (target.first_minutes, target.next_minutes, target.resolution_minutes)
        with ui.element("tr"):
            with ui.element("th").props("scope=row"):
                ui.label(place.say(f"targets.{priority.value}"))
            for each in (*(duration(60 * value, place.language) for value in minutes), f"{target.warn_share:.0%}"):
                with ui.element("td"):
                    ui.label(each)
