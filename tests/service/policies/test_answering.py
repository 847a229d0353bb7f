"""Which article answers, and whether it may be said now."""

from datetime import timedelta

import pytest
from hypothesis import given

from service.domain.intents import Rules
from service.domain.understanding import Understanding
from service.policies.answering import article_for, is_same_burst, was_just_said
from tests.service.policies.situations import (
    BANK,
    NOON,
    any_rules,
    any_understanding,
    article,
    minutes_ago,
    modestly,
    sure,
    talk,
)

PIN = BANK.intents["card_pin"]


def test_the_best_article_of_the_intent_answers_even_when_another_intent_scores_higher() -> None:
    found = (
        article("fee", "transfer_fee", score=0.99),
        article("pin-blocked", "card_pin", score=0.4),
        article("pin", "card_pin", score=0.7),
    )
    chosen = article_for(PIN, sure("card_pin", *found))
    assert chosen is not None
    assert chosen.id == "pin"


def test_nothing_answers_an_intent_without_an_article() -> None:
    assert article_for(PIN, sure("card_pin", article("fee", "transfer_fee"))) is None


def test_an_article_of_several_intents_answers_each_of_them() -> None:
    both = article("both", "cashback", "card_pin")
    assert article_for(PIN, sure("card_pin", both)) == both


@given(any_rules(), any_understanding())
@modestly
def test_the_answer_is_always_one_of_the_found_articles_and_of_the_intent(
    rules: Rules, understanding: Understanding
) -> None:
    for rule in rules.intents.values():
        chosen = article_for(rule, understanding)
        fitting = [each for each in understanding.articles if rule.id in each.intents]
        if chosen is None:
            assert not fitting
        else:
            assert chosen in fitting
            assert chosen.score == max(each.score for each in fitting)


@pytest.mark.parametrize(("minutes", "said"), [(0, True), (29.9, True), (30, False), (31, False)])
def test_an_answer_was_just_said_within_the_repeat_window(minutes: float, said: bool) -> None:
    conversation = talk(last_article="pin", last_answer_at=minutes_ago(minutes))
    assert was_just_said("pin", conversation, BANK, NOON) is said


def test_another_article_was_not_just_said() -> None:
    assert not was_just_said("fee", talk(last_article="pin", last_answer_at=NOON), BANK, NOON)


def test_an_answer_without_a_time_was_not_just_said() -> None:
    assert not was_just_said("pin", talk(last_article="pin"), BANK, NOON)


@pytest.mark.parametrize(("seconds", "same"), [(0, True), (3.0, True), (3.1, False)])
def test_a_message_within_two_burst_windows_was_typed_before_the_answer_was_read(seconds: float, same: bool) -> None:
    conversation = talk(last_answer_at=NOON - timedelta(seconds=seconds))
    assert is_same_burst(conversation, BANK, NOON) is same


def test_without_an_answer_there_is_no_burst_to_belong_to() -> None:
    assert not is_same_burst(talk(), BANK, NOON)
