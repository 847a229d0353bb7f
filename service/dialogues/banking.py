"""What procedures that ask the bank have in common: the errand, its refusals, and the names of accounts and cards."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.dialogues.base import Dialogue, Option, Say, Step, Turn
from service.domain.banking import Account
from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.errands import Errand, ErrandOutcome, Fate
from service.domain.intents import Rules

PERSON = Option("operator", "command:operator")
MOST_BUTTONS = 8


class AsksBank(Dialogue):
    """A procedure that asks the bank for `operation` and says what came of it in `tell`.

    A bank that refuses leads to a person; one that does not answer as well (`service/errands.py`).
    """

    asks_bank = True
    of_account = True
    operation: str

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The errand, then what came of it."""
        if turn.outcome is None:
            return ask(self.name, self.operation, {"intent": turn.intent})
        return refusal(turn.outcome, data) or self.tell(turn.outcome)

    def tell(self, outcome: ErrandOutcome) -> Step:
        """What the client is told."""
        raise NotImplementedError


def waits(name: str, data: Mapping[str, Any]) -> DialogueState:
    """The state of a procedure that waits for the client or an errand."""
    return DialogueState(name, MappingProxyType(dict(data)))


def ask(name: str, operation: str, data: Mapping[str, Any], **arguments: Any) -> Step:
    """The step that asks the bank; the procedure is resumed with `data`."""
    return Step(errand=Errand(operation, arguments), state=waits(name, data))


def refusal(outcome: ErrandOutcome, data: Mapping[str, Any], **collected: Any) -> Step | None:
    """What follows a no of the bank: the proof again when the link has ended, otherwise a person. None for a yes."""
    if outcome.fate is Fate.DONE:
        return None
    if outcome.reason == "not_linked" and data.get("intent"):
        return Step(intent=data["intent"])
    return Step(person=Reason.OPERATION_FAILED, collected=collected or None)


def account_name(account: Account) -> Say:
    """«Текущий счёт ··4417»."""
    return Say(f"account_{account.kind.value}", {"tail": account.number[-4:]})


def listed(lines: Sequence[Say]) -> tuple[Say, ...]:
    """Several things, one a line."""
    return tuple(Say("bank_line", {"line": line}) for line in lines)
