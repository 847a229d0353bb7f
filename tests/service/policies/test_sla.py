"""Whether clients are served in time, on working time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.intents import Priority
from service.domain.targets import Clock, HandoffTimes, Standing, Target, TargetRule
from service.policies.calendars import Calendar, merged
from service.policies.reply_time import StaffHours
from service.policies.sla import read_clocks, target_for, worst
from service.policies.summaries import mean, middle, p90, share
from tests.service.policies.situations import modestly

START = datetime(2026, 11, 16, tzinfo=UTC)  # a Monday
TARGET = Target(10, 20, 60, 0.8)


def at(hours: float) -> datetime:
    """So many hours after the beginning."""
    return START + timedelta(hours=hours)


def hours(*pairs: tuple[float, float]) -> Calendar:
    """Working time between these hours."""
    return Calendar(merged((at(start), at(end)) for start, end in pairs))


WEEK = hours(*((day * 24 + 9, day * 24 + 18) for day in range(5)))
ALWAYS = hours((-1000, 10_000))

quarters = st.integers(0, 400).map(lambda number: number / 4)
calendars = st.lists(st.tuples(quarters, quarters), max_size=8).map(lambda pairs: hours(*pairs))


def test_only_working_time_passes() -> None:
    assert WEEK.elapsed(at(17), at(24 + 10)) == 2 * 3600
    assert WEEK.elapsed(at(18), at(24 + 9)) == 0
    assert WEEK.after(at(17), 2 * 3600) == at(24 + 10)
    assert WEEK.after(at(17), 3600) == at(18)
    assert WEEK.after(at(20), 0) == at(24 + 9)
    assert WEEK.after(at(4 * 24 + 17), 7200) is None
    assert WEEK.opening(at(18)) == at(24 + 9)
    assert WEEK.opening(at(12)) == at(12)
    assert WEEK.opening(at(200)) is None


def test_the_settings_hours_are_working_time_too() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    day, night = StaffHours(time(9), time(18), moscow), StaffHours(time(21), time(6), moscow)
    for staff, seconds in ((day, 9 * 3600), (night, 9 * 3600), (StaffHours(time(0), time(0), moscow), 86_400)):
        calendar = staff.calendar(START, START + timedelta(days=10))
        assert calendar.elapsed(START + timedelta(days=3), START + timedelta(days=4)) == seconds
        for hour in range(48):
            moment = START + timedelta(days=3, hours=hour)
            opening = staff.next_opening(moment)
            assert (calendar.opening(moment) or moment) == (opening or moment)


@given(calendars, quarters, quarters, quarters)
@modestly
def test_elapsed_time_adds_up_and_never_exceeds_the_clock(
    calendar: Calendar, one: float, two: float, three: float
) -> None:
    a, b, c = (at(each) for each in sorted((one, two, three)))
    assert calendar.elapsed(a, c) == calendar.elapsed(a, b) + calendar.elapsed(b, c)
    assert 0 <= calendar.elapsed(a, c) <= (c - a).total_seconds()
    assert calendar.elapsed(c, a) == 0


@given(calendars, quarters, st.integers(0, 100_000))
@modestly
def test_it_is_due_exactly_when_the_time_has_passed(calendar: Calendar, since: float, seconds: int) -> None:
    due = calendar.after(at(since), seconds)
    if due is None:
        assert calendar.elapsed(at(since), at(10_000)) <= seconds
    else:
        assert due >= at(since)
        assert calendar.elapsed(at(since), due) == seconds
        if seconds:
            assert calendar.elapsed(at(since), due - timedelta(seconds=1)) < seconds


@given(calendars, st.lists(st.tuples(quarters, quarters), max_size=5), quarters)
@modestly
def test_pauses_are_taken_out_once_however_they_overlap(
    calendar: Calendar, pairs: list[tuple[float, float]], until: float
) -> None:
    pauses = [(at(start), at(end)) for start, end in pairs]
    rested = calendar.without(pauses)
    paused = Calendar(merged(pauses))
    both = sum(
        paused.elapsed(max(start, at(0)), min(end, at(until))) for start, end in calendar.intervals if end > at(0)
    )
    assert rested.elapsed(at(0), at(until)) == pytest.approx(calendar.elapsed(at(0), at(until)) - both)


# --- the clocks of a hand-off


def test_before_the_first_reply_two_clocks_run() -> None:
    first, resolution = read_clocks(HandoffTimes(at(9)), TARGET, WEEK, at(9.1))
    assert (first.clock, first.standing, first.seconds_left) == (Clock.FIRST, Standing.OK, 240)
    assert (resolution.clock, resolution.standing) == (Clock.RESOLUTION, Standing.OK)
    assert first.due_at == at(9) + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("minutes", "standing"),
    [(7.9, Standing.OK), (8, Standing.WARNING), (9.9, Standing.WARNING), (10, Standing.BREACHED)],
)
def test_a_warning_comes_before_the_breach(minutes: float, standing: Standing) -> None:
    shown = worst(read_clocks(HandoffTimes(at(9)), TARGET, WEEK, at(9 + minutes / 60)))
    assert shown is not None
    assert (shown.clock, shown.standing) == (Clock.FIRST, standing)


def test_what_the_bot_says_stops_nothing_and_an_answered_client_waits_for_no_reply() -> None:
    asked = HandoffTimes(at(9))
    assert read_clocks(asked, TARGET, WEEK, at(9.2))[0].standing is Standing.BREACHED
    answered = HandoffTimes(at(9), first_reply_at=at(9.1))
    assert [each.clock for each in read_clocks(answered, TARGET, WEEK, at(9.2))] == [Clock.RESOLUTION]
    again = HandoffTimes(at(9), first_reply_at=at(9.1), unanswered_since=at(9.2))
    assert [each.clock for each in read_clocks(again, TARGET, WEEK, at(9.3))] == [Clock.NEXT, Clock.RESOLUTION]


def test_a_snooze_pauses_the_resolution_and_not_the_response() -> None:
    snoozed = HandoffTimes(at(9), first_reply_at=at(9), unanswered_since=at(9), pauses=((at(9), at(12)),))
    following, resolution = read_clocks(snoozed, TARGET, WEEK, at(11))
    assert following.standing is Standing.BREACHED
    assert (resolution.standing, resolution.elapsed_seconds) == (Standing.OK, 0)
    assert resolution.due_at == at(13)


def test_an_ended_hand_off_has_no_clock_and_a_clock_set_back_starts_anew() -> None:
    assert read_clocks(HandoffTimes(at(9), ended_at=at(10)), TARGET, WEEK, at(50)) == ()
    assert worst(()) is None
    early = read_clocks(HandoffTimes(at(9)), TARGET, ALWAYS, at(1))
    assert {each.elapsed_seconds for each in early} == {0}


@given(st.floats(0, 200), st.floats(0, 200), st.floats(0.1, 0.9))
@modestly
def test_a_clock_never_stands_better_later(one: float, more: float, warn: float) -> None:
    assume(one + more < 400)
    target = Target(10, 20, 60, warn)
    times = HandoffTimes(at(9))
    before, after = (read_clocks(times, target, WEEK, at(9 + each)) for each in (one, one + more))
    for early, late in zip(before, after, strict=True):
        assert late.standing.rank >= early.standing.rank
        assert late.seconds_left <= early.seconds_left
        assert late.due_at == early.due_at


def test_the_most_particular_target_holds() -> None:
    default, cards, urgent, both = (Target(number, 1, 9) for number in (1, 2, 3, 4))
    rules = [
        TargetRule(cards, "cards"), TargetRule(urgent, None, Priority.URGENT),
        TargetRule(both, "cards", Priority.URGENT),
    ]  # fmt: skip
    asked = {
        ("cards", Priority.URGENT): both, ("cards", Priority.NORMAL): cards, ("loans", Priority.URGENT): urgent,
        ("loans", Priority.HIGH): default,
    }  # fmt: skip
    assert {key: target_for(rules, *key, default) for key in asked} == asked


def test_figures_of_nothing_are_nothing() -> None:
    assert [middle([]), p90([]), mean([]), share(0, 0)] == [None] * 4
    assert [middle([1, 2, 9]), p90(list(range(1, 11))), mean([1, 2]), share(1, 4)] == [2, 9, 1.5, 0.25]
