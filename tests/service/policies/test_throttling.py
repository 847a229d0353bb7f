"""How long one waits after wrong sign-ins."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.staff import Tries
from service.policies.throttling import FORGOTTEN_AFTER, LONGEST_PAUSE, count_try, pause_after, remaining

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FREE = 5


@given(st.integers(0, 10_000))
def test_the_first_are_free_and_then_the_pause_grows_to_its_limit(failures: int) -> None:
    pause = pause_after(failures, FREE)
    assert timedelta() <= pause <= pause_after(failures + 1, FREE) <= LONGEST_PAUSE
    assert (pause == timedelta()) == (failures < FREE)


def test_a_guesser_gets_few_tries_a_day() -> None:
    now, tries, made = NOON, Tries(), 0
    while now < NOON + timedelta(days=1):
        tries = count_try(tries, now, FREE)
        made += 1
        now += remaining(tries, now) or timedelta(seconds=1)
    assert made < 120


def test_yesterdays_tries_are_forgotten() -> None:
    tries = Tries(50, NOON - FORGOTTEN_AFTER - timedelta(seconds=1), None)
    assert count_try(tries, NOON, FREE) == Tries(1, NOON, None)


@given(st.integers(0, 100), st.integers(-10_000_000, 10_000_000))
def test_a_clock_that_jumps_never_makes_the_wait_longer_than_the_longest(failures: int, seconds: int) -> None:
    tries = count_try(Tries(failures, NOON, None), NOON, FREE)
    assert timedelta() <= remaining(tries, NOON + timedelta(seconds=seconds)) <= LONGEST_PAUSE
