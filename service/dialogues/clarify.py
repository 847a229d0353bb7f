"""«Уточните, пожалуйста»: the client picks one of the offered topics by button, number or its name."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Step, Turn
from service.dialogues.choosing import LONGEST_CHOICE, read_place, words_of
from service.domain.conversations import DialogueState
from service.domain.intents import Rules


def ask(topics: Sequence[str]) -> DialogueState:
    """The state that waits for a choice among `topics` (intent ids, in the order shown)."""
    return DialogueState("clarify", MappingProxyType({"topics": list(topics)}))


class Clarify(Dialogue):
    """Understands the answer to a clarifying question; anything else is an ordinary message."""

    name = "clarify"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The chosen topic, or not mine."""
        topics = [topic for topic in data.get("topics", ()) if topic in rules.intents]
        chosen = choose(turn.text, topics, rules, turn.language)
        return Step(intent=chosen) if chosen else NOT_MINE


def choose(text: str, topics: Sequence[str], rules: Rules, language: str) -> str | None:
    """The topic that `text` picks: its number («2», «второе», "the second one") or its label; None if neither."""
    words = words_of(text)
    if not words or len(text) > LONGEST_CHOICE:
        return None
    for topic in topics:
        if words == words_of(rules.intents[topic].label(language)):
            return topic
    place = read_place(text, len(topics))
    return topics[place] if place is not None else None
