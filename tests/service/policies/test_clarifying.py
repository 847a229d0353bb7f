"""Which topics are offered when the bot is not sure."""

from dataclasses import replace

from hypothesis import given

from service.domain.intents import Rules
from service.domain.understanding import FoundArticle, Understanding
from service.policies.clarifying import topics_to_offer
from tests.service.policies.situations import BANK, TALK, any_rules, any_understanding, modestly, sure, torn


def test_the_closest_topics_are_offered_best_first() -> None:
    unsure = torn(("card_pin", 0.4), ("cashback", 0.3), ("balance", 0.2), ("complaint", 0.1))
    assert topics_to_offer(unsure, BANK) == ("card_pin", "cashback", "balance")


def test_small_talk_and_commands_are_not_offered() -> None:
    unsure = torn(("greeting", 0.5), ("card_pin", 0.2), ("talk_to_operator", 0.2), ("cashback", 0.1))
    assert topics_to_offer(unsure, BANK) == ("card_pin", "cashback")


def test_topics_that_the_taxonomy_no_longer_has_are_not_offered() -> None:
    assert topics_to_offer(torn(("gone", 0.9), ("card_pin", 0.1)), BANK) == ("card_pin",)


def test_nothing_is_offered_when_nothing_was_recognised() -> None:
    assert topics_to_offer(torn(), BANK) == ()


def test_each_question_of_a_message_offers_its_own_topic_first() -> None:
    several = replace(torn(("complaint", 0.5)), parts=(sure("card_pin"), sure("transfer_fee")))
    assert topics_to_offer(several, BANK) == ("card_pin", "transfer_fee", "complaint")


def test_half_a_question_offers_the_topics_of_what_it_finds_first() -> None:
    half = replace(torn(("complaint", 0.2), ("cashback", 0.1)), leans=True)
    found = (FoundArticle("transfer-by-card", "", "ru", 0.9, ("transfer_fee",)),)
    assert topics_to_offer(replace(half, articles=found), BANK) == ("transfer_fee", "complaint", "cashback")
    assert topics_to_offer(half, BANK) == ("complaint", "cashback")


@given(any_understanding(), any_rules())
@modestly
def test_offered_topics_are_few_different_and_real(understanding: Understanding, rules: Rules) -> None:
    topics = topics_to_offer(understanding, rules)
    assert len(topics) <= rules.clarify_topics
    assert len(set(topics)) == len(topics)
    assert all(rules.intents[topic].does not in TALK for topic in topics)
