"""What a procedure wants done outside itself, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Fate(StrEnum):
    """How an errand ended. A refusal is an answer («the card is blocked already»), a failure is none."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Errand:
    """An operation by its name in `service/performers`, with arguments of JSON values."""

    operation: str
    arguments: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class ErrandOutcome:
    """What came of an errand: `value` when it is done, `reason` (a word the texts know) when it was refused.

    The value is never stored: what the bank tells of a client is said to them or forgotten.
    """

    operation: str
    fate: Fate
    value: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    reason: str = ""
