"""From the telephone to the chat: who called before and writes now, which topics still bring people to the phone."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.office import Office
from service.policies.moved_to_chat import (
    LOOK_BACK,
    CallAbout,
    Habit,
    TopicMoves,
    calls_before,
    habit_of,
    topics_of_moves,
)
from service.shifts.rights import must_lead
from service.shifts.statistics import Period, bounds
from service.storage import calls
from service.storage import statistics as storage
from service.storage.staff import StaffMember
from service.storage.visibility import visible, visible_calls


@dataclass(frozen=True)
class WeekOfMoves:
    """Monday to Sunday as far as the period has it: people by habit as of that week, and all calls of clients."""

    first: date
    last: date
    moved: int
    both: int
    writes: int
    calls: int


@dataclass(frozen=True)
class Moves:
    """People who wrote in the period and have proved their phone, by habit.

    `calls_before`: how many calls those who moved had made in the ninety days before their first message. `unknown`:
    conversations of the period of whose client no phone is known. `calls`: all calls of clients in the period.
    """

    moved: int
    both: int
    writes: int
    unknown: int
    calls_before: int
    calls: int
    topics: tuple[TopicMoves, ...]
    weeks: tuple[WeekOfMoves, ...]


def moves_to_chat(period: Period, staff: StaffMember, office: Office) -> Moves:
    """Who wrote in the period instead of calling; of one's departments only, calls to others don't count.

    Moved: called within ninety days before their first message of the period, and not once from then to its end.
    """
    must_lead(staff, "see the statistics")
    since, until, _ = bounds(period, office)
    with office.database.read() as connection:
        called: dict[str, list[CallAbout]] = defaultdict(list)
        everybody: list[CallAbout] = []
        for phone, at, topic in calls.from_clients(connection, visible_calls(staff), since - LOOK_BACK, until):
            call = CallAbout(at, topic)
            if phone is not None:
                called[phone].append(call)
            if at >= since:
                everybody.append(call)
        wrote, unknown = storage.first_written(connection, visible(staff), since, until)
        weeks = []
        for first, last in weeks_of(period):
            begins, ends, _ = bounds(Period(first, last), office)
            people, _ = storage.first_written(connection, visible(staff), begins, ends)
            many = sum(begins <= each.at < ends for each in everybody)
            weeks.append(WeekOfMoves(first, last, *_by_habit(people, called, ends), many))
    before = sum(
        len(calls_before(first, called[person]))
        for person, first in wrote.items()
        if habit_of(first, called[person], until) is Habit.MOVED
    )
    topics = topics_of_moves(wrote, called, everybody, until)
    return Moves(*_by_habit(wrote, called, until), unknown, before, len(everybody), topics, tuple(weeks))


def weeks_of(period: Period) -> list[tuple[date, date]]:
    """The period cut before each Monday: first and last day of each piece."""
    pieces, first = [], period.first
    while first <= period.last:
        last = min(first + timedelta(days=6 - first.weekday()), period.last)
        pieces.append((first, last))
        first = last + timedelta(days=1)
    return pieces


def _by_habit(
    wrote: Mapping[str, datetime], called: Mapping[str, Sequence[CallAbout]], until: datetime
) -> tuple[int, int, int]:
    found = Counter(habit_of(first, called.get(person, ()), until) for person, first in wrote.items())
    return found[Habit.MOVED], found[Habit.BOTH], found[Habit.WRITES]
