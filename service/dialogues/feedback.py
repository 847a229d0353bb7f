"""«Это помогло?»: the client's yes or no under an answer, by button or in words."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Say, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.intents import Rules

_WORD = re.compile(r"\w+")
_YES = {"да", "ага", "угу", "помогло", "помогли", "yes", "yep", "yeah", "helped"}
_NO = {"нет", "неа", "no", "nope"}
_NOT_HELPED = (("не", "помогло"), ("не", "помог"), ("вообще", "нет"), ("not", "really"), ("did", "not", "help"))
_FILLERS = {"спасибо", "большое", "все", "всё", "очень", "это", "мне", "thanks", "thank", "you", "it", "very", "much"}


def ask(article: str, intent: str | None) -> DialogueState:
    """The state that waits for «помогло / не помогло» about `article`."""
    return DialogueState("feedback", MappingProxyType({"article": article, "intent": intent}))


class Feedback:
    """Understands yes and no; any other message is a new question and ends the asking."""

    name = "feedback"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """Thanks after a yes, a person after a no; either is a fact worth keeping."""
        helped = read_yes_or_no(turn)
        if helped is None:
            return NOT_MINE
        fact = {"kind": "feedback", "helped": helped, "article": data.get("article"), "intent": data.get("intent")}
        if helped:
            return Step(say=(Say("feedback_yes"),), fact=MappingProxyType(fact))
        return Step(person=Reason.ANSWER_DID_NOT_HELP, fact=MappingProxyType(fact))


def read_yes_or_no(turn: Turn) -> bool | None:
    """True for yes, False for no, None for anything else."""
    if turn.button in ("feedback:yes", "feedback:no"):
        return turn.button == "feedback:yes"
    words = tuple(_WORD.findall(turn.text.casefold()))
    if not words or len(words) > 4:
        return None
    if words in _NOT_HELPED:
        return False
    content = [word for word in words if word not in _FILLERS]
    if content and all(word in _YES for word in content):
        return True
    return False if content and all(word in _NO for word in content) else None
