"""The operators of a period: what they did, how fast, how clients judged it, and when each was at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import duration, number, percent
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.newest import Newest
from service.console.components.period_picker import PeriodPicker
from service.console.components.presence_strip import PresenceStrip, strips_of
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.console.words import section
from service.domain.presence import PresenceSpan
from service.domain.staff import StaffMember
from service.office import Office
from service.shifts import presence, statistics
from service.shifts.presence import WorkedDay
from service.shifts.statistics import OperatorLine, Period

GOOD_MARK, BAD_MARK = 4.5, 3.5
COLUMNS = (
    "name", "handled", "first_median", "first_p90", "resolution", "acceptance", "csat", "calls", "talk", "hours",
    "per_hour",
)  # fmt: skip


@dataclass(frozen=True)
class PersonsDays:
    """The stretches of somebody's presence and the hours of each day."""

    spans: tuple[PresenceSpan, ...]
    worked: tuple[WorkedDay, ...]


@console_page("operators", "/operators")
async def operators(place: Place) -> None:
    """A table that sorts; a row opens that person's days."""
    wear("supervisor")
    view = _View(place)
    view.build()
    await view.load()


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._zone = ZoneInfo(place.office.settings.staff_zone)  # the days of every report are the office's
        self._newest, self._newest_days = Newest(), Newest()
        self._chosen = ""
        self._names: dict[str, str] = {}

    def build(self) -> None:
        place = self._place
        with ui.element("div").classes("sheet wide"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.operators")).props("role=heading aria-level=1").classes("sheet-title")
                today = place.office.clock().astimezone(self._zone).date()
                self._picker = PeriodPicker(place, today, self.load)
                ui.label(place.say("operators.lead")).classes("sheet-lead")
            columns = [
                Column(key, place.say(f"operators.{key}"), key == "name", place.say(f"operators.{key}_hint"))
                for key in COLUMNS
            ]
            self._table = FiguresTable(place, place.say("pages.operators"), columns, on_choose=self.choose)
            with ui.element("section").classes("card days").props('data-testid="days"') as self._days:
                self._title = ui.label().props("role=heading aria-level=2").classes("card-title")
                self._strip = PresenceStrip(place)
            self._days.visible = False

    async def load(self) -> None:
        place = self._place
        lines = await self._newest.of(place.do(statistics.operator_table, self._picker.period, ME, place.office))
        if lines is None:
            return
        self._names = {each.login: each.name for each in lines}
        self._table.show(rows_of(lines, place.language), chosen=self._chosen, empty=place.say("operators.empty"))
        if self._chosen:
            await self._load_days()

    async def choose(self, login: str) -> None:
        self._chosen = "" if login == self._chosen else login
        self._days.visible = bool(self._chosen)
        await self.load()
        if self._chosen:
            ui.run_javascript(f"getHtmlElement({self._days.id}).scrollIntoView({{block: 'nearest'}})")

    async def _load_days(self) -> None:
        place = self._place
        days = await self._newest_days.of(place.do(read_days, self._chosen, self._picker.period, ME, place.office))
        if days is None:
            return
        name = self._names.get(self._chosen, self._chosen)
        self._title.set_text(place.say("operators.days_of", name=name, period=self._picker.in_words))
        words = section("presence_days", place.language)
        self._strip.show(
            name, strips_of(days.spans, days.worked, self._zone, place.office.clock(), place.language, words)
        )


def read_days(login: str, period: Period, staff: StaffMember, office: Office) -> PersonsDays:
    """When somebody was at work, day by day."""
    zone = ZoneInfo(office.settings.staff_zone)
    since = datetime.combine(period.first, time(), tzinfo=zone)
    until = datetime.combine(period.last + timedelta(days=1), time(), tzinfo=zone)
    spans = presence.timeline(login, since, until, staff, office)
    return PersonsDays(spans, presence.worked_hours(login, period.first, period.last, staff, office))


def rows_of(lines: Sequence[OperatorLine], language: str) -> list[dict[str, Any]]:
    """The rows of the table, who did most first; bars compare with the most there is."""
    most = max((each.handled for each in lines), default=0) or 1
    return [_row(each, most, language) for each in sorted(lines, key=lambda each: (-each.handled, each.name))]


def _row(line: OperatorLine, most: int, language: str) -> dict[str, Any]:
    pace = line.handled / line.worked_hours if line.worked_hours >= 1 else None
    mark = number(line.csat, language) + (f" ({line.csat_count})" if line.csat_count else "")
    return {
        "id": line.login,
        "cells": {
            "name": cell(line.name, line.name),
            "handled": cell(str(line.handled), line.handled, bar=line.handled / most),
            "first_median": cell(duration(line.first_response_median, language), line.first_response_median),
            "first_p90": cell(duration(line.first_response_p90, language), line.first_response_p90),
            "resolution": cell(duration(line.resolution_median, language), line.resolution_median),
            "acceptance": cell(percent(line.acceptance, language), line.acceptance),
            "csat": cell(mark, line.csat, tone=_tone(line.csat)),
            "calls": cell(str(line.calls) if line.calls else "—", line.calls),
            "talk": cell(duration(line.talk_seconds or None, language), line.talk_seconds),
            "hours": cell(number(line.worked_hours, language), line.worked_hours),
            "per_hour": cell(number(pace, language), pace),
        },
    }


def _tone(mark: float | None) -> str:
    if mark is None:
        return ""
    return "good" if mark >= GOOD_MARK else "bad" if mark < BAD_MARK else ""
