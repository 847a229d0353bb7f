"""What changed between two texts."""

from collections.abc import Sequence

from nicegui import ui

from service.console.place import Place
from service.console.words import section
from service.editing import DiffLine


class Diff(ui.element, component="diff.js"):
    """Lines that came and went, with a few around them."""

    def __init__(self, place: Place, lines: Sequence[DiffLine]) -> None:
        super().__init__()
        words = section("knowledge", place.language)
        self._props["words"] = {key: words[key] for key in ("diff", "no_changes", "folded", "added", "removed", "same")}
        self._props["lines"] = [{"kind": line.kind, "text": line.text} for line in lines]
