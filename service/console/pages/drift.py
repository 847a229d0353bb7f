"""How clients' messages change from week to week, and whether that is a reason to train again."""

from typing import Any

from nicegui import ui

from service.console.amounts import exact_percent, number
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.sheet import sheet, title
from service.console.dates import say_day
from service.console.frame import console_page
from service.console.models.charts import drift_chart
from service.console.place import ME, Place
from service.console.style import wear
from service.console.words import section
from service.policies.drift import SHIFTED, STABLE
from service.releases.drift import WeekOfDrift, read_drift

INDICES = ("intents", "languages", "scope")


@console_page("drift", "/drift")
async def drift_page(place: Place) -> None:
    """Alarms, a chart, a table."""
    wear("supervisor")
    words = section("drift", place.language)
    with sheet(place, "drift", words["lead"]):
        weeks = await place.do(read_drift, ME, place.office)
        if not weeks:
            ui.label(words["none"]).classes("card empty")
            return
        with ui.element("div").classes("stack"):
            _alarms(weeks, words)
            with ui.element("section").classes("card"):
                title(words["by_week"])
                chart = ui.echart(drift_chart(weeks, words, place.language)).classes("chart").props("role=img")
                chart.props["aria-label"] = words["by_week"]
            columns = [
                Column("week", words["column_week"], words=True), Column("messages", words["column_messages"]),
                Column("unsure", words["column_unsure"], hint=words["unsure_by_week"]),
                *(Column(each, words[f"column_{each}"], hint=words["hint_index"]) for each in INDICES),
                Column("training", words["column_training"], hint=words["hint_training"]),
            ]  # fmt: skip
            FiguresTable(place, words["by_week"], columns).show([_row(each, words, place) for each in weeks])


def _alarms(weeks: list[WeekOfDrift], words: dict[str, str]) -> None:
    over = next((each for each in weeks if not each.going_on), None)
    alarms = over.drift.alarms if over is not None else ()
    with ui.element("ul").classes("card conditions").props("data-testid=alarms role=status"):
        for alarm in alarms:
            with ui.element("li").classes("check"):
                ui.icon("warning").classes("check-no")
                ui.label(words[f"alarm_{alarm}"])
        if not alarms:
            with ui.element("li").classes("check"):
                ui.icon("check_circle").classes("check-yes")
                ui.label(words["calm"])


def _row(each: WeekOfDrift, words: dict[str, str], place: Place) -> dict[str, Any]:
    drift = each.drift
    day = say_day(each.monday, place.language) + (f", {words['going_on']}" if each.going_on else "")
    tone = "bad" if "unsure" in drift.alarms else ""
    return {
        "id": each.monday.isoformat(),
        "cells": {
            "week": cell(day, each.monday.isoformat()),
            "messages": cell(str(drift.week.messages), drift.week.messages),
            "unsure": cell(exact_percent(drift.unsure, place.language), drift.unsure, tone=tone),
            **{name: _index(getattr(drift, name), place, alarms=True) for name in INDICES},
            "training": _index(drift.from_training, place, alarms=False),
        },
    }


def _index(value: float | None, place: Place, *, alarms: bool) -> dict[str, Any]:
    tone = ""
    if alarms and value is not None:
        tone = "bad" if value > SHIFTED else "warn" if value > STABLE else "good"
    return cell(number(value, place.language, 2), value, tone=tone)
