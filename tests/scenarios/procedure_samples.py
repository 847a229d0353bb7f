"""Procedures for tests of the seam: one that asks the bank, one with an open step, one that looks into the database."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Say, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.errands import Errand, ErrandOutcome, Fate
from service.domain.intents import Rules
from service.office import Office
from service.performers.base import Job, Refused, Scene, TryAgain


def waits(name: str, **data: Any) -> DialogueState:
    """The state of a procedure that waits."""
    return DialogueState(name, MappingProxyType(data))


class AskBank(Dialogue):
    """Asks the bank and says what it said; refusals go to a person."""

    name = "show_balance"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The errand first, then what came of it."""
        if turn.outcome is None:
            return Step(errand=Errand("ask_bank", {"words": turn.text}), state=waits(self.name, asked=True))
        if turn.outcome.fate is Fate.REFUSED:
            return Step(person=Reason.INTENT_NEEDS_PERSON, collected={"refused": turn.outcome.reason})
        return Step(say=(Say("operator_joined", {"name": turn.outcome.value["said"]}),))


class AskTwice(Dialogue):
    """Asks for the word «кот» and does not let go of it."""

    name = "show_account_details"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """Ask, then end with the word."""
        if not data:
            return Step(say=(Say("menu"),), state=waits(self.name, open=True))
        return Step(say=(Say("feedback_yes"),), fact={"kind": "said_cat"}) if "кот" in turn.text else NOT_MINE

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """The open step."""
        return Say("greeting")


class LookInside(Dialogue):
    """Counts its own messages in the transaction of the client's."""

    name = "show_next_payment"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """An errand inside, and its outcome at once."""
        if turn.outcome is None:
            return Step(say=(Say("menu"),), errand=Errand("count"), state=waits(self.name, asked=True))
        return Step(say=(Say("operator_joined", {"name": str(turn.outcome.value["seq"])}),))


def count(scene: Scene, arguments: Mapping[str, Any]) -> ErrandOutcome:
    """A performer inside."""
    return ErrandOutcome("count", Fate.DONE, {"seq": scene.conversation.last_seq})


class Bank:
    """A performer outside that does what it is told and remembers who asked."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.jobs: list[Job] = []
        self.failing = 0
        self.refuses = refuses

    def __call__(self, job: Job, office: Office) -> Mapping[str, Any]:
        """Answer, or not yet."""
        self.jobs.append(job)
        if self.failing:
            self.failing -= 1
            raise TryAgain("the line is busy")
        if self.refuses:
            raise Refused("account_closed")
        return {"said": "сто рублей"}
