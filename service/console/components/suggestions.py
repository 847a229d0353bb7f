"""Ready replies on the right of the inbox."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from service.console.place import Place
from service.console.words import section
from service.domain.suggestions import Offer, Suggestion, SuggestionKind


class Suggestions(ui.element, component="suggestions.js"):
    """Cards in the browser; each action calls back with the rank."""

    def __init__(
        self, place: Place, *, on_choose: Callable[[int], Any], on_accept: Callable[[int], Any],
        on_edit: Callable[[int], Any], on_reject: Callable[[int], Any],
    ) -> None:  # fmt: skip
        super().__init__()
        self._place = place
        self._props["words"] = section("suggestions", place.language)
        self._props |= {"items": [], "chosen": 0, "active": False}
        for name, work in (("choose", on_choose), ("accept", on_accept), ("edit", on_edit), ("reject", on_reject)):
            self.on(name, lambda event, work=work: work(int(event.args)))

    def show(self, offer: Offer | None, *, chosen: int, active: bool) -> None:
        """The offer's suggestions; none when there is no offer or the conversation has moved on."""
        current = offer is not None and not offer.stale
        items = [self._card(each) for each in offer.suggestions] if offer is not None and current else []
        fresh = {"items": items, "chosen": chosen, "active": active}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props |= fresh
            self.update()

    def _card(self, suggestion: Suggestion) -> dict[str, Any]:
        source = suggestion.source
        name = source.title
        if suggestion.kind is SuggestionKind.REPLY:
            who = source.author or self._place.say("suggestions.former_colleague")
            name = f"{who}, {source.at:%d.%m.%Y}" if source.at else who
        return {
            "rank": suggestion.rank, "kind": suggestion.kind.value, "source": name, "text": suggestion.text,
            "percent": f"{suggestion.score:.0%}", "rejected": suggestion.rejected,
        }  # fmt: skip
