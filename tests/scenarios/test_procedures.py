"""The seam for procedures: an intent with `does: action` starts the dialogue of that name as soon as there is one."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from service.dialogues import DIALOGUES
from service.dialogues.base import Say, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.decisions import HandOff, Reason, StartDialogue
from service.domain.intents import Rules
from service.office import Office


class AskTwice:
    """A procedure that asks once, counts what it got and ends."""

    name = "show_balance"

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """First turn: ask. Second turn: finish with a fact."""
        if not data:
            return Step(say=(Say("menu"),), state=DialogueState(self.name, MappingProxyType({"asked": True})))
        return Step(say=(Say("feedback_yes"),), fact={"kind": "balance_shown", "words": len(turn.text.split())})


def test_an_action_without_its_procedure_goes_to_a_person_because_identity_must_be_proved(client: Any) -> None:
    client.ask("сколько денег у меня на карте?")
    decision = client.outcomes[-1].decision
    assert isinstance(decision, HandOff)
    assert decision.reason is Reason.NEEDS_VERIFICATION
    assert decision.department == "accounts"


def test_an_action_with_its_procedure_is_led_by_it_to_the_end(
    office: Office, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DIALOGUES, "show_balance", AskTwice())
    client.office = replace(office, rules=replace(office.rules, actions=frozenset(DIALOGUES)))
    (asked,) = client.ask("сколько денег у меня на карте?")
    assert isinstance(client.outcomes[-1].decision, StartDialogue)
    assert asked.text.startswith("Вот с чем")
    (done,) = client.ask("моя карта мир")
    assert done.text.startswith("Отлично")
    assert client.state == "bot"
    (after,) = client.ask("спасибо")
    assert after.text.startswith("Пожалуйста")
