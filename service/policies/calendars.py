"""Working time as a row of intervals: how much of it passes between two moments, and when so much will have passed."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate

Interval = tuple[datetime, datetime]


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Sorted, disjoint, without empty ones; what touches becomes one."""
    joined: list[Interval] = []
    for start, end in sorted(each for each in intervals if each[0] < each[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


@dataclass(frozen=True)
class Calendar:
    """Working time known from the first interval to the last (UTC, sorted and disjoint: see `merged`)."""

    intervals: tuple[Interval, ...]

    @cached_property
    def _starts(self) -> list[datetime]:
        return [start for start, _ in self.intervals]

    @cached_property
    def _worked_before(self) -> list[float]:
        lengths = ((end - start).total_seconds() for start, end in self.intervals)
        return [0.0, *accumulate(lengths)]

    def worked_until(self, moment: datetime) -> float:
        """Seconds of working time from the beginning of the calendar to `moment`."""
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return 0.0
        start, end = self.intervals[place]
        return self._worked_before[place] + (min(moment, end) - start).total_seconds()

    def elapsed(self, since: datetime, until: datetime) -> float:
        """Seconds of working time between two moments; 0 when `until` is not after `since`."""
        return max(0.0, self.worked_until(until) - self.worked_until(since))

    def after(self, since: datetime, seconds: float) -> datetime | None:
        """The moment at which `seconds` of working time have passed since `since`; None beyond the calendar."""
        wanted = self.worked_until(since) + max(0.0, seconds)
        place = bisect_right(self._worked_before, wanted) - 1
        if seconds > 0 and place > 0 and self._worked_before[place] == wanted:
            return self.intervals[place - 1][1]
        if place >= len(self.intervals):
            return None
        start = self.intervals[place][0]
        return max(since, start + timedelta(seconds=wanted - self._worked_before[place]))

    def opening(self, now: datetime) -> datetime | None:
        """`now` itself when it is working time, otherwise the next beginning; None when there is none."""
        place = bisect_right(self._starts, now) - 1
        if place >= 0 and now < self.intervals[place][1]:
            return now
        return self._starts[place + 1] if place + 1 < len(self._starts) else None

    def without(self, pauses: Iterable[Interval]) -> "Calendar":
        """The working time outside of `pauses`."""
        left: list[Interval] = list(self.intervals)
        for begins, ends in merged(pauses):
            cut: list[Interval] = []
            for start, end in left:
                cut += [(start, min(end, begins)), (max(start, ends), end)]
            left = [each for each in cut if each[0] < each[1]]
        return Calendar(tuple(left))
