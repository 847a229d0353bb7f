"""The arithmetic that keeps guessing hopeless."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.verification import Allowance
from service.policies.code_limits import (
    CODE_DIGITS,
    FIRST_LOCK,
    LONGEST_LOCK,
    MOST_SENDS,
    MOST_TRIES,
    RESEND_AFTER,
    SENDS_WITHIN,
    count_send,
    count_wrong,
    forgive,
    guesses_left,
    is_locked,
    wait_before_send,
)
from service.settings import Settings
from tests.service.policies.situations import NOON, modestly

CODES = 10**CODE_DIGITS
GUESSES = 10**6
_seconds = st.lists(st.floats(0, 4000, allow_nan=False), max_size=40)


def wrong_codes(allowance: Allowance, now: datetime, count: int = MOST_TRIES) -> Allowance:
    """After so many wrong codes."""
    for _ in range(count):
        allowance = count_wrong(allowance, now)
    return allowance


@given(_seconds)
@modestly
def test_no_hour_ever_has_more_than_three_letters(pauses: list[float]) -> None:
    now, allowance, sent = NOON, Allowance(), []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if wait_before_send(allowance, now) == timedelta():
            allowance = count_send(allowance, now)
            sent.append(now)
    for first in sent:
        assert sum(first <= each < first + SENDS_WITHIN for each in sent) <= MOST_SENDS
    assert all(later - earlier >= RESEND_AFTER for earlier, later in pairwise(sent))


def test_a_lock_grows_from_a_quarter_of_an_hour_to_a_week() -> None:
    allowance, locks = Allowance(), []
    now = NOON
    for _ in range(14):
        allowance = wrong_codes(allowance, now)
        assert allowance.locked_until is not None
        locks.append(allowance.locked_until - now)
        now = allowance.locked_until
    assert locks[:3] == [FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK]
    assert locks == sorted(locks)
    assert locks[-1] == LONGEST_LOCK
    assert forgive(allowance).locked_until is None


@given(st.integers(0, 60), st.timedeltas(timedelta(), timedelta(days=2)))
@modestly
def test_who_is_locked_waits_and_a_clock_set_back_adds_no_more_than_a_week(failures: int, back: timedelta) -> None:
    allowance = wrong_codes(Allowance(), NOON, failures)
    wait = wait_before_send(allowance, NOON - back)
    assert (wait > timedelta()) is (failures >= MOST_TRIES)
    assert wait <= LONGEST_LOCK


def compared_at_one_account(days: int, tries: int) -> int:
    """How many guesses at one account are compared by those who never rest, whatever identities they have.

    They ask for all the codes that one may have at a time, and type `tries` wrong ones into each, or until it is over.
    """
    now, allowance, compared = NOON, Allowance(), 0
    end = NOON + timedelta(days=days)
    while now < end:
        wait = wait_before_send(allowance, now, pause=False)
        if wait > timedelta():
            now += wait
            continue
        letters = 0
        while wait_before_send(allowance, now, pause=False) == timedelta():
            allowance, letters = count_send(allowance, now), letters + 1
        for _ in range(letters * tries):
            if not is_locked(allowance, now):
                allowance, compared = count_wrong(allowance, now), compared + 1
    return compared


@pytest.mark.parametrize("tries", range(1, MOST_TRIES + 1))
def test_a_million_guesses_at_one_account_succeed_with_less_than_one_in_a_thousand(tries: int) -> None:
    """Whatever is sent, no more than these are compared in a whole year; each is right with one in a million.

    Also by those who leave a code after one or two tries and ask for another, so that none is ever used up.
    """
    compared = min(compared_at_one_account(days=365, tries=tries), GUESSES)
    assert compared < 250
    assert compared / CODES < 1e-3


def test_a_million_guesses_of_a_day_at_all_accounts_succeed_with_less_than_one_in_a_thousand() -> None:
    """However many accounts, identities and addresses: the wrong codes of everybody are counted together.

    A day of guessing may lie across midnight and use what two days allow.
    """
    most, compared = Settings().code_guesses_per_day, 0
    for _day in range(2):
        wrong = 0
        for _ in range(GUESSES // 2):
            if not guesses_left(wrong, most):
                break
            wrong += 1
        compared += wrong
    assert compared == 2 * most
    assert 1 - (1 - 1 / CODES) ** compared < 1e-3


@given(_seconds, st.integers(MOST_SENDS, 40))
@modestly
def test_an_address_that_many_share_may_be_allowed_more_and_never_more_than_that(
    pauses: list[float], most: int
) -> None:
    now, allowance, sent = NOON, Allowance(), []
    for pause in pauses:
        now += timedelta(seconds=pause / 20)
        if wait_before_send(allowance, now, pause=False, most=most) == timedelta():
            allowance = count_send(allowance, now, most=most)
            sent.append(now)
    for first in sent:
        assert sum(first <= each < first + SENDS_WITHIN for each in sent) <= most
    assert len(allowance.sends) <= most


def test_an_address_that_may_send_thirty_codes_is_locked_at_the_tenth_failure() -> None:
    allowance, locked = Allowance(), []
    for _ in range(12):
        for _ in range(MOST_TRIES):
            allowance = count_wrong(allowance, NOON, most=30)
        locked.append(allowance.locked_until)
    assert locked[:9] == [None] * 9
    assert [until - NOON for until in locked[9:] if until] == [FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK]


def test_a_failure_long_ago_is_forgotten() -> None:
    once = wrong_codes(Allowance(), NOON)
    later: datetime = NOON + timedelta(days=31)
    assert wrong_codes(once, later).locked_until == later + FIRST_LOCK
