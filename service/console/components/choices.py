"""One of a few options, by arrows, by number or by mouse."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui


class Choices(ui.element, component="choices.js"):
    """`value` is what is chosen; `on_done()` when Enter was pressed."""

    def __init__(self, title: str, options: Mapping[str, str], value: str, on_done: Callable[[], Any]) -> None:
        super().__init__()
        self.value = value
        self._props["title"] = title
        self._props["options"] = [{"value": key, "label": label} for key, label in options.items()]
        self._props["value"] = value
        self.on("pick", lambda event: self._pick(str(event.args)))
        self.on("done", lambda: on_done())

    def _pick(self, value: str) -> None:
        self.value = self._props["value"] = value
        self.update()
