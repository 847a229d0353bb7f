"""Replies that were begun and not sent, kept by the browser's tab over a reload or a lost server."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

MOST_LETTERS = 20_000


class KeptDrafts(ui.element, component="kept_drafts.js"):
    """`on_found(drafts)`: conversation -> text, once, when the page before this one left some."""

    def __init__(self, staff_id: int, on_found: Callable[[dict[int, str]], Any]) -> None:
        super().__init__()
        self._props["me"] = staff_id

        def found(event: GenericEventArguments) -> Any:
            kept = event.args if isinstance(event.args, dict) else {}
            return on_found({int(key): str(text)[:MOST_LETTERS] for key, text in kept.items() if key.isdecimal()})

        self.on("found", found)

    def keep(self, conversation_id: int, text: str) -> None:
        """Keep the reply begun in a conversation that is left; an empty one forgets it."""
        self.run_method("keep", conversation_id, text)
