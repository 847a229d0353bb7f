"""The routing table: who gets which conversations, and which row would decide about a case."""

from typing import Any

from nicegui import ui

from service import texts
from service.console.components.draft_table import DraftTable
from service.console.drafts import ANY, CONDITIONS, RouteDraft, read_routes, route_draft
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.console.topics import topics_of
from service.departments import list_departments
from service.domain.intents import Priority
from service.domain.routes import AssignmentMode, Matter, Route
from service.shifts.routing import explain_route, list_routes, save_routes

FURTHEST = len(Priority) - 1


@console_page("routing", "/routing")
async def routing(place: Place) -> None:
    """Rows of «if» and «then», saved together; below, a case to try."""
    wear("supervisor")
    await _View(place).build()


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._seen: tuple[Route, ...] = ()
        titles = {each.id: each.title(place.language) for each in list_departments(place.office)}
        self._options: dict[str, dict[str, str]] = {
            "intent": dict(sorted(topics_of(place).items(), key=lambda each: each[1])),
            "department": titles,
            "language": {each: place.say(f"routing.{each}") for each in texts.LANGUAGES},
            "verified": {each: place.say(f"routing.verified_{each}") for each in ("yes", "no")},
            "channel": {each: each for each in place.office.channels},
            "queue": titles,
            "mode": {each.value: place.say(f"routing.{each.value}") for each in AssignmentMode},
        }

    async def build(self) -> None:
        place = self._place
        with ui.element("div").classes("sheet"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.routing")).props("role=heading aria-level=1").classes("sheet-title")
                ui.label(place.say("routing.lead")).classes("sheet-lead")
            self._table: DraftTable[RouteDraft] = DraftTable(
                place, "routing", build_row=self._row, make=RouteDraft, save=self._save, load=self._load
            )
            self._try_out()
        await self._load()

    async def _load(self) -> None:
        rows = await self._place.do(list_routes, ME, self._place.office)
        if rows is not None:
            self._seen = rows
            self._table.show([route_draft(each) for each in rows])

    def _row(self, draft: RouteDraft, number: int) -> None:
        place, table = self._place, self._table
        with ui.element("div").classes("route"):
            with ui.element("div").classes("draft-fields"):
                ui.label(place.say("routing.when", n=number + 1)).classes("route-word")
                for name in CONDITIONS:
                    self._field(draft, name, "any", table.touch)
            with ui.element("div").classes("draft-fields then"):
                ui.label(place.say("routing.then")).classes("route-word")
                self._field(draft, "queue", "as_topic", table.touch)
                moves = {step: place.say("routing.steps", n=f"{step:+d}") for step in range(-FURTHEST, FURTHEST + 1)}
                ui.select(
                    moves | {0: place.say("routing.unchanged")}, label=place.say("routing.raise_by"),
                    on_change=table.touch,
                ).bind_value(draft, "raise_by").props("outlined dense options-dense")  # fmt: skip
                self._field(draft, "mode", "unchanged", table.touch)
                self._field(draft, "skill", "any", table.touch)
        with ui.element("div").classes("route-buttons"):
            table.button("arrow_upward", "up", lambda: table.move(number, -1)).set_enabled(number > 0)
            last = number == len(table.rows) - 1
            table.button("arrow_downward", "down", lambda: table.move(number, 1)).set_enabled(not last)
            table.button("close", "remove", lambda: table.remove(number))

    def _field(self, draft: Any, name: str, nothing: str, on_change: Any) -> None:
        label = self._place.say(f"routing.{name}")
        props = f'outlined dense options-dense data-testid="route-{name}"'
        options = self._options.get(name)
        if options is None:
            ui.input(label, on_change=on_change).bind_value(draft, name).props(props + " maxlength=40")
            return
        present = getattr(draft, name)
        known = {ANY: self._place.say(f"routing.{nothing}")} | options
        known.setdefault(present, present)  # a topic or department that is gone is shown as it stands
        ui.select(known, label=label, with_input=len(known) > 12, on_change=on_change).bind_value(draft, name).props(
            props
        )

    async def _save(self, drafts: list[RouteDraft]) -> bool:
        place = self._place
        read = read_routes(drafts)
        if isinstance(read, tuple):
            key, row = read
            ui.notify(place.say(f"routing.wrong_{key}", row=row), type="warning", position="top")
            return False
        return await place.do(save_routes, read, ME, place.office, seen=self._seen) is not None

    def _try_out(self) -> None:
        place = self._place
        case = RouteDraft(intent=next(iter(self._options["intent"])), language=place.language)
        with ui.element("section").classes("card try-out"):
            ui.label(place.say("routing.try")).classes("card-title").props("role=heading aria-level=2")
            ui.label(place.say("routing.try_about")).classes("muted")
            with ui.element("div").classes("draft-fields"):
                for name in ("intent", "language", "segment", "verified", "channel"):
                    self._field(case, name, "any", None)
                ui.button(place.say("routing.ask"), on_click=lambda: self._explain(case)).props(
                    'outline no-caps data-testid="explain"'
                )
            self._answer = ui.label().classes("try-answer").props('role=status data-testid="answer"')

    async def _explain(self, case: RouteDraft) -> None:
        place = self._place
        rule = place.office.rules.rule(case.intent)
        home = rule.department if rule else place.office.rules.departments[-1]
        matter = Matter(
            home, case.intent or None, case.language or None, case.segment.strip() or None, case.verified == "yes",
            case.channel or None,
        )  # fmt: skip
        rows = await place.do(list_routes, ME, place.office)
        found = await place.do(explain_route, matter, ME, place.office)
        if rows is None:
            return
        queue = self._options["queue"].get(found.queue if found and found.queue else home, home)
        places = {each.id: number for number, each in enumerate(rows, 1)}
        key = "by_row" if found else "by_topic"
        self._answer.set_text(
            place.say(f"routing.{key}", row=places.get(found.id if found else None, "?"), queue=queue)
        )
