"""How a period went: by day and hour, by channel, department, topic, segment and priority."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import NOTHING, duration, number, percent
from service.console.charts import hours_chart, timeline_chart
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.moved_to_chat import MovedToChat
from service.console.components.newest import Newest
from service.console.components.period_picker import PeriodPicker
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.style import wear
from service.console.topics import topics_of
from service.console.words import section
from service.departments import list_departments
from service.shifts import statistics
from service.shifts.statistics import Dimension, Period, Slice

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
COLUMNS = ("key", "asked", "share", "ended", "first", "resolution", "csat")
MOST_DAYS_BY_HOUR = 32


@console_page("statistics", "/statistics")
async def statistics_page(place: Place) -> None:
    """Two charts and a table; and who has moved from the telephone to the chat."""
    wear("supervisor")
    view = _View(place)
    view.build()
    await view.load()


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._newest, self._newest_table = Newest(), Newest()
        self._by: Dimension = "department"
        self._words = section("statistics", place.language)
        self._departments = {each.id: each.title(place.language) for each in list_departments(place.office)}

    def build(self) -> None:
        place = self._place
        today = place.office.clock().astimezone(ZoneInfo(place.office.settings.staff_zone)).date()
        with ui.element("div").classes("sheet wide"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.statistics")).props("role=heading aria-level=1").classes("sheet-title")
                self._picker = PeriodPicker(place, today, self.load)
                ui.label(self._words["lead"]).classes("sheet-lead")
            self._empty = ui.label(self._words["empty"]).classes("card empty")
            with ui.element("div").classes("charts") as self._charts:
                self._timeline = self._chart("by_day")
                self._hours = self._chart("by_hour")
            with ui.element("div").classes("period dimensions").props("role=group") as self._group:
                self._group.props["aria-label"] = self._words["by"]
                self._buttons = {each: self._button(each) for each in DIMENSIONS}
            columns = [Column(each, self._words[f"column_{each}"], each == "key") for each in COLUMNS]
            self._table = FiguresTable(place, self._words["by"], columns)
            self._moved = MovedToChat(place)

    def _chart(self, name: str) -> ui.echart:
        with ui.element("section").classes("card"):
            ui.label(self._words[name]).classes("card-title").props("role=heading aria-level=2")
            chart = ui.echart({}).classes("chart")
            chart.props["aria-label"] = self._words[name]
            return chart.props("role=img")

    def _button(self, by: Dimension) -> ui.element:
        button = ui.element("button").classes("choice").props(f'type=button data-testid="by-{by}"')
        with button:
            ui.label(self._words[f"by_{by}"])

        async def choose() -> None:
            self._by = by
            await self._load_table()

        return button.on("click", choose)

    async def load(self) -> None:
        place, period = self._place, self._picker.period
        read = await self._newest.of(self._read(period))
        if read is None:
            return
        days, hours = read
        shown = hours if period.first == period.last and hours else days
        self._timeline.options.clear()
        self._timeline.options.update(timeline_chart(shown, self._words, place.language))
        self._hours.options.clear()
        self._hours.options.update(hours_chart(hours or (), self._words, place.language))
        somebody = any(each.asked for each in days)
        self._empty.visible = not somebody
        self._charts.visible = self._group.visible = self._table.visible = somebody
        self._hours.parent_slot.parent.visible = bool(hours)  # type: ignore[union-attr]
        self._timeline.update()
        self._hours.update()
        await self._load_table()
        await self._moved.load(period)

    async def _read(self, period: Period) -> tuple[Sequence[Slice], Sequence[Slice] | None] | None:
        place = self._place
        days = await place.do(statistics.timeline, period, "day", ME, place.office)
        if days is None:
            return None
        short = (period.last - period.first).days < MOST_DAYS_BY_HOUR
        return days, await place.do(statistics.timeline, period, "hour", ME, place.office) if short else None

    async def _load_table(self) -> None:
        place, by = self._place, self._by
        for name, button in self._buttons.items():
            button.props(f"aria-pressed={'true' if name == by else 'false'}")
        slices = await self._newest_table.of(place.do(statistics.breakdown, self._picker.period, by, ME, place.office))
        if slices is not None:
            self._table.show(rows_of(slices, self._titles(by), place.language), empty=self._words["empty"])

    def _titles(self, by: Dimension) -> Mapping[str, str]:
        if by == "department":
            return self._departments
        if by == "intent":
            return topics_of(self._place)
        if by == "channel":
            return section("channels", self._place.language)
        if by == "priority":
            return {each: self._words[each] for each in ("urgent", "high", "normal")}
        return {}


def rows_of(slices: Sequence[Slice], titles: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """The rows of the breakdown, most first, each with its share of all."""
    everything = sum(each.asked for each in slices) or 1
    rows = []
    for each in slices:
        title = titles.get(each.key, each.key) or NOTHING
        share = each.asked / everything
        rows.append({
            "id": each.key,
            "cells": {
                "key": cell(title[:1].upper() + title[1:], title),
                "asked": cell(str(each.asked), each.asked),
                "share": cell(percent(share, language), share, bar=share),
                "ended": cell(str(each.ended), each.ended),
                "first": cell(duration(each.first_response_median, language), each.first_response_median),
                "resolution": cell(duration(each.resolution_median, language), each.resolution_median),
                "csat": cell(number(each.csat, language), each.csat),
            },
        })  # fmt: skip
    return rows
