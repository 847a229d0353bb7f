"""A version beside another one: figures on the golden set, pictures, intents, confusions, and what it was made from."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from service.console.amounts import NOTHING, exact_percent, number
from service.console.components.figures_table import Column, FiguresTable, cell
from service.console.components.rows import Rows
from service.console.components.rows import cell as row_cell
from service.console.components.sheet import title
from service.console.models.charts import calibration_chart, scope_chart
from service.console.place import Place
from service.console.topics import topics_of
from service.console.words import section
from service.releases.comparing import Change, Comparison

FIGURES = ("gated_accuracy", "accuracy", "macro_f1", "coverage", "error_rate", "scope_auroc", "scope_recall",
           "scope_refusal", "calibration_error")  # fmt: skip
PLAIN = frozenset({"scope_auroc", "calibration_error"})
SHOWN = 40


def show_beside(place: Place, found: Comparison) -> None:
    """Everything that differs, and everything that was measured."""
    words = section("models", place.language)
    alone = found.before.version == found.after.version
    ours, theirs = found.after.model.figures, None if alone else found.before.model.figures
    if not alone:
        title(place.say("models.beside", version=found.before.version))
    if ours is not None:
        _figures(place, found, theirs, words)
        with ui.element("div").classes("halves"):
            _chart(words["calibration"], calibration_chart(ours, theirs, words))
            if ours["roc"]:
                _chart(words["scope"], scope_chart(ours, theirs, words))
        _intents(place, ours, theirs, words)
        _confusions(place, ours["report"]["confusions"], words)
    same = words["same_data"] if found.same_data and not alone else ""
    _changes(place, words["changed_data"], found.counts, same)
    _changes(place, words["changed_thresholds"], found.thresholds, "")


def _figures(place: Place, found: Comparison, theirs: Mapping[str, Any] | None, words: Mapping[str, str]) -> None:
    columns = [Column("name", words["figure"], words=True), Column("after", found.after.version)]
    if theirs is not None:
        columns.insert(1, Column("before", found.before.version))
    other = theirs or {}
    before: Mapping[str, Any] = other.get("report", {})
    figures = found.after.model.figures or {}
    rows = [
        {
            "id": name,
            "cells": {
                "name": cell(words[f"figure_{name}"], name),
                "before": cell(_shown(name, before.get(name), place.language), before.get(name)),
                "after": cell(_shown(name, figures["report"][name], place.language), figures["report"][name]),
            },
        }
        for name in FIGURES
    ]
    for name, digits in (("p50_ms", 2), ("memory_mb", 0), ("size_mb", 0)):
        pair = {"before": other.get(name), "after": figures.get(name)}
        cells = {key: cell(number(value, place.language, digits), value) for key, value in pair.items()}
        rows.append({"id": name, "cells": {"name": cell(words[f"figure_{name}"], name), **cells}})
    FiguresTable(place, words["figure"], columns).show(rows)


def _shown(name: str, value: float | None, language: str) -> str:
    return number(value, language, 3) if name in PLAIN else exact_percent(value, language)


def _chart(name: str, options: dict[str, Any]) -> None:
    with ui.element("section").classes("card"):
        title(name)
        ui.echart(options).classes("chart").props("role=img").props["aria-label"] = name


def _intents(place: Place, ours: Mapping[str, Any], theirs: Mapping[str, Any] | None, words: Mapping[str, str]) -> None:
    columns = [
        Column("intent", words["intent"], words=True), Column("n", words["messages"]),
        Column("precision", words["precision"]), Column("recall", words["recall"]), Column("f1", "F1"),
        Column("change", words["change"]), Column("alone", words["column_alone"]),
    ]  # fmt: skip
    titles = topics_of(place)
    rows = []
    for intent, each in ours["by_label"].items():
        before = (theirs or {}).get("by_label", {}).get(intent)
        change = each["f1"] - before["f1"] if before else None
        tone = "" if change is None or abs(change) < 0.02 else "good" if change > 0 else "bad"
        alone = ours["answered_alone"].get(intent)
        shown = NOTHING if change is None else ("+" if change > 0 else "") + number(change, place.language, 3)
        rows.append({
            "id": intent,
            "cells": {
                "intent": cell(titles.get(intent, intent), intent), "n": cell(str(each["n"]), each["n"]),
                **{key: cell(number(each[key], place.language, 3), each[key]) for key in ("precision", "recall", "f1")},
                "change": cell(shown, change, tone=tone), "alone": cell(exact_percent(alone, place.language), alone),
            },
        })  # fmt: skip
    with ui.expansion(words["by_intent"]).classes("w-full card"):
        FiguresTable(place, words["by_intent"], columns).show(rows)


def _confusions(place: Place, confusions: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> None:
    with ui.expansion(words["confusions"]).classes("w-full card"):
        columns = [words[each] for each in ("is", "taken_for", "times", "for_example")]
        table = Rows(place, words["confusions"], columns, empty=words["no_confusions"])
        table.show([
            {
                "id": f"{each['truth']} {each['predicted']}",
                "cells": [
                    row_cell(each["truth"], look="mono"), row_cell(each["predicted"], look="mono"),
                    row_cell(str(each["count"])), row_cell(" / ".join(each["examples"])),
                ],
            }
            for each in confusions
        ])  # fmt: skip


def _changes(place: Place, name: str, changes: Sequence[Change], otherwise: str) -> None:
    if not changes:
        if otherwise:
            ui.label(otherwise).classes("card-lead")
        return
    words = section("models", place.language)
    with ui.expansion(f"{name}: {len(changes)}").classes("w-full card"):
        columns = [words["intent"], words["before"], words["after"]]
        table = Rows(place, name, columns, empty=otherwise)
        table.show([
            {"id": each.name, "cells": [row_cell(each.name, look="mono"), *(_value(place, each))]}
            for each in sorted(changes, key=_size)[:SHOWN]
        ])  # fmt: skip


def _value(place: Place, change: Change) -> list[dict[str, Any]]:
    def shown(value: float | None) -> str:
        if value is None:
            return NOTHING
        return str(int(value)) if float(value).is_integer() else number(value, place.language, 2)

    return [row_cell(shown(change.before)), row_cell(shown(change.after))]


def _size(change: Change) -> float:
    return -abs((change.after or 0.0) - (change.before or 0.0))
