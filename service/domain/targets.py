"""Service targets: what is measured of a hand-off, and how long it may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.intents import Priority


class Clock(StrEnum):
    """What is measured. A bot's answer stops none of them: the client has asked for a person."""

    FIRST = "first_response"
    NEXT = "next_response"
    RESOLUTION = "resolution"


class Standing(StrEnum):
    """How a clock stands against its target."""

    OK = "ok"
    WARNING = "warning"
    BREACHED = "breached"

    @property
    def rank(self) -> int:
        """0 for ok, 1 for warning, 2 for breached."""
        return list(Standing).index(self)


@dataclass(frozen=True)
class Target:
    """Minutes of working time for each clock; a warning comes after `warn_share` of them."""

    first_minutes: int
    next_minutes: int
    resolution_minutes: int
    warn_share: float = 0.8

    def seconds(self, clock: Clock) -> float:
        """The target of one clock."""
        minutes = {
            Clock.FIRST: self.first_minutes,
            Clock.NEXT: self.next_minutes,
            Clock.RESOLUTION: self.resolution_minutes,
        }
        return minutes[clock] * 60.0


@dataclass(frozen=True)
class TargetRule:
    """The target of a department and a priority; None means any."""

    target: Target
    department: str | None = None
    priority: Priority | None = None


@dataclass(frozen=True)
class HandoffTimes:
    """What the clocks need to know of a hand-off.

    `unanswered_since` is when the client wrote what no operator has answered yet. `pauses` are the times when it was
    snoozed: the resolution waits for them, a response does not.
    """

    asked_at: datetime
    first_reply_at: datetime | None = None
    unanswered_since: datetime | None = None
    ended_at: datetime | None = None
    pauses: Sequence[tuple[datetime, datetime]] = ()
