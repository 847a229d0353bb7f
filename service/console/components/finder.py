"""One of many, found by typing a part of its name."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui


class Finder(ui.element, component="finder.js"):
    """`value` is the key that was chosen ("" for none); `on_done()` when Enter was pressed on it."""

    def __init__(
        self, label: str, nothing: str, options: Mapping[str, tuple[str, str]], on_done: Callable[[], Any]
    ) -> None:
        """`options`: key -> name and hint."""
        super().__init__()
        self.value = ""
        self._props["label"], self._props["nothing"] = label, nothing
        self._props["options"] = [
            {"value": key, "label": name, "hint": hint} for key, (name, hint) in options.items()
        ]  # fmt: skip
        self.on("pick", lambda event: self._pick(str(event.args)))
        self.on("done", lambda: on_done())

    def _pick(self, value: str) -> None:
        self.value = value
