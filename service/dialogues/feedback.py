"""«Это помогло?»: the client's yes or no under an answer, by button or in words."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Say, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.intents import Rules

_WORD = re.compile(r"\w+")
_YES = {"да", "ага", "угу", "помогло", "помогли", "помог", "разобрался", "разобралась", "yes", "yep", "yeah", "helped"}
_NO = {"нет", "неа", "no", "nope"}
_NOT = {"не", "not", "didn", "didnt", "doesn", "ничем", "ничего"}
_HELP = {"помогло", "помог", "помогли", "помогает", "помогла", "help", "helped", "helpful", "really"}
_FILLERS = {"спасибо", "большое", "все", "всё", "очень", "это", "мне", "вообще", "совсем", "thanks", "thank", "you"}
_FILLERS |= {"it", "very", "much", "did", "this", "that", "does", "t", "at", "all", "sorry"}
MOST_WORDS = 6


def ask(article: str, intent: str | None) -> DialogueState:
    """The state that waits for «помогло / не помогло» about `article`."""
    return DialogueState("feedback", MappingProxyType({"article": article, "intent": intent}))


class Feedback(Dialogue):
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
    words = _WORD.findall(turn.text.casefold())
    if not words or len(words) > MOST_WORDS:
        return None
    content = {word for word in words if word not in _FILLERS}
    if not content:
        return None
    if content & _NOT:  # «не помогло», «нет, не помогло», "it didn't help"
        return False if content & _HELP and content <= _NOT | _HELP | _NO else None
    if content <= _YES:
        return True
    return False if content <= _NO else None
