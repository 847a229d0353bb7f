"""A table of figures that sorts itself by a click or a key, and becomes cards on a narrow screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from service.console.place import Place
from service.console.words import section


@dataclass(frozen=True)
class Column:
    """A column: figures stand on the right, words on the left; `hint` explains it."""

    key: str
    title: str
    words: bool = False
    hint: str = ""


def cell(text: str, order: float | str | None = None, *, bar: float | None = None, tone: str = "") -> dict[str, Any]:
    """What stands in a cell, what it is sorted by (None: last), the length of its bar (0..1), and good, warn or bad."""
    return {"text": text, "order": order, "bar": bar, "tone": tone}


class FiguresTable(ui.element, component="figures_table.js"):
    """Rows are {"id": ..., "cells": {column: cell(...)}}; `on_choose(id)` when one is chosen."""

    def __init__(
        self, place: Place, name: str, columns: Sequence[Column], *, on_choose: Callable[[str], Any] | None = None
    ) -> None:
        super().__init__()
        self._props["words"] = section("figures", place.language)
        self._props["name"] = name
        self._props["columns"] = [
            {"key": each.key, "title": each.title, "words": each.words, "hint": each.hint} for each in columns
        ]
        self._props |= {"rows": [], "chosen": "", "choosable": on_choose is not None, "empty": ""}

        def choose(event: GenericEventArguments) -> Any:
            return on_choose(str(event.args)) if on_choose else None

        self.on("choose", choose)

    def show(self, rows: Sequence[Mapping[str, Any]], *, chosen: str = "", empty: str = "") -> None:
        """Show these rows; `empty` is said when there are none. Nothing is sent when they are the same."""
        fresh = {"rows": list(rows), "chosen": chosen, "empty": empty}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props |= fresh
            self.update()
