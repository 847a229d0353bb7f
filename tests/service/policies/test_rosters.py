"""Who is on shift, and when the next one comes: by the clock on the wall, whatever the clock does."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.rosters import MIDNIGHT, Person, Roster, Shift
from service.policies.rosters import at_wall, calendar_of, next_on, on_shift, working_time
from tests.service.policies.situations import modestly

MOSCOW, BERLIN, ALMATY = "Europe/Moscow", "Europe/Berlin", "Asia/Almaty"
ZONES = st.sampled_from([
    MOSCOW, BERLIN, ALMATY, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
    "America/Sao_Paulo", "Asia/Beirut", "Antarctica/Troll", "UTC",
])  # fmt: skip
DAYS = st.dates(date(2010, 1, 2), date(2030, 12, 30))
NINE, NOON, ONE, SIX = 9 * 60, 12 * 60, 13 * 60, 18 * 60
MONDAY = date(2026, 11, 23)


def wall(day: date, hour: float, zone: str = MOSCOW) -> datetime:
    """The moment when the clock there shows `hour`."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(hours=hour)


def weekly(
    operator: int, starts: int, ends: int, *weekdays: int, zone: str = MOSCOW, country: str = "RU"
) -> list[Shift]:
    """The same shift on these days of the week."""
    return [Shift(operator, starts, ends, zone, country, weekday) for weekday in weekdays]


def roster(*shifts: Shift, **fields: object) -> Roster:
    """A roster of people who may everything."""
    people = {each.operator: Person() for each in shifts}
    return Roster(shifts, **({"people": people} | fields))  # type: ignore[arg-type]


SPLIT = roster(*weekly(1, NINE, NOON, 0), *weekly(1, ONE, SIX, 0))


@pytest.mark.parametrize(
    ("hour", "there"), [(8.99, False), (9, True), (11.99, True), (12, False), (13, True), (17.99, True), (18, False)]
)
def test_a_split_shift_has_a_gap(hour: float, there: bool) -> None:
    assert bool(on_shift(SPLIT, wall(MONDAY, hour))) is there


def test_the_next_one_comes_after_the_gap_and_after_the_week() -> None:
    assert next_on(SPLIT, wall(MONDAY, 12.5)) == wall(MONDAY, 13)
    assert next_on(SPLIT, wall(MONDAY, 18)) == wall(MONDAY + timedelta(days=7), 9)
    assert next_on(SPLIT, wall(MONDAY, 10)) == wall(MONDAY, 10)
    assert next_on(Roster(), wall(MONDAY, 10)) is None


def test_a_night_shift_is_written_as_two_and_has_no_seam() -> None:
    night = roster(*weekly(1, 22 * 60, MIDNIGHT, 0), *weekly(1, 0, 6 * 60, 1))
    (only,) = working_time(night, 1, wall(MONDAY, 20), wall(MONDAY, 30))
    assert only == (wall(MONDAY, 22), wall(MONDAY, 30))


def test_holidays_are_those_of_the_country_and_days_off_those_of_the_person() -> None:
    both = roster(
        *weekly(1, NINE, SIX, 0), *weekly(2, NINE, SIX, 0, zone=ALMATY, country="KZ"),
        *weekly(3, NINE, SIX, 0), holidays=frozenset({("RU", MONDAY)}), days_off=frozenset({(2, MONDAY)}),
    )  # fmt: skip
    assert on_shift(both, wall(MONDAY, 10)) == frozenset()
    assert on_shift(both, wall(MONDAY + timedelta(days=7), 10)) == {1, 2, 3}


def test_a_shift_of_one_day_replaces_the_weekly_one_and_is_worked_on_a_holiday() -> None:
    special = Shift(1, NINE, NOON, MOSCOW, "RU", None, MONDAY)
    changed = roster(*weekly(1, NINE, SIX, 0), special, holidays=frozenset({("RU", MONDAY)}))
    assert on_shift(changed, wall(MONDAY, 11)) == {1}
    assert on_shift(changed, wall(MONDAY, 14)) == frozenset()


def test_several_countries_follow_the_sun() -> None:
    sun = roster(*weekly(1, NINE, SIX, 0, zone=ALMATY), *weekly(2, NINE, SIX, 0, zone=BERLIN))
    assert on_shift(sun, wall(MONDAY, 7)) == {1}
    assert on_shift(sun, wall(MONDAY, 17)) == {2}


def test_department_and_language_are_asked_for() -> None:
    people = {1: Person(("cards",), ("ru",)), 2: Person(("cards",), ("ru", "en")), 3: Person(("loans",))}
    found = roster(*weekly(1, NINE, SIX, 0), *weekly(2, ONE, SIX, 0), *weekly(3, NINE, SIX, 0), people=people)
    assert on_shift(found, wall(MONDAY, 10), "cards", "en") == frozenset()
    assert next_on(found, wall(MONDAY, 10), "cards", "en") == wall(MONDAY, 13)
    assert on_shift(found, wall(MONDAY, 10), "loans", "de") == {3}
    assert next_on(found, wall(MONDAY, 10), "security") is None


def test_people_who_left_are_on_no_shift() -> None:
    assert on_shift(roster(*weekly(1, NINE, SIX, 0), people={}), wall(MONDAY, 10)) == frozenset()


# --- when clocks change

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # both Sundays, in Berlin


def test_nine_to_six_is_nine_hours_on_the_days_clocks_change() -> None:
    day_shift = roster(*weekly(1, NINE, SIX, 6, zone=BERLIN))
    for day in (SPRING, AUTUMN):
        ((start, end),) = working_time(day_shift, 1, wall(day, 1, BERLIN), wall(day, 20, BERLIN))
        assert end - start == timedelta(hours=9)
        assert start.astimezone(ZoneInfo(BERLIN)).hour == 9


def test_a_night_shift_is_as_long_as_the_night() -> None:
    night = roster(*weekly(1, 0, 6 * 60, 6, zone=BERLIN))
    lengths = []
    for day in (SPRING, SPRING + timedelta(days=7), AUTUMN):
        ((start, end),) = working_time(night, 1, wall(day, -1, BERLIN), wall(day, 12, BERLIN))
        lengths.append(end - start)
    assert lengths == [timedelta(hours=5), timedelta(hours=6), timedelta(hours=7)]


def test_a_shift_inside_the_skipped_hour_does_not_take_place() -> None:
    gap = roster(Shift(1, 2 * 60 + 10, 2 * 60 + 50, BERLIN, "", None, SPRING))
    assert working_time(gap, 1, wall(SPRING, -5, BERLIN), wall(SPRING, 20, BERLIN)) == ()


def test_the_skipped_hour_shrinks_to_the_change() -> None:
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert [at_wall(SPRING, minute, BERLIN) for minute in (120, 150, 179, 180)] == [change] * 4
    skipped_day = date(2011, 12, 30)  # Samoa went to sleep on Thursday and woke on Saturday
    assert at_wall(skipped_day, 0, "Pacific/Apia") == at_wall(skipped_day, MIDNIGHT, "Pacific/Apia")


@given(DAYS, ZONES, st.integers(0, MIDNIGHT), st.integers(0, MIDNIGHT))
@modestly
def test_time_on_the_wall_never_runs_backwards(day: date, zone: str, one: int, other: int) -> None:
    early, late = sorted((one, other))
    assert at_wall(day, early, zone) <= at_wall(day, late, zone)
    assert at_wall(day, MIDNIGHT, zone) == at_wall(day + timedelta(days=1), 0, zone)


@given(DAYS, ZONES, st.integers(0, MIDNIGHT - 1))
@modestly
def test_a_wall_time_that_exists_is_shown_by_the_clock_then(day: date, zone: str, minute: int) -> None:
    moment = at_wall(day, minute, zone)
    shown = moment.astimezone(ZoneInfo(zone))
    minutes = shown.hour * 60 + shown.minute
    assert (shown.date(), minutes) >= (day, minute)  # later only in a skipped hour
    if (shown.date(), minutes) != (day, minute):
        before = (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert before.utcoffset() != shown.utcoffset()


@given(DAYS, ZONES, st.lists(st.integers(1, MIDNIGHT - 1), max_size=4, unique=True))
@modestly
def test_shifts_that_share_a_day_without_a_gap_cover_all_of_it_and_nothing_twice(
    day: date, zone: str, cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), MIDNIGHT]
    moments = [at_wall(day, edge, zone) for edge in edges]
    whole = (at_wall(day + timedelta(days=1), 0, zone) - at_wall(day, 0, zone)).total_seconds()
    assert sum((b - a).total_seconds() for a, b in pairwise(moments)) == whole


any_shift = st.builds(
    Shift, operator=st.integers(1, 3), starts=st.integers(0, 1200), ends=st.integers(1201, MIDNIGHT), zone=ZONES,
    country=st.sampled_from(["RU", "DE"]), weekday=st.integers(0, 6),
)  # fmt: skip


@given(
    st.lists(any_shift, max_size=6),
    st.integers(0, 235 * 24 * 4).map(lambda n: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=15 * n)),
)
@modestly
def test_every_way_of_asking_agrees(shifts: list[Shift], moment: datetime) -> None:
    found = roster(*shifts)
    calendar = calendar_of(found, moment - timedelta(days=1), moment + timedelta(days=9))
    there = on_shift(found, moment)
    assert bool(there) == (next_on(found, moment) == moment)
    assert bool(there) == (calendar.opening(moment) == moment)
    for operator in (1, 2, 3):
        near = working_time(found, operator, moment - timedelta(seconds=1), moment + timedelta(seconds=1))
        assert (operator in there) == any(start <= moment < end for start, end in near)
    coming = next_on(found, moment)
    if coming is not None and coming > moment:
        assert not on_shift(found, moment + (coming - moment) / 2)
        assert on_shift(found, coming)
