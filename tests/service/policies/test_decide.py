"""What is done with a message, by example."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from service.domain.conversations import ChannelKind, ConversationState, DialogueState
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
from service.domain.intents import Does, Mode, Priority, Rules
from service.domain.understanding import Understanding
from service.policies.commands import Press
from service.policies.decide import decide
from tests.service.policies.situations import (
    BANK,
    NOON,
    article,
    intent,
    linked,
    minutes_ago,
    sure,
    talk,
    torn,
    with_mode,
)

QUEUED = ConversationState.QUEUED


def decided(
    understanding: Understanding, text: str = "как это сделать?", rules: Rules = BANK, press: Press | None = None,
    **conversation: object,
) -> Decision:  # fmt: skip
    """The decision about one message in a conversation that the bot holds, unless said otherwise."""
    return decide(text, understanding, talk(**conversation), rules, NOON, press=press)


# --- what was understood


def test_a_question_with_an_article_is_answered() -> None:
    assert decided(sure("card_pin")) == Answer(("card_pin-article",), "card_pin")


def test_a_question_without_an_article_goes_to_a_person() -> None:
    decision = decided(sure("card_pin", article("other", "cashback")))
    assert decision == HandOff("cards", Priority.NORMAL, Reason.NO_ARTICLE, "card_pin")


def test_small_talk_gets_its_short_reply() -> None:
    assert decided(sure("thanks"), "спасибо") == Social("thanks")


def test_an_intent_for_people_goes_to_them_with_what_to_do_meanwhile() -> None:
    decision = decided(sure("fraud_report"))
    expected = HandOff("security", Priority.URGENT, Reason.INTENT_NEEDS_PERSON, "fraud_report", "fraud_report-article")
    assert decision == expected


def test_an_operation_for_verified_clients_goes_to_a_person_who_makes_sure_who_it_is() -> None:
    decision = decided(sure("card_lost"))
    assert isinstance(decision, HandOff)
    assert (decision.reason, decision.priority) == (Reason.NEEDS_VERIFICATION, Priority.URGENT)


def test_a_verified_client_does_not_hear_about_proof_again() -> None:
    decision = decided(sure("balance"), link=linked())
    assert isinstance(decision, HandOff)
    assert decision.reason is Reason.INTENT_NEEDS_PERSON


def test_a_stranger_who_asks_for_what_is_theirs_proves_who_they_are_first() -> None:
    rules = replace(BANK, actions=frozenset({"verify_client", "show_balance"}))
    assert decided(sure("balance"), rules=rules) == StartDialogue("verify_client", "balance")
    assert decided(sure("balance"), rules=rules, link=linked()) == StartDialogue("show_balance", "balance")


def test_what_is_urgent_does_not_wait_for_a_letter_with_a_code() -> None:
    rules = replace(BANK, actions=frozenset({"verify_client", "block_card"}))
    stranger = decided(sure("card_lost"), rules=rules)
    assert isinstance(stranger, HandOff)
    assert (stranger.reason, stranger.priority) == (Reason.NEEDS_VERIFICATION, Priority.URGENT)
    assert decided(sure("card_lost"), rules=rules, link=linked()) == StartDialogue("block_card", "card_lost")


def test_in_a_group_nothing_is_said_that_belongs_to_one_client() -> None:
    rules = replace(BANK, actions=frozenset({"verify_client", "show_balance"}))
    for link in (None, linked()):
        assert decided(sure("balance"), rules=rules, link=link, in_group=True) == Refuse("private_only")


def test_an_operation_that_the_service_knows_starts_its_procedure() -> None:
    rules = replace(BANK, actions=frozenset({"verify_client"}))
    assert decided(sure("link_account"), rules=rules) == StartDialogue("verify_client", "link_account")


def test_an_answer_for_verified_clients_only_is_not_given_to_a_stranger() -> None:
    private = intent("my_terms", Does.ANSWER, verified=True)
    rules = replace(BANK, intents={**BANK.intents, private.id: private})
    decision = decided(sure("my_terms"), rules=rules)
    assert isinstance(decision, HandOff)
    assert decision.reason is Reason.NEEDS_VERIFICATION
    assert isinstance(decided(sure("my_terms"), rules=rules, link=linked()), Answer)


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF])
def test_an_intent_that_the_owner_keeps_for_people_is_not_answered(mode: Mode) -> None:
    decision = decided(sure("cashback"), rules=with_mode("cashback", mode))
    assert isinstance(decision, HandOff)
    assert decision.reason is Reason.SUGGEST_ONLY
    assert decision.article is None


def test_documents_are_refused_in_a_messenger_and_handed_over_elsewhere() -> None:
    assert decided(sure("certificate"), channel_kind=ChannelKind.MESSENGER) == Refuse("secure_channel")
    assert isinstance(decided(sure("certificate"), channel_kind=ChannelKind.EMAIL), HandOff)


# --- what was not


def test_an_unclear_message_is_clarified_once_and_then_goes_to_a_person() -> None:
    unsure = torn(("card_pin", 0.4), ("cashback", 0.3))
    assert decided(unsure) == Clarify(("card_pin", "cashback"), "unsure")
    second = decided(unsure, clarifications=1)
    assert isinstance(second, HandOff)
    assert second.reason is Reason.NOT_UNDERSTOOD


def test_what_is_out_of_scope_is_asked_to_rephrase_and_gets_no_article() -> None:
    outside = torn(("card_pin", 0.4), in_scope=False, articles=(article("pin", "card_pin"),))
    assert decided(outside) == Clarify(("card_pin",), "out_of_scope")


def test_an_upset_client_is_not_questioned() -> None:
    decision = decided(torn(("card_pin", 0.4), ("cashback", 0.3), mood_score=-0.8))
    assert isinstance(decision, HandOff)
    assert (decision.reason, decision.priority) == (Reason.UPSET_CLIENT, Priority.HIGH)


def test_a_message_between_topics_of_one_desk_goes_straight_to_it() -> None:
    decision = decided(torn(("unknown_charge", 0.5), ("fraud_report", 0.4)))
    assert isinstance(decision, HandOff)
    assert (decision.department, decision.priority) == ("security", Priority.URGENT)


def test_a_follow_up_is_answered_with_the_last_topic() -> None:
    decision = decided(torn(follow_up=article("pin-abroad", "card_pin"), in_scope=False), last_article="pin")
    assert decision == Answer(("pin-abroad",), "card_pin")


def test_a_follow_up_wins_over_a_topic_it_sounds_like_alone() -> None:
    tail = replace(sure("cashback"), follow_up=article("pin-abroad", "card_pin"))
    assert decided(tail, last_article="pin") == Answer(("pin-abroad",), "card_pin")


def test_what_people_must_do_never_waits_for_a_follow_up() -> None:
    tail = replace(sure("fraud_report"), follow_up=article("pin-abroad", "card_pin"))
    assert isinstance(decided(tail, last_article="pin"), HandOff)


def test_a_follow_up_does_not_repeat_the_last_article() -> None:
    decision = decided(torn(follow_up=article("pin", "card_pin"), in_scope=False), last_article="pin")
    assert isinstance(decision, Clarify)


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF])
def test_a_follow_up_is_not_answered_when_the_owner_keeps_the_topic_for_people(mode: Mode) -> None:
    unsure = torn(follow_up=article("cashback-missing", "cashback"), in_scope=False)
    decision = decided(unsure, rules=with_mode("cashback", mode), last_article="cashback")
    assert not isinstance(decision, Answer)


def test_a_follow_up_about_documents_is_not_served_in_a_messenger() -> None:
    unsure = torn(follow_up=article("certificate-visa", "certificate"), in_scope=False)
    decision = decided(unsure, last_article="certificate", channel_kind=ChannelKind.MESSENGER)
    assert not isinstance(decision, Answer)


# --- several questions at once


def several(*parts: Understanding, **fields: object) -> Understanding:
    """A message of several questions that is unclear as a whole."""
    return replace(torn(*((part.intent or "", 0.3) for part in parts)), parts=parts, **fields)


def test_two_clear_questions_get_an_answer_each() -> None:
    both = several(sure("card_pin"), sure("transfer_fee"))
    assert decided(both) == Answer(("card_pin-article", "transfer_fee-article"), "card_pin")


def test_a_person_who_is_needed_for_one_question_gets_both() -> None:
    decision = decided(several(sure("card_pin"), sure("fraud_report")))
    assert isinstance(decision, HandOff)
    assert decision.intent == "fraud_report"


def test_a_clear_and_an_unclear_question_are_asked_about() -> None:
    decision = decided(several(sure("card_pin"), torn(("cashback", 0.4))))
    assert decision == Clarify(("card_pin", "cashback"), "several")


def test_an_answer_to_several_questions_does_not_begin_with_the_one_just_given() -> None:
    both = several(sure("card_pin"), sure("transfer_fee"))
    decision = decided(both, last_article="card_pin-article", last_answer_at=minutes_ago(1))
    assert isinstance(decision, Answer)
    assert decision.articles[0] != "card_pin-article"


def test_a_question_that_a_messenger_may_not_serve_is_not_silently_dropped() -> None:
    three = several(sure("card_pin"), sure("transfer_fee"), sure("certificate"))
    decision = decided(three, channel_kind=ChannelKind.MESSENGER)
    assert not isinstance(decision, Answer)


# --- the same answer again


def test_a_client_who_asks_the_same_again_is_told_once_and_then_gets_a_person() -> None:
    again = sure("card_pin")
    told = decided(again, last_article="card_pin-article", last_answer_at=minutes_ago(2))
    assert told == Social("already_answered")
    handed = decided(again, last_article="card_pin-article", last_answer_at=minutes_ago(2), repeats=1)
    assert isinstance(handed, HandOff)
    assert handed.reason is Reason.ANSWER_DID_NOT_HELP


def test_an_upset_client_who_asks_the_same_again_gets_a_person_at_once() -> None:
    again = sure("card_pin", mood_score=-0.9)
    decision = decided(again, last_article="card_pin-article", last_answer_at=minutes_ago(2))
    assert isinstance(decision, HandOff)


def test_a_message_typed_while_the_answer_came_is_not_answered_twice() -> None:
    just_now = NOON - timedelta(seconds=2)
    decision = decided(sure("card_pin"), last_article="card_pin-article", last_answer_at=just_now)
    assert decision == Silent("already_answered")


def test_the_same_question_an_hour_later_is_answered_again() -> None:
    decision = decided(sure("card_pin"), last_article="card_pin-article", last_answer_at=minutes_ago(60))
    assert isinstance(decision, Answer)


def test_what_to_do_meanwhile_is_not_repeated_to_a_client_who_left_the_queue_and_came_back() -> None:
    decision = decided(sure("fraud_report"), last_article="fraud_report-article", last_answer_at=minutes_ago(2))
    assert isinstance(decision, HandOff)
    assert decision.article is None


# --- bursts, commands and buttons


def test_a_lone_greeting_waits_until_the_window_is_over() -> None:
    assert decide("привет", sure("greeting"), talk(), BANK, NOON) == Wait(BANK.burst_seconds)
    assert decide("привет", sure("greeting"), talk(), BANK, NOON, may_wait=False) == Social("greeting")


@pytest.mark.parametrize("kind", ["start", "menu", "cancel", "subscribe"])
def test_a_command_is_obeyed_whatever_the_model_thinks(kind: str) -> None:
    phrase = next(phrase for phrase, meant in BANK.commands.items() if meant == kind)
    assert decided(sure("card_pin"), phrase) == Control(kind)


def test_a_call_for_a_person_is_answered_by_the_queue() -> None:
    decision = decided(torn(), "оператор", last_intent="transfer_fee")
    assert isinstance(decision, HandOff)
    assert (decision.reason, decision.department) == (Reason.ASKED_FOR_PERSON, "payments")
    assert decided(sure("talk_to_operator"), "дайте человека уже") == replace(
        decision, department="general", intent="talk_to_operator"
    )


def test_stop_ends_what_goes_on_and_otherwise_ends_the_mailings() -> None:
    asked = DialogueState("clarify", MappingProxyType({"topics": []}))
    assert decided(torn(), "стоп") == Control("unsubscribe")
    assert decided(torn(), "стоп", dialogue=asked) == Control("cancel")
    assert decided(torn(), "стоп", state=QUEUED) == Control("cancel")


def test_a_topics_button_serves_the_topic() -> None:
    found = torn(articles=(article("pin", "card_pin"),))
    assert decided(found, "Тема", press=Press("intent", "card_pin")) == Answer(("pin",), "card_pin")
    assert isinstance(decided(found, "Тема", press=Press("intent", "complaint")), HandOff)


def test_an_articles_button_gives_the_article() -> None:
    decision = decided(torn(), "Подробнее", press=Press("article", "pin-blocked"))
    assert isinstance(decision, Answer)
    assert decision.articles == ("pin-blocked",)


def test_a_button_of_a_topic_that_is_gone_asks_once_and_then_calls_a_person() -> None:
    gone = Press("intent", "old_topic")
    assert isinstance(decided(torn(("card_pin", 0.3)), "Старая тема", press=gone), Clarify)
    assert isinstance(decided(torn(("card_pin", 0.3)), "Старая тема", press=gone, clarifications=1), HandOff)


# --- who holds the conversation


def test_an_operator_gets_suggestions_and_the_client_hears_nothing() -> None:
    found = tuple(article(name, "card_pin") for name in ("a", "b", "c", "d"))
    decision = decided(sure("card_pin", *found), state=ConversationState.OPERATOR)
    assert decision == Suggest(("a", "b", "c"))
    for text in ("оператор", "меню", "привет"):
        assert isinstance(decided(sure("menu"), text, state=ConversationState.OPERATOR), Suggest)
    pressed = decided(sure("card_pin"), press=Press("command", "cancel"), state=ConversationState.OPERATOR)
    assert isinstance(pressed, Suggest)


def test_a_waiting_client_still_gets_a_sure_answer() -> None:
    assert isinstance(decided(sure("card_pin"), state=QUEUED), Answer)


def test_a_waiting_client_is_neither_questioned_nor_queued_again() -> None:
    for understanding in (torn(("card_pin", 0.4)), sure("complaint"), sure("thanks")):
        assert decided(understanding, state=QUEUED, priority=Priority.HIGH) == Silent("queued")
    assert decided(torn(), "оператор", state=QUEUED) == Silent("queued")


def test_a_waiting_client_leaves_the_queue_by_a_command_or_a_button_and_never_by_a_guess() -> None:
    for words in ("ничего не изменилось", "ладно, подожду", "nothing has changed"):
        assert decided(sure("cancel"), words, state=QUEUED) == Silent("may_leave")
    assert decided(sure("cancel"), "отмена", state=QUEUED) == Control("cancel")
    assert decided(sure("cancel"), "Не ждать", press=Press("command", "cancel"), state=QUEUED) == Control("cancel")
    assert decided(sure("cancel"), "передумал") == Control("cancel"), "with the bot there is no place to lose"


def test_a_waiting_client_moves_forward_when_it_turns_out_to_be_urgent() -> None:
    decision = decided(sure("fraud_report"), state=QUEUED, priority=Priority.HIGH)
    assert isinstance(decision, HandOff)
    assert decision.priority is Priority.URGENT


def test_a_waiting_client_who_presses_an_article_again_is_not_queued_again() -> None:
    decision = decided(
        torn(), "Подробнее", press=Press("article", "pin"), state=QUEUED, priority=Priority.URGENT,
        last_article="pin", last_answer_at=minutes_ago(3), repeats=1,
    )  # fmt: skip
    assert not isinstance(decision, HandOff)


def test_a_waiting_client_who_presses_an_old_button_is_not_questioned() -> None:
    decision = decided(torn(("card_pin", 0.3)), "Старая тема", press=Press("intent", "old_topic"), state=QUEUED)
    assert decision == Silent("queued")


def test_a_closed_conversation_begins_again_with_the_bot() -> None:
    assert isinstance(decided(sure("card_pin"), state=ConversationState.CLOSED), Answer)
