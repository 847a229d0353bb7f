"""What holds of every decision, whatever was said, understood, remembered and configured."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from hypothesis import assume, given
from hypothesis import strategies as st

from service.dialogues import clarify
from service.domain.conversations import ChannelKind, ConversationState, ConversationView
from service.domain.decisions import Answer, Clarify, Control, Decision, HandOff, Silent, StartDialogue, Suggest, Wait
from service.domain.decisions import describe as described
from service.domain.intents import Mode, Rules
from service.domain.understanding import Understanding
from service.policies.answering import was_just_said
from service.policies.bursts import LONGEST_WAIT_BURSTS
from service.policies.commands import Press, find_command
from service.policies.decide import decide
from service.policies.memory import remember
from service.policies.verification import needs_proof
from tests.service.policies.situations import (
    COMMANDS,
    NOON,
    TALK,
    any_conversation,
    any_press,
    any_rules,
    any_text,
    any_understanding,
    carry,
    modestly,
)

with_the_bot = any_conversation(ConversationState.BOT, ConversationState.CLOSED)
not_a_command = any_text.filter(lambda text: find_command(text, COMMANDS) is None)


@given(any_text, any_understanding(), any_conversation(), any_rules(), st.none() | any_press, st.booleans())
@modestly
def test_every_situation_has_one_decision_and_always_the_same(
    text: str,
    understanding: Understanding,
    conversation: ConversationView,
    rules: Rules,
    press: Press | None,
    may_wait: bool,
) -> None:
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=may_wait)
    assert isinstance(decision, get_args(Decision))
    assert decide(text, understanding, conversation, rules, NOON, press=press, may_wait=may_wait) == decision
    assert json.loads(json.dumps(described(decision)))["kind"]


@given(any_text, any_understanding(), any_conversation(ConversationState.OPERATOR), any_rules(), st.none() | any_press)
@modestly
def test_an_operators_conversation_never_gets_a_reply(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    assert isinstance(decide(text, understanding, conversation, rules, NOON, press=press), Suggest)


@given(any_text, any_understanding(), any_conversation(ConversationState.QUEUED), any_rules(), st.booleans())
@modestly
def test_a_waiting_client_gets_no_question_no_second_queue_and_no_lower_priority(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, may_wait: bool
) -> None:
    decision = decide(text, understanding, conversation, rules, NOON, may_wait=may_wait)
    assert isinstance(decision, Answer | Control | Silent | HandOff)
    if isinstance(decision, HandOff):
        assert decision.priority.rank > conversation.priority.rank
        changes = remember(decision, conversation, understanding, NOON, None)
        assert "queued_at" not in changes


@given(any_understanding(), any_conversation(ConversationState.QUEUED), any_rules(), any_press)
@modestly
def test_a_waiting_client_who_presses_a_button_gets_no_second_queue_either(
    understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press
) -> None:
    decision = decide("кнопка", understanding, conversation, rules, NOON, press=press)
    assert isinstance(decision, Answer | Control | Silent | HandOff)
    if isinstance(decision, HandOff):
        assert decision.priority.rank > conversation.priority.rank


@given(any_text, any_understanding(), with_the_bot, any_rules(), st.none() | any_press)
@modestly
def test_a_client_who_was_asked_once_is_not_asked_again(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    assume(conversation.clarifications > 0)
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    assert not isinstance(decision, Clarify)


@given(any_text, any_understanding(parts=False), any_conversation(), any_rules(), st.none() | any_press)
@modestly
def test_an_answer_that_was_just_given_is_not_given_again(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    if isinstance(decision, Answer):
        assert not was_just_said(decision.articles[0], conversation, rules, NOON)


@given(not_a_command, any_understanding(parts=False, follow_up=False), any_conversation(), any_rules())
@modestly
def test_what_is_out_of_scope_gets_no_article(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules
) -> None:
    assume(not understanding.in_scope)
    decision = decide(text, understanding, conversation, rules, NOON, may_wait=False)
    assert not isinstance(decision, Answer | StartDialogue)
    if isinstance(decision, HandOff):
        assert decision.article is None


@given(any_text, any_understanding(follow_up=False), any_conversation(), any_rules(), st.none() | any_press)
@modestly
def test_the_bot_serves_only_what_the_owner_the_channel_and_the_proof_allow(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    assume(press is None or press.kind != "article")
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    if not isinstance(decision, Answer | StartDialogue):
        return
    answered = {scored.intent for part in understanding.parts for scored in part.ranking[:1] if part.automatic}
    served = answered if isinstance(decision, Answer) and len(decision.articles) > 1 else {decision.intent}
    for rule in (rules.rule(name) for name in served):
        if rule is None or rule.does in TALK:
            continue
        assert rule.mode is Mode.AUTO
        if isinstance(decision, Answer):
            assert not needs_proof(rule, conversation, rules, NOON)


@given(any_text, any_understanding(follow_up=False), any_conversation(), any_rules(), st.none() | any_press)
@modestly
def test_documents_are_never_served_in_a_messenger(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    assume(press is None or press.kind != "article")
    conversation = replace(conversation, channel_kind=ChannelKind.MESSENGER)
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    if isinstance(decision, Answer | StartDialogue) or (isinstance(decision, HandOff) and decision.article):
        rule = rules.rule(decision.intent)
        assert rule is None or not rule.secure


@given(any_text, any_understanding(), any_conversation(), any_rules(), st.none() | any_press)
@modestly
def test_a_recognised_topic_never_comes_to_people_with_less_than_its_own_priority(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    rule = rules.rule(decision.intent) if isinstance(decision, HandOff) else None
    recognised = understanding.automatic or (press is not None and press.kind == "intent")
    if isinstance(decision, HandOff) and rule is not None and recognised and not understanding.parts:
        assume(decision.intent == understanding.intent or (press and press.value == decision.intent))
        assume(press is None or press.kind == "intent")
        assume(find_command(text, COMMANDS) is None or press is not None)
        assert decision.priority.rank >= rule.priority.rank


@given(any_text, any_understanding(), any_conversation(), any_rules(), st.none() | any_press)
@modestly
def test_offered_topics_are_never_small_talk_or_commands(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, press: Press | None
) -> None:
    decision = decide(text, understanding, conversation, rules, NOON, press=press, may_wait=False)
    if isinstance(decision, Clarify):
        assert len(decision.topics) <= rules.clarify_topics
        assert all(rules.intents[topic].does not in TALK for topic in decision.topics)


@given(any_text, any_understanding(), any_conversation(), any_rules(), st.floats(0, 4))
@modestly
def test_nobody_waits_longer_than_three_windows(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, windows: float
) -> None:
    since = NOON - timedelta(seconds=windows * rules.burst_seconds)
    waiting = replace(conversation, waiting_since=since)
    decision = decide(text + ",", understanding, waiting, rules, NOON)
    if isinstance(decision, Wait):
        assert 0 < decision.seconds <= rules.burst_seconds
        waited = (NOON - since).total_seconds()
        assert waited + decision.seconds <= LONGEST_WAIT_BURSTS * rules.burst_seconds + 1e-3
    assert not isinstance(decide(text, understanding, conversation, rules, NOON, may_wait=False), Wait)


@given(
    any_rules(),
    st.sampled_from(ChannelKind),
    st.lists(st.tuples(not_a_command, any_understanding(parts=False), st.floats(5, 600)), min_size=2, max_size=8),
)
@modestly
def test_a_whole_conversation_has_no_loop(
    rules: Rules, channel: ChannelKind, turns: list[tuple[str, Understanding, float]]
) -> None:
    """Message after message: never two clarifications without an answer or a person between, never one answer twice."""
    conversation, now = ConversationView(id=1, channel_kind=channel), NOON
    asked = False
    last_said, last_at = None, None
    for text, understanding, seconds in turns:
        now += timedelta(seconds=seconds)
        decision = decide(text, understanding, conversation, rules, now, may_wait=False)
        match decision:
            case Clarify():
                assert not asked
                asked = True
            case Answer(articles=articles):
                fresh = last_at is not None and now - last_at < timedelta(minutes=rules.repeat_minutes)
                assert not (fresh and articles[0] == last_said)
                asked, last_said, last_at = False, articles[-1], now
            case HandOff() | Control() | StartDialogue():
                asked = False
            case _:
                pass
        waits = clarify.ask(decision.topics) if isinstance(decision, Clarify) else None
        conversation = carry(conversation, remember(decision, conversation, understanding, now, waits))
