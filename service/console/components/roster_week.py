"""The grid of a week: a row a person, a cell a day, and below how many are on in each hour."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import weekday_and_day
from service.console.place import Place
from service.console.weeks import Cell, cell_of, cover, gaps, week_of
from service.console.words import section
from service.domain.rosters import Shift
from service.domain.staff import StaffMember
from service.policies.calendars import Interval
from service.policies.roster_files import clock
from service.shifts.rosters import RosterBoard

FULL = 3
"""So many people at once are shown in the deepest colour."""


class RosterWeek:
    """`on_edit(operator, day)` when a cell is chosen."""

    def __init__(self, place: Place, on_edit: Callable[[int, date], None]) -> None:
        self._place = place
        self._on_edit = on_edit
        self._grid = ui.element("div").classes("roster").props('role=table data-testid="roster"')
        self._grid.props["aria-label"] = place.say("pages.shifts")

    def show(
        self, monday: date, today: date, board: RosterBoard, shifts: Mapping[str, Sequence[Interval]],
        people: Mapping[int, StaffMember], zone: ZoneInfo,
    ) -> None:  # fmt: skip
        """Show this week."""
        days = week_of(monday)
        named = {day: name for country in board.holidays.values() for day, name in country.items() if day in days}
        self._grid.clear()
        with self._grid:
            with ui.element("div").classes("roster-row roster-head").props("role=row"):
                ui.element("span").props("role=columnheader")
                for day in days:
                    self._head(day, day == today, named.get(day))
            for operator, person in sorted(people.items(), key=lambda each: each[1].name):
                with ui.element("div").classes("roster-row").props("role=row"):
                    ui.label(person.name).classes("roster-name").props("role=rowheader")
                    for day in days:
                        self._cell(operator, person.name, day, day == today, cell_of(board.roster, operator, day), zone)
            if not people:
                ui.label(self._place.say("roster.nobody")).classes("empty")
            with ui.element("div").classes("roster-row roster-cover").props("role=row") as covered:
                ui.label(self._place.say("roster.cover")).classes("roster-name").props("role=rowheader")
                for day in days:
                    self._cover(day, cover(shifts, day, zone))
            covered.visible = bool(board.roster.shifts)

    def _head(self, day: date, is_today: bool, holiday: str | None) -> None:
        with ui.element("span").classes("roster-day today" if is_today else "roster-day").props("role=columnheader"):
            ui.label(weekday_and_day(day, self._place.language))
            if holiday is not None:
                ui.label(holiday or self._place.say("roster.holiday")).classes("roster-holiday")

    def _cell(self, operator: int, name: str, day: date, is_today: bool, cell: Cell, zone: ZoneInfo) -> None:
        button = ui.element("button").classes("roster-cell today" if is_today else "roster-cell")
        button.props('type=button role=cell data-testid="cell"').on("click", lambda: self._on_edit(operator, day))
        written = weekday_and_day(day, self._place.language)
        said = self._said(cell, zone)
        button.props["aria-label"] = f"{name}, {written}: {said}"
        with button:
            ui.label(written).classes("roster-cell-day")
            if cell.off:
                ui.label(self._place.say("roster.off")).classes("shift off")
            elif cell.shifts:
                for each in cell.shifts:
                    ui.label(f"{clock(each.starts)}–{clock(each.ends)}").classes(
                        "shift special" if cell.special else "shift"
                    )
                cities = dict.fromkeys(city_of(each, zone, self._place.language) for each in cell.shifts)
                if city := ", ".join(each for each in cities if each):
                    ui.label(city).classes("shift-zone")
            elif cell.holiday:
                ui.label(self._place.say("roster.holiday")).classes("shift off")
            else:
                ui.icon("add").classes("roster-add")

    def _said(self, cell: Cell, zone: ZoneInfo) -> str:
        if cell.off:
            return self._place.say("roster.off")
        if cell.holiday and not cell.shifts:
            return self._place.say("roster.holiday")
        return ", ".join(hours_of(each, zone, self._place.language) for each in cell.shifts) or self._place.say(
            "roster.free"
        )

    def _cover(self, day: date, counts: Sequence[int]) -> None:
        empty = ", ".join(f"{begins:02d}–{ends:02d}" for begins, ends in gaps(counts))
        said = self._place.say("roster.gaps", hours=empty) if empty else self._place.say("roster.no_gaps")
        with ui.element("span").classes("roster-hours").props("role=cell") as strip:
            strip.props["aria-label"] = f"{weekday_and_day(day, self._place.language)}: {said}"
            ui.label(weekday_and_day(day, self._place.language)).classes("roster-cell-day")
            with ui.element("span").classes("cover"):
                for hour, number in enumerate(counts):
                    shown = ui.element("i").classes(f"cover-{min(number, FULL)}")
                    shown.props["title"] = f"{hour:02d}:00 — {number}"
            ui.label(said).classes("cover-said" if not empty else "cover-said gap")


def hours_of(shift: Shift, zone: ZoneInfo, language: str) -> str:
    """«09:00–13:00», with the city when the shift is by the clock of another zone."""
    return f"{clock(shift.starts)}–{clock(shift.ends)} {city_of(shift, zone, language)}".strip()


def city_of(shift: Shift, zone: ZoneInfo, language: str) -> str:
    """The city whose clock the shift goes by, in our word or the zone's; empty for the office's own."""
    if shift.zone == zone.key:
        return ""
    city = shift.zone.rpartition("/")[2]
    return section("cities", language).get(city.lower(), city.replace("_", " "))
