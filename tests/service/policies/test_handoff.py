"""When a person is asked in, how urgently, and what the operator is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversations import ConversationView
from service.domain.decisions import Reason
from service.domain.intents import Does, Priority, Rules
from service.domain.understanding import FoundEntity, Understanding
from service.policies.handoff import (
    SAME_DESK_CONFIDENCE,
    SUMMARY_LETTERS,
    SUMMARY_MESSAGES,
    UPSET,
    hand_off,
    priority_for,
    shared_desk,
    summarise,
)
from tests.service.policies.situations import (
    BANK,
    any_conversation,
    any_rules,
    any_understanding,
    modestly,
    sure,
    talk,
    torn,
)


@pytest.mark.parametrize(
    ("topic", "fields", "priority"),
    [
        ("card_pin", {}, Priority.NORMAL),
        ("card_pin", {"mood_score": UPSET}, Priority.HIGH),
        ("card_pin", {"mood_score": UPSET + 0.01}, Priority.NORMAL),
        ("card_pin", {"urgent": True}, Priority.HIGH),
        ("complaint", {}, Priority.HIGH),
        ("complaint", {"mood_score": -1.0, "urgent": True}, Priority.HIGH),
        ("fraud_report", {}, Priority.URGENT),
        ("fraud_report", {"mood_score": 1.0}, Priority.URGENT),
    ],
)
def test_an_upset_or_hurried_client_is_one_step_nearer_the_front(
    topic: str, fields: dict[str, float], priority: Priority
) -> None:
    assert priority_for(BANK.intents[topic], sure(topic, **fields)) is priority


def test_a_message_about_nothing_known_has_normal_priority() -> None:
    assert priority_for(None, torn()) is Priority.NORMAL


@given(any_understanding(), any_rules())
@modestly
def test_priority_is_never_lower_than_the_intent_says(understanding: Understanding, rules: Rules) -> None:
    for rule in rules.intents.values():
        assert priority_for(rule, understanding).rank >= rule.priority.rank


def test_a_hand_off_knows_department_priority_reason_and_intent() -> None:
    handed = hand_off(
        Reason.INTENT_NEEDS_PERSON, sure("complaint"), talk(), BANK, BANK.intents["complaint"], "how-to-complain"
    )
    assert (handed.department, handed.priority, handed.intent) == ("complaints", Priority.HIGH, "complaint")
    assert handed.article == "how-to-complain"


def test_a_hand_off_of_what_is_out_of_scope_names_no_intent() -> None:
    handed = hand_off(Reason.NOT_UNDERSTOOD, torn(("card_pin", 0.9), in_scope=False), talk(), BANK)
    assert handed.intent is None
    assert handed.department == "general"


@given(st.sampled_from(Reason), any_understanding(), any_conversation(), any_rules())
@modestly
def test_a_hand_off_is_possible_in_any_situation(
    reason: Reason, understanding: Understanding, conversation: ConversationView, rules: Rules
) -> None:
    handed = hand_off(reason, understanding, conversation, rules)
    assert handed.reason is reason
    assert handed.department


def test_topics_of_one_desk_need_no_clarification() -> None:
    unsure = torn(("unknown_charge", 0.45), ("fraud_report", 0.35), ("card_pin", 0.1))
    desk = shared_desk(unsure, BANK)
    assert desk is not None
    assert desk.id == "unknown_charge"


@pytest.mark.parametrize(
    "unsure",
    [
        torn(("unknown_charge", 0.45), ("fraud_report", 0.1)),
        torn(("unknown_charge", 0.5), ("fraud_report", 0.5), in_scope=False),
        torn(("card_pin", 0.5), ("card_delivery", 0.5)),
        torn(),
    ],
    ids=["not enough together", "out of scope", "an article may answer", "nothing recognised"],
)
def test_otherwise_the_client_is_asked(unsure: Understanding) -> None:
    assert shared_desk(unsure, BANK) is None


@given(any_understanding(), any_rules())
@modestly
def test_a_shared_desk_is_people_of_the_department_that_has_most_of_the_probability(
    understanding: Understanding, rules: Rules
) -> None:
    desk = shared_desk(understanding, rules)
    if desk is None:
        return
    assert desk.does is Does.HANDOFF
    share = sum(
        scored.confidence
        for scored in understanding.ranking[:5]
        if (rule := rules.rule(scored.intent)) and rule.does is Does.HANDOFF and rule.department == desk.department
    )
    assert share >= SAME_DESK_CONFIDENCE
    assert understanding.in_scope


def test_the_operator_reads_what_was_said_recognised_and_tried() -> None:
    understanding = replace(
        sure("complaint", mood="negative", urgent=True), entities=(FoundEntity("amount", "5000 RUB"),), language="en"
    )
    handed = hand_off(Reason.INTENT_NEEDS_PERSON, understanding, talk(), BANK, BANK.intents["complaint"])
    summary = summarise(handed, understanding, ["hello", "  ", "you took 5000 from me"], ["card-fee"])
    assert summary == {
        "intent": "complaint",
        "confidence": 0.97,
        "reason": "intent_needs_person",
        "client_said": ["hello", "you took 5000 from me"],
        "entities": [{"kind": "amount", "value": "5000 RUB"}],
        "articles_shown": ["card-fee"],
        "mood": "negative",
        "urgent": True,
        "language": "en",
    }


def test_a_summary_is_short_however_much_was_written() -> None:
    handed = hand_off(Reason.NOT_UNDERSTOOD, torn(), talk(), BANK)
    said = summarise(handed, torn(), [f"{number} " + "а" * 5000 for number in range(20)], [])["client_said"]
    assert isinstance(said, list)
    assert len(said) == SUMMARY_MESSAGES
    assert said[-1].startswith("19 ")
    assert all(len(text) <= SUMMARY_LETTERS for text in said)
