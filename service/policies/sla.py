"""Is the client served in time? Three clocks a hand-off, on working time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.intents import Priority
from service.domain.targets import Clock, HandoffTimes, Standing, Target, TargetRule
from service.policies.calendars import Calendar, Interval


@dataclass(frozen=True)
class ClockReading:
    """One running clock. `due_at` is None when the target lies beyond the known working time."""

    clock: Clock
    since: datetime
    elapsed_seconds: float
    target_seconds: float
    due_at: datetime | None
    standing: Standing

    @property
    def seconds_left(self) -> float:
        """Working seconds until the target is missed; negative when it was."""
        return self.target_seconds - self.elapsed_seconds


def target_for(rules: Iterable[TargetRule], department: str, priority: Priority, default: Target) -> Target:
    """The target that fits best: department and priority, then department, then priority, then `default`."""
    fitting = [rule for rule in rules if rule.department in (None, department) and rule.priority in (None, priority)]
    best = max(fitting, key=lambda rule: (rule.department is not None, rule.priority is not None), default=None)
    return best.target if best else default


def read_clocks(times: HandoffTimes, target: Target, calendar: Calendar, now: datetime) -> tuple[ClockReading, ...]:
    """The clocks that run at `now`, the response first; none once the hand-off has ended."""
    if times.ended_at is not None:
        return ()
    readings = []
    if times.first_reply_at is None:
        readings.append(_read(Clock.FIRST, times.asked_at, target, calendar, now))
    elif times.unanswered_since is not None:
        readings.append(_read(Clock.NEXT, times.unanswered_since, target, calendar, now))
    rested = calendar.without(times.pauses) if times.pauses else calendar
    readings.append(_read(Clock.RESOLUTION, times.asked_at, target, rested, now))
    return tuple(readings)


def _read(clock: Clock, since: datetime, target: Target, calendar: Calendar, now: datetime) -> ClockReading:
    wanted = target.seconds(clock)
    elapsed = calendar.elapsed(since, now)  # 0 when the clock was set back
    standing = Standing.OK
    if elapsed >= wanted:
        standing = Standing.BREACHED
    elif elapsed >= wanted * target.warn_share:
        standing = Standing.WARNING
    return ClockReading(clock, since, elapsed, wanted, calendar.after(since, wanted), standing)


def worst(readings: Sequence[ClockReading]) -> ClockReading | None:
    """The clock to show: the worst standing, then the least time left."""
    return min(readings, key=lambda each: (-each.standing.rank, each.seconds_left), default=None)


def window(now: datetime, oldest: datetime | None, days_ahead: int = 31) -> Interval:
    """From which moment to which working time has to be known to read clocks that began at `oldest`."""
    return min(oldest or now, now) - timedelta(days=1), now + timedelta(days=days_ahead)
