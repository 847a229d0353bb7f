"""«Заблокируйте карту»: which one, «точно?», and the bank's confirmation."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.dialogues.banking import MOST_BUTTONS, PERSON, ask, refusal, waits
from service.dialogues.base import NOT_MINE, Dialogue, Option, Say, Step, Turn
from service.dialogues.choosing import read_four_digits, read_place
from service.dialogues.consent import read_consent
from service.domain.banking import Blocking, Card, CardKind, CardState
from service.domain.errands import ErrandOutcome
from service.domain.intents import Rules

BLOCK = "block_cards"
CONFIRM, KEEP, ALL, OTHER = "block:confirm", "block:keep", "block:all", "block:other"
AFTER = (Option("card_reissue", "intent:card_reissue"), Option("unknown_charge", "intent:unknown_charge"))

Kept = Mapping[str, Any]
"""A card as the procedure remembers it: `id`, `last_four`, `system`, `credit`."""


class BlockCard(Dialogue):
    """Lists what can be blocked, asks once more, blocks, tells the number of the confirmation."""

    name = "block_card"
    asks_bank = True
    of_account = True
    payloads = ("block",)

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The next step: cards, choice, consent, blocking."""
        if turn.outcome is not None:
            return self._answered(data, turn.outcome)
        if "cards" not in data:
            return ask(self.name, "read_cards", {"intent": turn.intent, "wanted": read_four_digits(turn.text)})
        if turn.button == OTHER:
            return self._choose(data, "block_choose")
        chosen = _chosen(data["cards"], turn)
        if chosen:
            return self._confirm(data, chosen)
        if "chosen" in data:
            agrees = _agrees(turn)
            if agrees is True:
                return ask(self.name, BLOCK, data, cards=[each["id"] for each in data["chosen"]])
            if agrees is False:
                return Step(say=(Say("block_kept", buttons=(PERSON,)),))
        if turn.intent is None:
            return NOT_MINE
        return self._confirm(data, data["chosen"]) if "chosen" in data else self._choose(data, "block_choose")

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """The choice or the consent that is still open."""
        if "chosen" in data:
            return _asking(data["chosen"])
        return _choosing("block_choose", data["cards"]) if data.get("cards") else None

    def tell_person(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The cards that were to be blocked, as the client knows them."""
        digits = [each["last_four"] for each in data.get("chosen", ())] or [data.get("wanted")]
        return {"cards": ", ".join(f"··{each}" for each in digits if each)}

    def _answered(self, data: Mapping[str, Any], outcome: ErrandOutcome) -> Step:
        no = refusal(outcome, data, **self.tell_person(data))
        if no is not None:
            return no
        if outcome.operation == BLOCK:
            return _told(data["chosen"], outcome.value["blocked"])
        return self._shown(data, outcome.value["cards"])

    def _shown(self, data: Mapping[str, Any], cards: Sequence[Card]) -> Step:
        working = [_kept(each) for each in cards if each.state is CardState.ACTIVE]
        known = {**data, "cards": working}
        wanted = data.get("wanted")
        useless = [each for each in cards if each.state is not CardState.ACTIVE]
        if not cards:
            return Step(say=(Say("block_no_cards", buttons=(PERSON,)),))
        if not working:
            return Step(say=(*map(_useless, useless), Say("block_none_left", buttons=(*AFTER, PERSON))))
        named = [each for each in working if each["last_four"] == wanted]
        if len(named) == 1 or (wanted is None and len(working) == 1):
            return self._confirm(known, named or working)
        off = [each for each in useless if each.last_four == wanted]
        if off:
            buttons = (Option("block_other", OTHER), *AFTER)
            said = _useless(off[0])
            return Step(say=(Say(said.key, said.fields, buttons),), state=waits(self.name, {**known, "told": True}))
        return self._choose(known, "block_unknown" if wanted and not named else "block_choose")

    def _choose(self, data: Mapping[str, Any], key: str) -> Step:
        said = _choosing(key, data["cards"], last_four=data.get("wanted"))
        return Step(say=(said,), state=waits(self.name, {**data, "wanted": None, "told": False}))

    def _confirm(self, data: Mapping[str, Any], chosen: Sequence[Kept]) -> Step:
        return Step(say=(_asking(chosen),), state=waits(self.name, {**data, "chosen": list(chosen)}))


def _kept(card: Card) -> Kept:
    return {"id": card.id, "last_four": card.last_four, "system": card.system.value,
            "credit": card.kind is CardKind.CREDIT}  # fmt: skip


def _name(card: Kept) -> Say:
    key = "card_named_credit" if card["credit"] else "card_named"
    return Say(key, {"system": Say(f"card_{card['system']}"), "last_four": card["last_four"]})


def _choosing(key: str, cards: Sequence[Kept], **fields: Any) -> Say:
    buttons = tuple(
        Option("card_credit" if each["credit"] else "card", f"block:card:{place}",
               {"system": Say(f"card_{each['system']}"), "last_four": each["last_four"]})
        for place, each in enumerate(cards[:MOST_BUTTONS], start=1)
    )  # fmt: skip
    all_of_them = (Option("block_all", ALL),) if len(cards) > 1 else ()
    return Say(key, fields if key == "block_unknown" else {}, (*buttons, *all_of_them))


def _asking(chosen: Sequence[Kept]) -> Say:
    buttons = (Option("block_confirm", CONFIRM), Option("block_keep", KEEP))
    if len(chosen) == 1:
        return Say("block_ask", {"card": _name(chosen[0])}, buttons)
    return Say("block_ask_all", {}, buttons, tuple(Say("bank_line", {"line": _name(each)}) for each in chosen))


def _chosen(cards: Sequence[Kept], turn: Turn) -> Sequence[Kept]:
    """The cards that the turn picks; none when it picks nothing."""
    if turn.button == ALL:
        return cards
    kind, _, place = (turn.button or "").rpartition(":")
    if kind == "block:card" and place.isascii() and place.isdigit() and 1 <= int(place) <= len(cards):
        return [cards[int(place) - 1]]
    if turn.button is not None:
        return ()
    digits = read_four_digits(turn.text)
    named = [each for each in cards if digits and each["last_four"] == digits]
    if len(named) == 1:
        return named
    at = read_place(turn.text, len(cards)) if len(cards) > 1 else None
    return [cards[at]] if at is not None else ()


def _agrees(turn: Turn) -> bool | None:
    if turn.button in (CONFIRM, KEEP):
        return turn.button == CONFIRM
    return read_consent(turn.text) if turn.button is None else None


def _useless(card: Card) -> Say:
    key = "block_blocked" if card.state is CardState.BLOCKED else "block_expired"
    return Say(key, {"card": _name(_kept(card))})


def _told(chosen: Sequence[Kept], results: Sequence[Blocking | str]) -> Step:
    said = [_result(_name(card), result) for card, result in zip(chosen, results, strict=True)]
    return Step(say=(*said, Say("block_next", buttons=(*AFTER, PERSON))))


def _result(card: Say, result: Blocking | str) -> Say:
    match result:
        case Blocking(was_blocked=False):
            return Say("block_done", {"card": card, "confirmation": result.confirmation, "at": result.at})
        case Blocking():
            return Say("block_was", {"card": card, "confirmation": result.confirmation, "on": result.at.date()})
        case "card_expired":
            return Say("block_expired", {"card": card})
        case _:
            return Say("block_gone", {"card": card})
