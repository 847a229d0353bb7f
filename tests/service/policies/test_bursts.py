"""How long a message waits for the next one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversations import ConversationView
from service.domain.intents import Rules
from service.domain.understanding import Understanding
from service.policies.bursts import LONGEST_WAIT_BURSTS, seconds_to_wait
from tests.service.policies.situations import (
    BANK,
    NOON,
    any_conversation,
    any_rules,
    any_text,
    any_understanding,
    modestly,
    sure,
    talk,
    torn,
)

UNSURE = torn(("card_pin", 0.3), words=2)


@pytest.mark.parametrize("text", ["здравствуйте", "Добрый день!", "привет?"])
def test_a_greeting_alone_waits_for_the_question(text: str) -> None:
    assert seconds_to_wait(text, sure("greeting"), talk(), BANK, NOON) == BANK.burst_seconds


@pytest.mark.parametrize("ending", [",", ":", "...", "…", " -", " —", ",  "])
def test_a_message_that_breaks_off_waits_even_when_it_was_understood(ending: str) -> None:
    assert seconds_to_wait(f"забыл пин-код{ending}", sure("card_pin"), talk(), BANK, NOON) == BANK.burst_seconds


def test_a_short_message_that_was_not_understood_waits() -> None:
    assert seconds_to_wait("у меня карта", UNSURE, talk(), BANK, NOON) == BANK.burst_seconds


@pytest.mark.parametrize("text", ["что с картой?", "карта!", "у меня карта."])
def test_a_finished_sentence_is_answered_at_once(text: str) -> None:
    assert seconds_to_wait(text, UNSURE, talk(), BANK, NOON) == 0


def test_a_short_message_that_was_understood_is_answered_at_once() -> None:
    assert seconds_to_wait("забыл пин", replace(sure("card_pin"), words=2), talk(), BANK, NOON) == 0


def test_a_long_message_is_answered_at_once() -> None:
    assert seconds_to_wait("много слов без точки", replace(UNSURE, words=5), talk(), BANK, NOON) == 0


def test_thanks_do_not_wait() -> None:
    assert seconds_to_wait("спасибо", sure("thanks"), talk(), BANK, NOON) == 0


def test_nothing_waits_when_the_owner_switched_bursts_off() -> None:
    assert seconds_to_wait("привет", sure("greeting"), talk(), replace(BANK, burst_seconds=0.0), NOON) == 0


def test_a_client_who_waited_three_windows_is_answered() -> None:
    since = NOON - timedelta(seconds=LONGEST_WAIT_BURSTS * BANK.burst_seconds)
    assert seconds_to_wait("и ещё,", UNSURE, talk(waiting_since=since), BANK, NOON) == 0


@given(any_text, any_understanding(), any_conversation(), any_rules())
@modestly
def test_a_wait_is_never_negative_nor_longer_than_a_window(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules
) -> None:
    wait = seconds_to_wait(text, understanding, conversation, rules, NOON)
    assert 0 <= wait <= rules.burst_seconds


@given(any_rules(), st.lists(st.floats(0, 0.99), min_size=1, max_size=12))
@modestly
def test_a_client_who_keeps_breaking_off_is_answered_within_three_windows(rules: Rules, pauses: list[float]) -> None:
    """However the messages of a burst are spaced (in windows), the answer comes within three windows of the first."""
    since = now = NOON
    wait = 0.0
    for pause in (0.0, *pauses):
        if pause * rules.burst_seconds > wait:
            break  # answered before the next message came
        now += timedelta(seconds=pause * rules.burst_seconds)
        waiting_since = None if now == NOON else since
        wait = seconds_to_wait("и ещё,", UNSURE, talk(waiting_since=waiting_since), rules, now)
        kept = (now - since).total_seconds() + wait
        assert kept <= LONGEST_WAIT_BURSTS * rules.burst_seconds + 1e-3
        if wait == 0:
            break
