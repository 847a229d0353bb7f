"""A table of rows that open, or that have actions of their own; as cards on a narrow screen."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from service.console.place import Place
from service.console.words import section

Pill = tuple[str, str]
"""Words and kind: "", "good", "warn", "bad"."""


def cell(text: str = "", *, sub: str = "", pills: Sequence[Pill] = (), look: str = "") -> dict[str, Any]:
    """What stands in one column: words, smaller words below, pills.

    `look`: "mono", "line" for never broken,
    "words" for broken between words only.
    """
    return {"text": text, "sub": sub, "pills": [list(pill) for pill in pills] or None, "look": look}


class Rows(ui.element, component="rows.js"):
    """`on_open(id)` when a row is opened; `on_act(id, act)` for a button of its own; `on_more()` for further rows.

    A row is {"id", "cells": [cell(...)], "faded"?, "acts"?: [(name, label)]}.
    """

    def __init__(
        self, place: Place, name: str, columns: Sequence[str], *, empty: str, icon: str = "inbox",
        on_open: Callable[[Any], Any] | None = None, on_act: Callable[[Any, str], Any] | None = None,
        on_more: Callable[[], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._props |= {
            "name": name, "columns": list(columns), "rows": [], "empty": empty, "icon": icon, "more": False,
            "opens": on_open is not None, "acts": on_act is not None, "loading": True,
            "words": {key: section("forms", place.language)[key] for key in ("actions", "loading", "more")},
        }  # fmt: skip
        if on_open is not None:
            self.on("open", lambda event: on_open(event.args))
        if on_act is not None:
            self.on("act", lambda event: on_act(event.args["id"], str(event.args["act"])))
        if on_more is not None:
            self.on("more", lambda: on_more())

    def show(self, rows: Sequence[dict[str, Any]], *, more: bool = False, empty: str | None = None) -> None:
        """Show these; nothing is sent when they are the same. `empty`: what to say when there is none."""
        fresh: dict[str, Any] = {"rows": list(rows), "more": more, "loading": False}
        if empty is not None:
            fresh["empty"] = empty
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props |= fresh
            self.update()
