"""Rows of the routing table: who gets which conversations, how urgently, and how they reach an operator."""

from dataclasses import dataclass
from enum import StrEnum


class AssignmentMode(StrEnum):
    """How a waiting conversation reaches an operator: the service assigns it, or an operator takes it."""

    PUSH = "push"
    PULL = "pull"


@dataclass(frozen=True)
class Matter:
    """What is known of a conversation when a person is asked in. `department` is the taxonomy's."""

    department: str
    intent: str | None = None
    language: str | None = None
    segment: str | None = None
    verified: bool = False
    channel: str | None = None


@dataclass(frozen=True)
class Route:
    """One row: conditions (None means any) and what follows from them (None means nothing changes).

    `raise_by` is added to the priority, one a step; it may be negative. `skill` is what the operator must be able to
    do. Of rows that are equally specific the one with the smaller `place`, then the smaller id, is used.
    """

    intent: str | None = None
    department: str | None = None
    language: str | None = None
    segment: str | None = None
    verified: bool | None = None
    channel: str | None = None
    queue: str | None = None
    raise_by: int = 0
    mode: AssignmentMode | None = None
    skill: str | None = None
    place: int = 0
    id: int | None = None
