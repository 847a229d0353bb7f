"""Has a client who used to call moved to writing? Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.policies.summaries import share

LOOK_BACK = timedelta(days=90)
"""Who has not called for longer than this did not come from the telephone."""


class Habit(StrEnum):
    """How somebody who writes treats the telephone: called before and no more; calls as well; did not call at all."""

    MOVED = "moved"
    BOTH = "both"
    WRITES = "writes"


@dataclass(frozen=True)
class CallAbout:
    """A call of a client: when it began, and what it was about where the telephone system says."""

    at: datetime
    topic: str | None = None


@dataclass(frozen=True)
class TopicMoves:
    """A topic of calls: how many calls there were, how many people moved whose last call was about it, and how many
    who write called about it all the same."""

    topic: str
    calls: int
    moved: int
    still: int

    @property
    def share(self) -> float | None:
        """The share of those who moved, 0 to 1; None where nobody is known."""
        return share(self.moved, self.moved + self.still)


def habit_of(first_written: datetime, calls: Sequence[CallAbout], until: datetime) -> Habit:
    """The habit of who wrote first (of a period that ends at `until`) at `first_written`."""
    if any(first_written <= each.at < until for each in calls):
        return Habit.BOTH
    return Habit.MOVED if calls_before(first_written, calls) else Habit.WRITES


def calls_before(first_written: datetime, calls: Sequence[CallAbout]) -> list[CallAbout]:
    """The calls from which somebody moved, in order."""
    found = [each for each in calls if first_written - LOOK_BACK <= each.at < first_written]
    return sorted(found, key=lambda each: each.at)


def topics_of_moves(
    wrote: Mapping[str, datetime], called: Mapping[str, Sequence[CallAbout]], everybody: Iterable[CallAbout],
    until: datetime,
) -> tuple[TopicMoves, ...]:  # fmt: skip
    """The topics of the period's calls (`everybody`) and of those who moved, most calls first.

    `wrote`: person -> their first message of the period; `called`: person -> their calls.
    """
    calls = Counter(each.topic or "" for each in everybody)
    moved, still = Counter[str](), Counter[str]()
    for person, first in wrote.items():
        mine = called.get(person, ())
        match habit_of(first, mine, until):
            case Habit.MOVED:
                moved[calls_before(first, mine)[-1].topic or ""] += 1
            case Habit.BOTH:
                still.update({each.topic or "" for each in mine if first <= each.at < until})
    found = [TopicMoves(each, calls[each], moved[each], still[each]) for each in {*calls, *moved, *still}]
    return tuple(sorted(found, key=lambda each: (-each.calls, -each.moved, each.topic)))
