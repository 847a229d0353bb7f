"""What a conversation remembers after a decision."""

import json
from datetime import timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversations import ConversationState, ConversationView, DialogueState
from service.domain.decisions import (
    Answer,
    Clarify,
    Control,
    Decision,
    HandOff,
    Reason,
    Refuse,
    Silent,
    Social,
    StartDialogue,
    Suggest,
    Wait,
)
from service.domain.intents import Priority
from service.domain.understanding import Understanding
from service.policies.memory import remember
from service.storage.tables import ConversationRow
from tests.service.policies.situations import NOON, any_conversation, any_understanding, modestly, sure, talk, torn

COLUMNS = {column.key for column in ConversationRow.__table__.columns}
NEVER_TOUCHED = {"id", "version", "identity_id", "client_id", "channel", "created_at", "last_seq", "operator_id"}

_names = st.sampled_from(["topic_1", "topic_2"])
any_decision: st.SearchStrategy[Decision] = st.one_of(
    st.builds(Answer, st.lists(_names, min_size=1, max_size=3).map(tuple), st.none() | _names),
    st.builds(Clarify, st.lists(_names, max_size=3).map(tuple), st.sampled_from(["unsure", "out_of_scope", "several"])),
    st.builds(StartDialogue, _names, st.none() | _names),
    st.builds(
        HandOff, _names, st.sampled_from(Priority), st.sampled_from(Reason), st.none() | _names, st.none() | _names
    ),
    st.builds(Suggest, st.lists(_names, max_size=3).map(tuple)),
    st.builds(Social, st.sampled_from(["greeting", "thanks", "already_answered"])),
    st.builds(Control, st.sampled_from(["start", "menu", "cancel", "unsubscribe", "subscribe"])),
    st.builds(Refuse, st.just("secure_channel")),
    st.builds(Wait, st.floats(0, 30)),
    st.builds(Silent, st.sampled_from(["queued", "already_answered", "dialogue"])),
)


@given(any_decision, any_conversation(), any_understanding())
@modestly
def test_only_columns_that_there_are_change_and_never_those_that_name_the_conversation(
    decision: Decision, conversation: ConversationView, understanding: Understanding
) -> None:
    changes = remember(decision, conversation, understanding, NOON, conversation.dialogue)
    assert set(changes) <= COLUMNS - NEVER_TOUCHED
    assert changes["last_client_at"] == changes["updated_at"] == NOON
    json.dumps(changes, default=str)
    assert remember(decision, conversation, understanding, NOON, conversation.dialogue) == changes


@given(any_decision, any_conversation(ConversationState.OPERATOR), any_understanding())
@modestly
def test_what_the_bot_would_say_never_takes_a_conversation_from_an_operator(
    decision: Decision, conversation: ConversationView, understanding: Understanding
) -> None:
    state = remember(decision, conversation, understanding, NOON, None).get("state", ConversationState.OPERATOR.value)
    assert isinstance(decision, HandOff) or state == ConversationState.OPERATOR.value


def test_an_answer_is_remembered_and_ends_the_asking() -> None:
    before = talk(clarifications=1, repeats=1, waiting_since=NOON)
    changes = remember(Answer(("pin", "fee"), "card_pin"), before, sure("card_pin"), NOON, None)
    assert changes["last_article"] == "fee"
    assert changes["last_answer_at"] == NOON
    assert changes["last_intent"] == "card_pin"
    assert changes["clarifications"] == changes["repeats"] == 0
    assert changes["waiting_since"] is None
    assert changes["answer_due_at"] is None


def test_a_clarification_is_counted() -> None:
    assert remember(Clarify(()), talk(clarifications=1), torn(), NOON, None)["clarifications"] == 2


def test_saying_that_it_was_answered_already_is_counted() -> None:
    assert remember(Social("already_answered"), talk(), sure("card_pin"), NOON, None)["repeats"] == 1


def test_a_wait_keeps_when_the_client_began_and_when_the_answer_is_due() -> None:
    began = NOON - timedelta(seconds=1)
    changes = remember(Wait(1.5), talk(waiting_since=began), torn(), NOON, None)
    assert changes["waiting_since"] == began
    assert changes["answer_due_at"] == NOON + timedelta(seconds=1.5)
    assert "dialogue" not in changes
    assert remember(Wait(1.5), talk(), torn(), NOON, None)["waiting_since"] == NOON


def test_a_hand_off_puts_the_client_into_the_queue() -> None:
    handed = HandOff("security", Priority.URGENT, Reason.INTENT_NEEDS_PERSON, "fraud_report", "fraud")
    changes = remember(handed, talk(clarifications=1, told_waiting=True), sure("fraud_report"), NOON, None)
    assert changes["state"] == "queued"
    assert (changes["department"], changes["priority"]) == ("security", "urgent")
    assert changes["queued_at"] == NOON
    assert changes["told_waiting"] is False
    assert changes["last_article"] == "fraud"
    assert changes["clarifications"] == 0


def test_a_raised_priority_keeps_the_place_in_time() -> None:
    handed = HandOff("security", Priority.URGENT, Reason.INTENT_NEEDS_PERSON, "fraud_report")
    waiting = talk(state=ConversationState.QUEUED, told_waiting=True)
    changes = remember(handed, waiting, sure("fraud_report"), NOON, None)
    assert changes["priority"] == "urgent"
    assert "queued_at" not in changes
    assert "told_waiting" not in changes


def test_a_client_who_leaves_the_queue_is_with_the_bot_again() -> None:
    changes = remember(Control("cancel"), talk(state=ConversationState.QUEUED), sure("cancel"), NOON, None)
    assert changes["state"] == "bot"
    assert changes["queued_at"] is None


def test_a_cancel_outside_the_queue_changes_no_owner() -> None:
    assert "state" not in remember(Control("cancel"), talk(), sure("cancel"), NOON, None)


def test_a_waiting_client_is_told_so_once() -> None:
    waiting = talk(state=ConversationState.QUEUED)
    assert remember(Silent("queued"), waiting, torn(), NOON, None)["told_waiting"] is True


def test_the_dialogue_that_waits_is_kept_as_plain_values() -> None:
    dialogue = DialogueState("clarify", MappingProxyType({"topics": ["card_pin"]}))
    changes = remember(Clarify(("card_pin",)), talk(), torn(), NOON, dialogue)
    assert changes["dialogue"] == {"name": "clarify", "data": {"topics": ["card_pin"]}}
    assert remember(Social("thanks"), talk(dialogue=dialogue), sure("thanks"), NOON, None)["dialogue"] is None


@pytest.mark.parametrize("decision", [Answer(("pin",), "card_pin"), Social("thanks"), Wait(1.5)], ids=repr)
def test_a_closed_conversation_is_the_bots_again_when_the_client_writes(decision: Decision) -> None:
    closed = talk(state=ConversationState.CLOSED)
    assert remember(decision, closed, sure("card_pin"), NOON, None)["state"] == "bot"


def test_an_article_that_a_waiting_client_was_not_shown_is_not_remembered_as_said() -> None:
    """A raised priority is said in one sentence, without the article of the intent."""
    handed = HandOff("security", Priority.URGENT, Reason.INTENT_NEEDS_PERSON, "fraud_report", "fraud")
    changes = remember(handed, talk(state=ConversationState.QUEUED), sure("fraud_report"), NOON, None)
    assert "last_article" not in changes
