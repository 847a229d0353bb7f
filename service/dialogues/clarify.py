"""«Уточните, пожалуйста»: the client picks one of the offered topics by button, number or its name."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.intents import Rules

# The forms of each place: a bare number, its word, the ordinal's beginning in Russian and English.
_PLACES = (
    (("1", "один", "одно", "one"), ("перв",), ("first", "1st")),
    (("2", "два", "две", "two"), ("втор",), ("second", "2nd")),
    (("3", "три", "three"), ("трет",), ("third", "3rd")),
    (("4", "четыре", "four"), ("четверт",), ("fourth", "4th")),
)
_FILLERS = {"тема", "тему", "вариант", "пункт", "номер", "вопрос", "про", "по", "давайте", "давай", "это", "пожалуйста"}
_FILLERS |= {"option", "number", "the", "one", "topic", "please", "it", "is", "s"}
_WORD = re.compile(r"\w+")
LONGEST_CHOICE = 40


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
    words = _WORD.findall(text.casefold().replace("ё", "е"))
    if not words or len(text) > LONGEST_CHOICE:
        return None
    for topic in topics:
        if words == _WORD.findall(rules.intents[topic].label(language).casefold().replace("ё", "е")):
            return topic
    # Only a message that is the choice and nothing else: «два дня жду» and «не первое» are not.
    said = [word for word in words if word not in _FILLERS] or words
    if len(said) != 1:
        return None
    for topic, (numbers, stems, ordinals) in zip(topics, _PLACES, strict=False):
        if said[0] in numbers or said[0] in ordinals or said[0].startswith(stems):
            return topic
    return None
