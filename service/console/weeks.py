"""A week of the roster: what stands in a cell, what an edit of a cell makes of the roster, how many are on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from service.domain.rosters import MIDNIGHT, Roster, Shift
from service.policies.calendars import Interval

WEEK = 7
HOURS = 24


@dataclass(frozen=True)
class Cell:
    """One person's day. `special`: its shifts are of this day only; `holiday`: weekly ones are not worked."""

    shifts: tuple[Shift, ...]
    off: bool = False
    special: bool = False
    holiday: bool = False


@dataclass(frozen=True)
class DayEdit:
    """What was filled in for a day: its times (minutes), or a day off; for these weekdays, or (None) this day only."""

    hours: tuple[tuple[int, int], ...]
    zone: str
    country: str = ""
    off: bool = False
    weekdays: frozenset[int] | None = None


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def week_of(monday: date) -> tuple[date, ...]:
    """Monday to Sunday."""
    return tuple(monday + timedelta(days=number) for number in range(WEEK))


def cell_of(roster: Roster, operator: int, day: date) -> Cell:
    """What the roster says about somebody's day; the same that `policies.rosters` makes of it."""
    mine = [each for each in roster.shifts if each.operator == operator]
    special = tuple(each for each in mine if each.day == day)
    weekly = tuple(each for each in mine if each.day is None and each.weekday == day.weekday())
    worked = special or tuple(each for each in weekly if (each.country, day) not in roster.holidays)
    return Cell(
        shifts=tuple(sorted(worked, key=lambda each: each.starts)),
        off=(operator, day) in roster.days_off,
        special=bool(special),
        holiday=not special and len(worked) < len(weekly),
    )


def edited(roster: Roster, operator: int, day: date, edit: DayEdit) -> tuple[list[Shift], list[date]]:
    """Somebody's whole roster with one day (or some weekdays) changed: shifts and days off."""
    mine = [each for each in roster.shifts if each.operator == operator]
    off = {each for number, each in roster.days_off if number == operator} - {day}
    if edit.weekdays is not None:
        kept = [each for each in mine if each.weekday not in edit.weekdays or each.day is not None]
        fresh = [
            Shift(operator, starts, ends, edit.zone, edit.country, weekday)
            for weekday in sorted(edit.weekdays)
            for starts, ends in edit.hours
        ]
        return kept + fresh, sorted(off)
    kept = [each for each in mine if each.day != day]
    if edit.off or not edit.hours:  # no hours on one day: that is a day off
        return kept, sorted(off | {day})
    return kept + [
        Shift(operator, starts, ends, edit.zone, edit.country, day=day) for starts, ends in edit.hours
    ], sorted(off)


def as_weekly(roster: Roster, operator: int, day: date) -> tuple[list[Shift], list[date]]:
    """Somebody's whole roster without what was said about this day only."""
    mine = [each for each in roster.shifts if each.operator == operator and each.day != day]
    return mine, sorted(each for number, each in roster.days_off if number == operator and each != day)


def cover(shifts: Mapping[str, Sequence[Interval]], day: date, zone: ZoneInfo) -> tuple[int, ...]:
    """How many people are on in each hour of the day, the fewest within it."""
    return tuple(_fewest(shifts.values(), datetime.combine(day, time(hour), tzinfo=zone)) for hour in range(HOURS))


def _fewest(people: Iterable[Sequence[Interval]], begins: datetime) -> int:
    moments = [begins + timedelta(minutes=minutes) for minutes in (0, 15, 30, 45)]
    listed = list(people)
    return min(sum(any(a <= moment < b for a, b in each) for each in listed) for moment in moments)


def gaps(counts: Sequence[int]) -> list[tuple[int, int]]:
    """The hours in which nobody is on, as (from, to)."""
    found: list[tuple[int, int]] = []
    for hour, number in enumerate(counts):
        if number == 0 and found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + 1)
        elif number == 0:
            found.append((hour, hour + 1))
    return found


def read_hours(rows: Iterable[tuple[str, str]]) -> tuple[tuple[int, int], ...] | str:
    """The times that were typed in (empty rows left out), or the key of what is wrong with them."""
    hours = []
    for begins, ends in rows:
        if not begins.strip() and not ends.strip():
            continue
        starts, stops = read_time(begins), read_time(ends)
        if starts is None or stops is None:
            return "no_time"
        if stops <= starts:
            return "backwards"
        hours.append((starts, stops))
    hours.sort()
    if any(second[0] < first[1] for first, second in pairwise(hours)):
        return "overlap"
    return tuple(hours)


def read_time(text: str) -> int | None:
    """Minutes since midnight of «9:30», «930», «9» or «24:00»; None for what is no time of day."""
    plain = text.strip().replace(".", ":")
    if ":" not in plain and len(plain) > 2:
        plain = f"{plain[:-2]}:{plain[-2:]}"
    hours, _, minutes = plain.partition(":")
    if not (hours.isascii() and hours.isdigit() and len(hours) <= 2 and (minutes or "00").isascii()):
        return None
    if not (minutes or "00").isdigit() or len(minutes or "00") != 2 or int(minutes or 0) > 59:
        return None
    found = int(hours) * 60 + int(minutes or 0)
    return found if found <= MIDNIGHT else None
