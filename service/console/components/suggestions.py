"""Ready replies on the right of the inbox."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from service.console.dates import say_day
from service.console.place import Place
from service.console.words import section
from service.domain.suggestions import Offer, Suggestion, SuggestionKind

OnRank = Callable[[int, int], Any]
"""Gets the rank and the offer that was on the screen."""


class Suggestions(ui.element, component="suggestions.js"):
    """Cards in the browser; each action calls back with the rank and the offer."""

    def __init__(
        self, place: Place, *, on_choose: OnRank, on_accept: OnRank, on_edit: OnRank, on_reject: OnRank
    ) -> None:
        super().__init__()
        self._place = place
        self._props["words"] = section("suggestions", place.language)
        self._props |= {"items": [], "chosen": 0, "active": False, "offer": 0, "about": "", "told": ""}
        for name, work in (("choose", on_choose), ("accept", on_accept), ("edit", on_edit), ("reject", on_reject)):
            self._forward(name, work)

    def _forward(self, name: str, work: OnRank) -> None:
        def told(event: GenericEventArguments) -> Any:
            return work(int(event.args["rank"]), int(event.args["offer"]))

        self.on(name, told)

    def show(self, offer: Offer | None, *, chosen: int, active: bool) -> None:
        """The offer's suggestions; none when there is no offer or the conversation has moved on."""
        shown = offer if offer is not None and not offer.stale else None
        items = [self._card(each, shown) for each in shown.suggestions] if shown is not None else []
        about = items[0]["question"] if len({each["question"] for each in items}) == 1 else ""
        if about:  # said once above them all
            items = [each | {"question": ""} for each in items]
        told = next((each["source"] for each in items if each["sent"]), "")
        fresh = {
            "told": self._place.say("suggestions.told", title=told) if told else "",
            "items": items, "chosen": chosen, "active": active, "offer": shown.id if shown is not None else 0,
            "about": about,
        }  # fmt: skip
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props |= fresh
            self.update()

    def _card(self, suggestion: Suggestion, offer: Offer) -> dict[str, Any]:
        source = suggestion.source
        name = source.title
        if suggestion.kind is SuggestionKind.REPLY:
            who = source.author or self._place.say("suggestions.former_colleague")
            name = f"{who}, {say_day(source.at.date(), self._place.language)}" if source.at else who
        return {
            "rank": suggestion.rank, "kind": suggestion.kind.value, "source": name, "text": suggestion.text,
            "percent": f"{suggestion.score:.0%}", "rejected": suggestion.rejected, "sent": suggestion.sent,
            "question": self._about(suggestion.question) if offer.is_earlier(suggestion) else "",
        }  # fmt: skip

    def _about(self, question: str) -> str:
        return self._place.say("suggestions.about", question=question)
