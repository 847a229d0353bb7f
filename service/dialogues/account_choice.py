"""Which of the client's accounts is meant? The one there is, or the one they choose by button, digits or place."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.dialogues.banking import MOST_BUTTONS, PERSON, account_name, ask, refusal, waits
from service.dialogues.base import NOT_MINE, Option, Say, Step, Turn
from service.dialogues.choosing import read_four_digits, read_place
from service.domain.banking import Account

Chosen = Mapping[str, Any]
"""An account as the procedure remembers it: `id`, `kind` and `tail` (the last four digits), `shown` («··4417»)."""


def choose_account(name: str, question: str, data: Mapping[str, Any], turn: Turn) -> Chosen | Step:
    """The account, or the step that leads to it: the errand for the list, the `question`, or not mine."""
    if turn.outcome is not None:
        return refusal(turn.outcome, data) or _of_several(name, question, data, turn.outcome.value["accounts"])
    if "accounts" not in data:
        wanted = {"intent": turn.intent, "wanted": read_four_digits(turn.text)}
        return ask(name, "read_accounts", {**data, **wanted})
    accounts = data["accounts"]
    chosen = _chosen(accounts, turn)
    if chosen is not None:
        return chosen
    return Step(say=(_question(question, accounts),), state=waits(name, data)) if turn.intent else NOT_MINE


def remind_of_choice(question: str, data: Mapping[str, Any]) -> Say | None:
    """The question once more, when it is open."""
    return _question(question, data["accounts"]) if data.get("accounts") else None


def _of_several(name: str, question: str, data: Mapping[str, Any], accounts: Sequence[Account]) -> Chosen | Step:
    if not accounts:
        return Step(say=(Say("balance_none", buttons=(Option("account_open", "intent:account_open"), PERSON)),))
    kept = [_kept(each) for each in accounts]
    named = [each for each in kept if each["tail"] == data.get("wanted")]
    if len(kept) == 1 or len(named) == 1:
        return (named or kept)[0]
    return Step(say=(_question(question, kept),), state=waits(name, {**data, "accounts": kept}))


def _kept(account: Account) -> Chosen:
    tail = account_name(account).fields["tail"]
    return {"id": account.id, "kind": account.kind.value, "tail": tail, "shown": f"··{tail}",
            "currency": account.balance.currency}  # fmt: skip


def _question(question: str, accounts: Sequence[Chosen]) -> Say:
    buttons = tuple(
        Option(f"account_{each['kind']}", f"account:{place}", {"tail": each["tail"]})
        for place, each in enumerate(accounts[:MOST_BUTTONS], start=1)
    )
    return Say(question, buttons=buttons)


def _chosen(accounts: Sequence[Chosen], turn: Turn) -> Chosen | None:
    kind, _, place = (turn.button or "").partition(":")
    if kind == "account" and place.isascii() and place.isdigit() and 1 <= int(place) <= len(accounts):
        return accounts[int(place) - 1]
    digits = read_four_digits(turn.text)
    named = [each for each in accounts if digits and each["tail"] == digits]
    if len(named) == 1:
        return named[0]
    at = read_place(turn.text, len(accounts))
    return accounts[at] if at is not None else None
