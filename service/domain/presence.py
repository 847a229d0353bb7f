"""Whether an operator is there, and since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PresenceState(StrEnum):
    """What an operator is doing. Only `ONLINE` and `ON_CALL` take part in automatic assignment."""

    ONLINE = "online"
    BUSY = "busy"
    BREAK = "break"
    ON_CALL = "on_call"
    OFFLINE = "offline"

    @property
    def works(self) -> bool:
        """True for the states that count as worked time."""
        return self in (PresenceState.ONLINE, PresenceState.BUSY, PresenceState.ON_CALL)

    @property
    def takes_new(self) -> bool:
        """True when new conversations may be assigned, as far as there is room."""
        return self in (PresenceState.ONLINE, PresenceState.ON_CALL)


@dataclass(frozen=True)
class PresenceSpan:
    """One stretch of the timeline; `ended_at` is None while it lasts. `source` is console, api, call, worker ..."""

    operator_id: int
    state: PresenceState
    began_at: datetime
    ended_at: datetime | None
    source: str


@dataclass(frozen=True)
class Presence:
    """What an operator does now, since when, and when their console was heard last.

    `resume` is the state to go back to after a call, or when a console that `vanished` is back.
    """

    operator_id: int
    state: PresenceState
    since: datetime
    seen_at: datetime
    resume: PresenceState | None = None
    vanished: bool = False
