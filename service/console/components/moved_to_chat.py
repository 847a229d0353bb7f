"""From the telephone to the chat, on the statistics page: who moved, week by week, and what still brings people to the
phone."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from service.console.amounts import days_in_words, percent
from service.console.charts import weeks_chart
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.newest import Newest
from service.console.place import ME, Place
from service.console.topics import topics_of
from service.console.words import section
from service.policies.moved_to_chat import TopicMoves
from service.policies.summaries import share
from service.shifts.moves import Moves, moves_to_chat
from service.shifts.statistics import Period

HABITS = ("moved", "both", "writes")
COLUMNS = ("topic", "calls", "moved", "still", "share")


class MovedToChat:
    """A card; hidden where there is neither a call nor anybody whose phone is known."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._newest = Newest()
        self._words = section("moves", place.language)
        words = self._words
        with ui.element("section").classes("moves").props('data-testid="moves"') as self._all:
            ui.label(words["title"]).classes("card-title").props("role=heading aria-level=2")
            ui.label(words["lead"]).classes("sheet-lead")
            with ui.element("div").classes("wall-figures"):
                self._figures = {each: self._figure(each) for each in (*HABITS, "calls")}
            self._note = ui.label().classes("sheet-lead")
            with ui.element("div").classes("card") as self._weeks:
                ui.label(words["by_week"]).classes("card-title").props("role=heading aria-level=3")
                self._chart = ui.echart({}).classes("chart").props("role=img")
                self._chart.props["aria-label"] = words["by_week"]
            columns = [
                Column(each, words[f"column_{each}"], each == "topic", words.get(f"column_{each}_hint", ""))
                for each in COLUMNS
            ]
            self._topics = FiguresTable(place, words["by_topic"], columns)
        self._all.visible = False

    def _figure(self, name: str) -> tuple[ui.label, ui.label]:
        with ui.element("div").classes("card wall-figure").props(f'data-testid="moves-{name}"'):
            figure = ui.label().classes("figure")
            ui.label(self._words[name]).classes("figure-name")
            more = ui.label().classes("wall-more")
        return figure, more

    async def load(self, period: Period) -> None:
        """Read and show a period."""
        place, words = self._place, self._words
        found = await self._newest.of(place.do(moves_to_chat, period, ME, place.office))
        if found is None:
            return
        known = found.moved + found.both + found.writes
        self._all.visible = bool(known or found.calls)
        for name, more in self._more(found, known).items():
            figure, below = self._figures[name]
            figure.set_text(str(getattr(found, name)))
            below.set_text(more)
        self._note.set_text(words["unknown"].format(number=found.unknown))
        self._note.visible = bool(found.unknown)
        labels = [days_in_words(each.first, each.last, place.language) for each in found.weeks]
        self._weeks.visible = len(found.weeks) > 1
        self._chart.options.clear()
        self._chart.options.update(weeks_chart(found.weeks, labels, words))
        self._chart.update()
        self._topics.show(topic_rows(found.topics, topics_of(place), words, place.language), empty=words["no_calls"])

    def _more(self, found: Moves, known: int) -> Mapping[str, str]:
        """What stands below each figure."""
        shares = {each: percent(share(getattr(found, each), known), self._place.language) for each in HABITS}
        said = {each: self._words["of_known"].format(share=shares[each]) if known else "" for each in HABITS}
        if found.moved:
            said["moved"] = self._words["called_before"].format(share=shares["moved"], calls=found.calls_before)
        return said | {"calls": self._words["calls_more"]}


def topic_rows(
    topics: tuple[TopicMoves, ...], titles: Mapping[str, str], words: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    """The rows of the table, most calls first."""
    rows = []
    for each in topics:
        title = titles.get(each.topic, each.topic) or words["no_topic"]
        rows.append({
            "id": each.topic or "-",
            "cells": {
                "topic": cell(title[:1].upper() + title[1:], title),
                "calls": cell(str(each.calls), each.calls),
                "moved": cell(str(each.moved), each.moved),
                "still": cell(str(each.still), each.still),
                "share": cell(percent(each.share, language), each.share, bar=each.share),
            },
        })  # fmt: skip
    return rows
