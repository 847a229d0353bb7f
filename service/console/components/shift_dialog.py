"""The times of one person's day: for this day only, or for weekdays from now on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from zoneinfo import available_timezones

from nicegui import ui

from service.console.amounts import date_in_words, weekdays
from service.console.components.once import once
from service.console.place import ME, Place
from service.console.weeks import Cell, DayEdit, as_weekly, cell_of, edited, read_hours
from service.domain.rosters import Shift
from service.domain.staff import StaffMember
from service.policies.roster_files import clock
from service.shifts import rosters
from service.shifts.rosters import RosterBoard


def ask_shifts(
    place: Place, board: RosterBoard, person: StaffMember, day: date, zone: str, on_saved: Callable[[], Awaitable[None]]
) -> None:
    """Open the dialog."""
    _ShiftDialog(place, board, person, day, zone, on_saved).build()


class _ShiftDialog:
    def __init__(
        self, place: Place, board: RosterBoard, person: StaffMember, day: date, zone: str,
        on_saved: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._place, self._board, self._person, self._day = place, board, person, day
        self._on_saved = on_saved
        self._cell: Cell = cell_of(board.roster, person.id, day)
        first = next(iter(self._cell.shifts), None) or next(
            (each for each in board.roster.shifts if each.operator == person.id), None
        )
        self._zone = first.zone if first else person.time_zone or zone
        self._country = first.country if first else next(iter(board.holidays), "")
        self._rows: list[tuple[ui.input, ui.input]] = []
        self._days = {day.weekday()}
        self._do_save = once(lambda: self._save_button, self._save)
        self._do_reset = once(lambda: self._save_button, self._reset)

    def build(self) -> None:
        place = self._place
        with ui.dialog(value=True) as self._dialog, ui.card().classes("ask shifts-ask"):
            title = place.say("roster.of", name=self._person.name, day=date_in_words(self._day, place.language))
            ui.label(title).classes("card-title").props("role=heading aria-level=2")
            special = self._cell.special or self._cell.off
            self._scope = ui.radio(
                {"weekly": place.say("roster.weekly"), "day": place.say("roster.this_day")},
                value="day" if special else "weekly", on_change=self._show_scope,
            ).props('inline dense data-testid="scope"')  # fmt: skip
            self._weekdays()
            self._off = ui.checkbox(place.say("roster.is_off"), value=self._cell.off, on_change=self._show_scope)
            with ui.element("div").classes("hours") as self._hours:
                pass
            for each in self._cell.shifts or (None,):
                self._add(each)
            self._more = ui.button(place.say("roster.add"), icon="add", on_click=self._add_and_focus).props(
                'flat no-caps dense data-testid="add-hours"'
            )
            with ui.element("div").classes("ask-pair"):
                self._zone_field = ui.select(
                    sorted(available_timezones() | {self._zone}), label=place.say("roster.zone"), value=self._zone,
                    with_input=True,
                ).props("outlined dense options-dense")  # fmt: skip
                self._country_field = ui.input(place.say("roster.country"), value=self._country).props(
                    "outlined dense maxlength=2 mask=AA"
                )
            ui.label(place.say("roster.night")).classes("muted")
            with ui.element("div").classes("ask-foot"):
                if special:
                    as_weekly = ui.button(place.say("roster.as_weekly"), on_click=self._do_reset)
                    as_weekly.props("flat no-caps").classes("left")
                ui.button(place.say("roster.cancel"), on_click=self._dialog.close).props("flat no-caps")
                self._save_button = ui.button(place.say("roster.save"), on_click=self._do_save).props(
                    'unelevated no-caps data-testid="save-shifts"'
                )
        self._dialog.on("hide", self._dialog.delete)
        self._show_scope()

    def _weekdays(self) -> None:
        place = self._place
        with ui.element("div").classes("weekday-row").props("role=group") as self._weekday_row:
            self._weekday_row.props["aria-label"] = place.say("roster.weekly")
            for number, name in enumerate(weekdays(place.language)):
                button = ui.element("button").classes("choice").props(f'type=button data-testid="weekday-{number}"')
                with button:
                    ui.label(name)
                button.props(f"aria-pressed={'true' if number in self._days else 'false'}")
                button.on("click", lambda number=number, button=button: self._toggle(number, button))

    def _toggle(self, number: int, button: ui.element) -> None:
        self._days ^= {number}
        button.props(f"aria-pressed={'true' if number in self._days else 'false'}")

    def _show_scope(self) -> None:
        one_day = self._scope.value == "day"
        self._weekday_row.visible = not one_day
        self._off.visible = one_day
        working = not (one_day and self._off.value)
        self._hours.visible = self._more.visible = working

    def _add(self, shift: Shift | None = None) -> None:
        place = self._place
        with self._hours, ui.element("div").classes("hours-row") as row:
            fields = []
            for name, value in (("from", shift and clock(shift.starts)), ("to", shift and clock(shift.ends))):
                field = ui.input(place.say(f"roster.{name}"), value=value or "", placeholder="09:00")
                field.props(f'outlined dense maxlength=5 data-testid="hours-{name}"').on("keydown.enter", self._do_save)
                fields.append(field)
            pair = (fields[0], fields[1])
            self._rows.append(pair)
            remove = ui.button(icon="close", on_click=lambda: self._remove(row, pair)).props("flat round dense")
            remove.props["aria-label"] = place.say("roster.remove")

    def _add_and_focus(self) -> None:
        self._add()
        self._rows[-1][0].run_method("focus")

    def _remove(self, row: ui.element, pair: tuple[ui.input, ui.input]) -> None:
        self._rows.remove(pair)
        row.delete()

    async def _save(self) -> None:
        place = self._place
        one_day = self._scope.value == "day"
        off = one_day and bool(self._off.value)
        hours = () if off else read_hours([(str(a.value or ""), str(b.value or "")) for a, b in self._rows])
        if isinstance(hours, str) or (not one_day and not self._days):
            problem = hours if isinstance(hours, str) else "no_weekday"
            ui.notify(place.say(f"roster.{problem}"), type="warning", position="top")
            return
        edit = DayEdit(
            hours, str(self._zone_field.value), str(self._country_field.value or "").upper(), off,
            None if one_day else frozenset(self._days),
        )  # fmt: skip
        await self._keep(*edited(self._board.roster, self._person.id, self._day, edit))

    async def _reset(self) -> None:
        await self._keep(*as_weekly(self._board.roster, self._person.id, self._day))

    async def _keep(self, shifts: Sequence[Shift], days_off: Sequence[date]) -> None:
        place = self._place
        kept = await place.do(
            rosters.save_shifts, self._person.login, shifts, days_off, ME, place.office, seen=self._board
        )
        await self._on_saved()
        if kept is not None:
            ui.notify(place.say("roster.saved"), type="positive", position="top")
            self._dialog.close()
