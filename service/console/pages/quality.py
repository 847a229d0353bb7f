"""Quality: conversations drawn at random, read and scored; what the scores say of each operator."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service import accounts
from service.console.amounts import number, percent
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.newest import Newest
from service.console.components.period_picker import PeriodPicker
from service.console.components.sampled import SampledList
from service.console.components.score_card import ScoreCardPane
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.departments import list_departments
from service.shifts import quality
from service.shifts.quality import MOST_SAMPLED, QualityLine
from service.shifts.statistics import Period
from service.storage.score_cards import ScoreCard

USUAL_SIZE = 10


@console_page("quality", "/quality")
async def quality_page(place: Place) -> None:
    """What to draw, what was drawn, the card beside the conversation, the averages."""
    wear("supervisor")
    view = _View(place)
    await view.build()
    await view.load()


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._zone = ZoneInfo(place.office.settings.staff_zone)
        self._newest, self._newest_cards = Newest(), Newest()

    async def build(self) -> None:
        place = self._place
        people = await place.do(accounts.list_staff, ME, place.office, with_disabled=True) or []
        names = {each.member.id: each.member.name for each in people}
        logins = {"": place.say("quality.anybody")} | {each.member.login: each.member.name for each in people}
        titles = {each.id: each.title(place.language) for each in list_departments(place.office)}
        with ui.element("div").classes("sheet wide"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.quality")).props("role=heading aria-level=1").classes("sheet-title")
                today = place.office.clock().astimezone(self._zone).date()
                self._picker = PeriodPicker(place, today, self.load)
                ui.label(place.say("quality.lead")).classes("sheet-lead")
            self._questions(logins, {"": place.say("quality.any_department")} | titles)
            with ui.element("div").classes("quality"):
                self._list = SampledList(place, names, titles, self._zone, self._open)
                self._pane = ScoreCardPane(place, names, self._zone, self._scored)
            columns = [
                Column("name", place.say("quality.operator"), words=True),
                Column("cards", place.say("quality.cards")),
                Column("quality", place.say("quality.mean")),
                *(Column(key, title, hint=title) for key, title in self._criteria().items()),
            ]
            ui.label(place.say("quality.averages")).classes("card-title averages").props("role=heading aria-level=2")
            self._table = FiguresTable(place, place.say("quality.averages"), columns)

    def _criteria(self) -> dict[str, str]:
        return {each: self._place.say(f"quality.{each}") for each in quality.criteria(self._place.language)}

    def _questions(self, logins: dict[str, str], departments: dict[str, str]) -> None:
        place = self._place
        with ui.element("form").classes("draw").on("submit.prevent", self.load):
            self._login = ui.select(logins, label=place.say("quality.operator"), value="", on_change=self.load)
            self._department = ui.select(
                departments, label=place.say("quality.department"), value="", on_change=self.load
            )
            self._size = ui.number(place.say("quality.size"), value=USUAL_SIZE, min=1, max=MOST_SAMPLED, precision=0)
            self._seed = ui.input(place.say("quality.seed"))
            for field in (self._login, self._department, self._size, self._seed):
                field.props("outlined dense options-dense")
            self._seed.props('maxlength=100 data-testid="seed"')
            ui.button(place.say("quality.draw"), icon="casino").props(
                'unelevated no-caps type=submit data-testid="draw"'
            )

    async def load(self) -> None:
        """Draw, and read the averages."""
        place, period = self._place, self._picker.period
        size = self._size.value
        if size is None or not 1 <= size <= MOST_SAMPLED:
            ui.notify(place.say("quality.wrong_size", most=MOST_SAMPLED), type="warning", position="top")
            return
        drawn = await self._newest.of(place.do(
            quality.sample_closed, period, ME, place.office, size=int(size), seed=str(self._seed.value or "").strip(),
            department=self._department.value or None, login=self._login.value or None,
        ))  # fmt: skip
        if drawn is not None:
            self._pane.close()
            self._list.show(drawn)
        await self._load_cards(self._picker.period)

    async def _load_cards(self, period: Period) -> None:
        place = self._place
        # Cards may be written long after the conversations: those about these are looked for until today.
        until = Period(period.first, max(period.last, place.office.clock().astimezone(self._zone).date()))
        found = await self._newest_cards.of(self._read_cards(until))
        if found is None:
            return
        cards, lines = found
        self._list.mark({each.handoff_id: each for each in cards if each.judge == place.staff.login})
        self._table.show(rows_of(lines, list(self._criteria()), place.language), empty=place.say("quality.no_cards"))

    async def _read_cards(self, period: Period) -> tuple[Sequence[ScoreCard], Sequence[QualityLine]] | None:
        cards = await self._place.do(quality.score_cards_of, period, ME, self._place.office)
        lines = await self._place.do(quality.quality_table, period, ME, self._place.office)
        return (cards, lines) if cards is not None and lines is not None else None

    async def _open(self, handoff_id: int) -> None:
        record, card = self._list.find(handoff_id)
        await self._pane.open(record, card)

    async def _scored(self, handoff_id: int) -> None:
        await self._load_cards(self._picker.period)
        following = self._list.next_unscored(handoff_id)
        if following is None:
            self._pane.close()
            return
        self._list.choose(following)
        await self._open(following)


def rows_of(lines: Sequence[QualityLine], criteria: Sequence[str], language: str) -> list[dict[str, Any]]:
    """The averages, the best first."""
    return [
        {
            "id": line.login,
            "cells": {
                "name": cell(line.name, line.name),
                "cards": cell(str(line.cards), line.cards),
                "quality": cell(percent(line.quality, language), line.quality, bar=line.quality),
                **{
                    each: cell(number(line.by_criterion.get(each), language), line.by_criterion.get(each))
                    for each in criteria
                },
            },
        }
        for line in sorted(lines, key=lambda each: (-(each.quality or 0), each.name))
    ]
