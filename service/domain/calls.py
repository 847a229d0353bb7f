"""A phone call as a telephone system reports it when it is over. Calls are not answered here, but they count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Who rang whom: a client us (`IN`), or we a client (`OUT`)."""

    IN = "in"
    OUT = "out"


class CallOutcome(StrEnum):
    """What became of a call: people spoke; it rang and nobody took it; the client hung up in the queue; no line."""

    ANSWERED = "answered"
    MISSED = "missed"
    ABANDONED = "abandoned"
    FAILED = "failed"


@dataclass(frozen=True)
class Call:
    """One call. `external_id` is the telephone system's own name of it and settles repetitions.

    `phone` is E.164, None for a withheld number. `operator` is the id of a member of staff; one who answered is always
    named. `answered_at` is there exactly when the call was answered. Moments are aware and in order.
    """

    external_id: str
    phone: str | None
    operator: int | None
    department: str
    direction: Direction
    outcome: CallOutcome
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    intent: str | None = None

    @property
    def talk_seconds(self) -> float:
        """How long people spoke."""
        return (self.ended_at - self.answered_at).total_seconds() if self.answered_at else 0.0

    @property
    def wait_seconds(self) -> float:
        """How long it rang, or the client stood in the queue."""
        return ((self.answered_at or self.ended_at) - self.started_at).total_seconds()
