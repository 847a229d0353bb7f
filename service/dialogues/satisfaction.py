"""«Оцените, пожалуйста»: one tap after a request is closed, from 1 to 5, or «don't ask again»."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.intents import Rules

SCORES = range(1, 6)
_MARK = re.compile(r"\s*([1-5])\s*[.!]*\s*")
_THUMBS = {"👍": 5, "👎": 1}
# Nine digits: what a client invents must still be a number that every database can compare with.
_BUTTON = re.compile(r"csat:([0-9]{1,9}):([1-5]|off)")


def ask(handoff_id: int) -> DialogueState:
    """The state that waits for a mark for this hand-off."""
    return DialogueState("satisfaction", MappingProxyType({"handoff": handoff_id}))


def payload(handoff_id: int, answer: int | str) -> str:
    """The button's payload: it names the hand-off, so that a late tap still finds it."""
    return f"csat:{handoff_id}:{answer}"


class Satisfaction(Dialogue):
    """Understands a tap at any time, and a bare «5» or 👍 right after the question; anything else is a new question.

    What is said depends on whether the mark still counts, which is looked up when it is written (`service/surveys`).
    """

    name = "satisfaction"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The mark as a fact, or not mine."""
        tapped = _BUTTON.fullmatch(turn.button or "")
        if tapped:
            score = None if tapped[2] == "off" else int(tapped[2])
            return _marked(int(tapped[1]), score)
        if turn.button or "handoff" not in data:
            return NOT_MINE
        said = read_mark(turn.text)
        return _marked(data["handoff"], said) if said is not None else NOT_MINE


def read_mark(text: str) -> int | None:
    """1 to 5 for a message that is a mark and nothing else («5», «5!», 👍), otherwise None."""
    mark = _MARK.fullmatch(text)
    if mark:
        return int(mark[1])
    return _THUMBS.get(text.strip().rstrip("\ufe0f🏻🏼🏽🏾🏿"))


def _marked(handoff_id: int, score: int | None) -> Step:
    return Step(fact=MappingProxyType({"kind": "csat", "handoff": handoff_id, "score": score}))
