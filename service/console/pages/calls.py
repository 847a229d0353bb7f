"""Calls: the log as it came in from the telephone system, and the file to add to it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from service import call_log
from service.console.amounts import duration, moment
from service.console.components.call_file import CallFileDialog
from service.console.components.newest import Newest
from service.console.components.period_picker import PeriodPicker
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.console.topics import topics_of
from service.departments import list_departments
from service.domain.calls import CallOutcome
from service.policies.identifying import masked_phone
from service.storage.calls import LoggedCall

PAGE = 100
COLUMNS = ("when", "phone", "outcome", "operator", "department", "length")


@console_page("calls", "/calls")
async def calls_page(place: Place) -> None:
    """The log of a period, newest first."""
    wear("supervisor")
    page = CallsPage(place)
    page.build()
    await page.load()


class CallsPage:
    """The calls that were read, newest first; further ones on demand."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._zone = ZoneInfo(place.office.settings.staff_zone)
        self._newest = Newest()
        self._shown: list[LoggedCall] = []
        titles = list_departments(place.office, with_closed=True)
        self._departments = {each.id: each.title(place.language) for each in titles}

    def build(self) -> None:
        """Draw the page."""
        place = self._place
        with sheet(place, "calls", place.say("calls.lead")):
            with ui.element("div").classes("tools"):
                self._picker = PeriodPicker(place, place.office.clock().astimezone(self._zone).date(), self.load)
                ui.button(place.say("calls.import"), icon="upload_file", on_click=self._ask_file).props(
                    'unelevated no-caps data-testid="import-calls"'
                )
            self._rows = Rows(
                place, place.say("pages.calls"), [place.say(f"calls.{each}") for each in COLUMNS],
                empty=place.say("calls.empty"), icon="call", on_more=self._more,
            )  # fmt: skip

    async def load(self) -> None:
        """Read the first page of the period anew."""
        await self._read([])

    async def _more(self) -> None:
        if not self._newest.is_reading:
            await self._read(self._shown)

    async def _read(self, before: list[LoggedCall]) -> None:
        place, period = self._place, self._picker.period
        since = datetime.combine(period.first, time(), tzinfo=self._zone)
        until = datetime.combine(period.last + timedelta(days=1), time(), tzinfo=self._zone)
        found = await self._newest.of(
            place.do(call_log.list_calls, since, until, ME, place.office, limit=PAGE + 1, offset=len(before))
        )
        if found is None:
            return
        self._shown = [*before, *found[:PAGE]]
        self._rows.show([self._row(each) for each in self._shown], more=len(found) > PAGE)

    def _row(self, logged: LoggedCall) -> dict[str, object]:
        place, call = self._place, logged.call
        now = place.office.clock()
        topic = topics_of(place).get(call.intent or "", "")
        look = "good" if call.outcome is CallOutcome.ANSWERED else "warn"
        return {
            "id": logged.id,
            "cells": [
                cell(moment(call.started_at, self._zone, now, place.language), look="line"),
                cell(masked_phone(call.phone) if call.phone else place.say("calls.withheld"), look="line"),
                cell(
                    place.say(f"calls.direction_{call.direction.value}"),
                    pills=[(place.say(f"calls.outcome_{call.outcome.value}"), look)],
                ),
                cell(logged.name or "—", sub=topic),
                cell(self._departments.get(call.department, call.department)),
                cell(
                    duration(call.talk_seconds or None, place.language),
                    sub=place.say("calls.waited", time=duration(call.wait_seconds, place.language)),
                ),
            ],
        }

    def _ask_file(self) -> None:
        CallFileDialog(self._place, self.load).open()
