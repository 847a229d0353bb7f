"""«Пришлите реквизиты»: what somebody needs to send money to one of the client's accounts."""

from collections.abc import Mapping
from typing import Any

from service.dialogues.account_choice import choose_account, remind_of_choice
from service.dialogues.banking import ask, refusal
from service.dialogues.base import Dialogue, Say, Step, Turn
from service.domain.banking import AccountDetails
from service.domain.intents import Rules

OPERATION = "read_account_details"


class ShowAccountDetails(Dialogue):
    """Which account, when there are several; then its details, ready to be passed on."""

    name = "show_account_details"
    asks_bank = True
    of_account = True
    payloads = ("account",)

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The list of accounts, the choice, the details."""
        if turn.outcome is not None and turn.outcome.operation == OPERATION:
            return refusal(turn.outcome, data, account=data["shown"]) or _tell(turn.outcome.value["details"])
        choice = choose_account(self.name, "details_choose", data, turn)
        if isinstance(choice, Step):
            return choice
        return ask(self.name, OPERATION, {**data, "shown": choice["shown"]}, account=choice["id"])

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """The open choice."""
        return remind_of_choice("details_choose", data)


def _tell(details: AccountDetails) -> Step:
    names = ("recipient", "number", "bank", "bic", "correspondent_account", "inn", "kpp")
    known = {name: getattr(details, name) for name in names}
    lines = tuple(Say(f"details_{name}", {name: value}) for name, value in known.items() if value)
    return Step(say=(Say("details", {"currency": details.currency}, lines=lines), Say("details_next")))
