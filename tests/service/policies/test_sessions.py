"""How long a browser stays signed in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.sessions import CLOCK_SLACK, is_alive, is_touch_due

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
IDLE, LASTS = timedelta(minutes=60), timedelta(hours=12)
minutes = st.integers(-5000, 5000).map(lambda count: timedelta(minutes=count))


@pytest.mark.parametrize(
    ("seen", "now", "alive"),
    [
        (0, 0, True), (0, 59, True), (0, 61, False), (700, 719, True), (719, 720, False), (719, 721, False),
        (0, -3, True), (0, -10, False), (0, -60 * 24 * 365, False),
    ],
)  # fmt: skip
def test_neither_idle_nor_over_nor_from_the_future(seen: int, now: int, alive: bool) -> None:
    moment = NOON + timedelta(minutes=now)
    assert is_alive(NOON + timedelta(minutes=seen), NOON + LASTS, moment, IDLE, LASTS) is alive


@given(minutes, minutes, minutes)
def test_no_session_is_alive_longer_than_it_may(seen: timedelta, expires: timedelta, now: timedelta) -> None:
    if is_alive(NOON + seen, NOON + expires, NOON + now, IDLE, LASTS):
        assert now < expires <= now + LASTS + CLOCK_SLACK
        assert now - seen <= IDLE


def test_the_last_use_is_written_once_a_minute() -> None:
    assert not is_touch_due(NOON, NOON + timedelta(seconds=59))
    assert is_touch_due(NOON, NOON + timedelta(seconds=60))
    assert is_touch_due(NOON, NOON - timedelta(hours=1))
