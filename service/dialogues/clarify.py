"""«Уточните, пожалуйста»: the client picks one of the offered topics by button, number or its name."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.intents import Rules

_ORDINALS = (
    ("1", "перв", "first", "one", "один"),
    ("2", "втор", "second", "two", "два"),
    ("3", "трет", "third", "three", "три"),
    ("4", "четв", "fourth", "four", "четыре"),
)
_WORD = re.compile(r"\w+")
LONGEST_CHOICE = 40


def ask(topics: Sequence[str]) -> DialogueState:
    """The state that waits for a choice among `topics` (intent ids, in the order shown)."""
    return DialogueState("clarify", MappingProxyType({"topics": list(topics)}))


class Clarify:
    """Understands the answer to a clarifying question; anything else is an ordinary message."""

    name = "clarify"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The chosen topic, or not mine."""
        topics = [topic for topic in data.get("topics", ()) if topic in rules.intents]
        chosen = choose(turn.text, topics, rules, turn.language)
        return Step(intent=chosen) if chosen else NOT_MINE


def choose(text: str, topics: Sequence[str], rules: Rules, language: str) -> str | None:
    """The topic that `text` picks: its number («2», «второе», "the second one") or its label; None if neither."""
    words = _WORD.findall(text.casefold().replace("ё", "е"))
    if not words or len(text) > LONGEST_CHOICE:
        return None
    for topic in topics:
        if words == _WORD.findall(rules.intents[topic].label(language).casefold().replace("ё", "е")):
            return topic
    if len(words) > 3:
        return None
    for topic, forms in zip(topics, _ORDINALS, strict=False):
        if any(word == forms[0] or word in forms[3:] or word.startswith(forms[1:3]) for word in words):
            return topic
    return None
