"""Who is on shift, and when is the next one? Shifts by the clock on the wall, in any zone, safe when clocks change."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.domain.rosters import Roster, Shift
from service.policies.calendars import Calendar, Interval, merged

HORIZON_DAYS = 60


def working_time(roster: Roster, operator: int, since: datetime, until: datetime) -> tuple[Interval, ...]:
    """The operator's shifts that touch the time from `since` to `until` (UTC, merged, not cut at the edges)."""
    mine = [shift for shift in roster.shifts if shift.operator == operator]
    return merged(each for each in _occurrences(roster, mine, since, until) if each[0] < until and each[1] > since)


def on_shift(
    roster: Roster, moment: datetime, department: str | None = None, language: str | None = None
) -> frozenset[int]:
    """Who is on shift at `moment` and serves this department and language."""
    asked = roster.operators(department, language)
    near = timedelta(minutes=1)
    return frozenset(
        shift.operator
        for shift in roster.shifts
        if shift.operator in asked
        and any(start <= moment < end for start, end in _occurrences(roster, [shift], moment - near, moment + near))
    )


def calendar_of(
    roster: Roster, since: datetime, until: datetime, department: str | None = None, language: str | None = None
) -> Calendar:
    """The time when at least one person of this department and language is on shift."""
    asked = roster.operators(department, language)
    shifts = [shift for shift in roster.shifts if shift.operator in asked]
    return Calendar(merged(_occurrences(roster, shifts, since, until)))


def next_on(
    roster: Roster, moment: datetime, department: str | None = None, language: str | None = None
) -> datetime | None:
    """When somebody of this department and language is on next: `moment` itself when somebody is, None when nobody
    comes within two months."""
    for days in (2, 8, HORIZON_DAYS):
        found = calendar_of(roster, moment, moment + timedelta(days=days), department, language).opening(moment)
        if found is not None:
            return found
    return None


def _occurrences(roster: Roster, shifts: Iterable[Shift], since: datetime, until: datetime) -> Iterator[Interval]:
    special = {(shift.operator, shift.day) for shift in roster.shifts if shift.day is not None}
    # Local days of any zone that touch the period: up to a day before and after it.
    first, last = (since - timedelta(days=1)).date(), (until + timedelta(days=1)).date()
    for shift in shifts:
        for day in _days_of(shift, first, last):
            if (shift.operator, day) in roster.days_off:
                continue
            if shift.day is None and ((shift.operator, day) in special or (shift.country, day) in roster.holidays):
                continue
            yield at_wall(day, shift.starts, shift.zone), at_wall(day, shift.ends, shift.zone)


def _days_of(shift: Shift, first: date, last: date) -> list[date]:
    if shift.day is not None:
        return [shift.day] if first <= shift.day <= last else []
    begin = first + timedelta(days=((shift.weekday or 0) - first.weekday()) % 7)
    return [begin + timedelta(days=number) for number in range(0, (last - begin).days + 1, 7)]


@lru_cache(maxsize=20_000)
def at_wall(day: date, minute: int, zone: str) -> datetime:
    """The moment (UTC) at which the clock on the wall shows `minute` of `day`.

    Never runs backwards as the wall time grows. An hour that comes twice counts from its first coming, so that a shift
    over it is an hour longer; an hour that is skipped shrinks to the moment at which the clocks are changed.
    """
    place = ZoneInfo(zone)
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    late, early = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early >= late:  # an ordinary hour, or one that comes twice: fold 0 is the first
        return late
    before = early.astimezone(place).utcoffset()
    while late - early > timedelta(seconds=1):  # a skipped one: find the change
        middle = early + (late - early) / 2
        if middle.astimezone(place).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
