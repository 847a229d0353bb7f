"""When a person will reply."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.intents import Priority
from service.policies.reply_time import StaffHours, promise_reply
from tests.service.policies.situations import NOON, modestly

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = StaffHours(time(9), time(18), MOSCOW)
NIGHT = StaffHours(time(21), time(6), MOSCOW)
ALWAYS = StaffHours(time(0), time(0), MOSCOW)


def moscow(hour: int, minute: int = 0, day: int = 20) -> datetime:
    """A moment of November 2026 by the clock on the wall in Moscow."""
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("hours", "now", "opening"),
    [
        (DAY, moscow(9), None),
        (DAY, moscow(17, 59), None),
        (DAY, moscow(18), moscow(9, day=21)),
        (DAY, moscow(23, 30), moscow(9, day=21)),
        (DAY, moscow(0, 5), moscow(9)),
        (DAY, moscow(8, 59), moscow(9)),
        (NIGHT, moscow(23), None),
        (NIGHT, moscow(3), None),
        (NIGHT, moscow(6), moscow(21)),
        (NIGHT, moscow(12), moscow(21)),
        (ALWAYS, moscow(4), None),
    ],
)
def test_people_come_when_the_working_day_begins(hours: StaffHours, now: datetime, opening: datetime | None) -> None:
    assert hours.next_opening(now) == opening


def test_hours_are_those_of_the_staff_and_not_of_the_clock_that_asks() -> None:
    early = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)  # half past eight in Moscow
    assert DAY.next_opening(early) == moscow(9)


@pytest.mark.parametrize(("priority", "minutes"), [(Priority.URGENT, 2), (Priority.HIGH, 10), (Priority.NORMAL, 20)])
def test_the_promise_is_the_target_of_the_priority(priority: Priority, minutes: int) -> None:
    targets = {Priority.URGENT: 2, Priority.HIGH: 10, Priority.NORMAL: 20}
    promise = promise_reply(NOON, ALWAYS, priority, targets)
    assert (promise.minutes, promise.opening) == (minutes, None)


@given(
    st.times().map(lambda moment: moment.replace(tzinfo=None)),
    st.times(),
    st.integers(0, 15 * 365 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(["Europe/Moscow", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
)
@modestly
def test_the_next_opening_is_in_the_future_and_at_the_opening_time(
    opens: time, closes: time, now: datetime, zone: str
) -> None:
    opening = StaffHours(opens, closes, ZoneInfo(zone)).next_opening(now)
    if opening is not None:
        assert opening > now
        assert opening.time().replace(tzinfo=None) == opens
        assert (opening.date() - now.astimezone(ZoneInfo(zone)).date()).days in (0, 1)
