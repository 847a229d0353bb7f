"""Keys pressed anywhere on the review page, and a voice for those who listen to it."""

from collections.abc import Callable
from typing import Any

from nicegui import ui


class LabelKeys(ui.element, component="label_keys.js"):
    """`on_key(code, item)`: the place on the keyboard and the message that was on the screen then (0: none)."""

    def __init__(self, on_key: Callable[[str, int], Any]) -> None:
        super().__init__()
        self.on("key", lambda event: on_key(str(event.args["code"]), int(event.args["item"])))

    def say(self, text: str) -> None:
        """Have a screen reader say it when it has finished what it says."""
        self.run_method("say", text)
