"""Keys pressed anywhere on the inbox, and a voice for those who listen to the page."""

from collections.abc import Callable
from typing import Any

from nicegui import ui


class DeskKeys(ui.element, component="desk_keys.js"):
    """`on_key(code, offer)`: the place on the keyboard and the offer that was on the screen at that moment (0: none).

    `on_seen(yes)`: the tab came to the front or went behind others.
    """

    def __init__(self, on_key: Callable[[str, int], Any], on_seen: Callable[[bool], Any]) -> None:
        super().__init__()
        self.on("key", lambda event: on_key(str(event.args["code"]), int(event.args["offer"])))
        self.on("seen", lambda event: on_seen(bool(event.args)))

    def come_back(self) -> None:
        """A dialog has closed: when the focus went with it, it goes to the list."""
        self.run_method("come_back")

    def say(self, text: str) -> None:
        """Have a screen reader say it when it has finished what it says."""
        self.run_method("say", text)
