"""A training as it goes: who started it, how far it is, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is done: a new model is trained and judged, or one that is there is judged against the live one."""

    TRAIN = "train"
    JUDGE = "judge"


class TrainingState(StrEnum):
    """Where a training stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({TrainingState.DONE, TrainingState.FAILED, TrainingState.CANCELLED})


@dataclass(frozen=True)
class Training:
    """`share` of the work is done, 0 to 1; `log` its last lines; `problem` why it failed, in the words of the command.

    `version` is what was trained, or is judged. `options` as they were given.
    """

    id: int
    kind: Kind
    options: Mapping[str, Any]
    state: TrainingState
    stage: str
    share: float
    log: str
    problem: str | None
    version: str | None
    cancelled_by: str | None
    started_by: str
    created_at: datetime
    ended_at: datetime | None
