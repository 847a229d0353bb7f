"""«Пришлите выписку»: to the e-mail on file, never into the chat."""

from collections.abc import Mapping
from typing import Any

from service.dialogues.account_choice import choose_account, remind_of_choice
from service.dialogues.banking import PERSON, ask, refusal, waits
from service.dialogues.base import NOT_MINE, Dialogue, Option, Say, Step, Turn
from service.dialogues.months import MOST_MONTHS, read_months
from service.domain.errands import ErrandOutcome
from service.domain.intents import Rules

SEND = "send_statement"
CHOOSE = "statement_choose"
MOST_WORDS = 4
PERIODS = tuple(Option(f"months_{months}", f"months:{months}") for months in (1, 3, 12))


class SendStatement(Dialogue):
    """Which account, for how long; then a letter."""

    name = "send_statement"
    asks_bank = True
    of_account = True
    payloads = ("account", "months")

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The account, the period, the letter."""
        if turn.outcome is not None and turn.outcome.operation == SEND:
            return _told(data, turn.outcome)
        if "account" not in data:
            known = data or {"months": read_months(turn.text)}
            choice = choose_account(self.name, CHOOSE, known, turn)
            if isinstance(choice, Step):
                return choice
            known = {"intent": data.get("intent"), "account": dict(choice), "months": known.get("months")}
            return self._send(known, known["months"]) if known["months"] else self._ask(known)
        months = _months(turn)
        if months is not None:
            return self._send(data, months)
        return self._ask(data) if turn.intent else NOT_MINE

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """The account or the period that is still asked for."""
        return _asking(data) if "account" in data else remind_of_choice(CHOOSE, data)

    def tell_person(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The account whose statement was wanted."""
        return {"account": data["account"]["shown"]} if "account" in data else {}

    def _ask(self, data: Mapping[str, Any]) -> Step:
        return Step(say=(_asking(data),), state=waits(self.name, data))

    def _send(self, data: Mapping[str, Any], months: int) -> Step:
        return ask(self.name, SEND, data, account=data["account"]["id"], months=months)


def _asking(data: Mapping[str, Any]) -> Say:
    return Say("statement_period", {"account": _account(data)}, PERIODS)


def _account(data: Mapping[str, Any]) -> Say:
    return Say(f"account_{data['account']['kind']}", {"tail": data["account"]["tail"]})


def _months(turn: Turn) -> int | None:
    kind, _, number = (turn.button or "").partition(":")
    if kind == "months" and number.isascii() and number.isdigit() and 1 <= int(number) <= MOST_MONTHS:
        return int(number)
    # In the middle of it only an answer and nothing else: «сколько карта стоит в год?» is another question.
    return read_months(turn.text) if turn.button is None and len(turn.text.split()) <= MOST_WORDS else None


def _told(data: Mapping[str, Any], outcome: ErrandOutcome) -> Step:
    if outcome.reason == "no_address":
        return Step(say=(Say("statement_no_address", buttons=(PERSON,)),))
    no = refusal(outcome, data, account=data["account"]["shown"])
    if no is not None:
        return no
    fields = {name: outcome.value[name] for name in ("first", "last", "address")}
    return Step(say=(Say("statement_sent", {**fields, "account": _account(data)}),))
