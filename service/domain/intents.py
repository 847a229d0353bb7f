"""What the owner decided about each intent: who takes it, how it is served, whether the bot may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from service.domain.routes import Route
from service.domain.verification import Proof


class Does(StrEnum):
    """How an intent is served."""

    ANSWER = "answer"
    ACTION = "action"
    HANDOFF = "handoff"
    CONTROL = "control"
    SOCIAL = "social"


class Mode(StrEnum):
    """How much the bot may do by itself for an intent: answer, only suggest to operators, or nothing."""

    AUTO = "auto"
    SUGGEST = "suggest"
    OFF = "off"


class Priority(StrEnum):
    """Order in the queue; urgent first."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for normal, 1 for high, 2 for urgent."""
        return list(Priority).index(self)

    def moved(self, steps: int) -> "Priority":
        """The priority so many steps up (or down), no further than there are any."""
        ladder = list(Priority)
        return ladder[min(max(self.rank + steps, 0), len(ladder) - 1)]


@dataclass(frozen=True)
class IntentRule:
    """One intent of the taxonomy as the policies see it. `title` is a short label by language, fit for a button.

    `verified`: only for linked clients; `fresh`: only right after a code.
    """

    id: str
    department: str
    does: Does
    title: Mapping[str, str]
    action: str | None = None
    verified: bool = False
    secure: bool = False
    priority: Priority = Priority.NORMAL
    mode: Mode = Mode.AUTO
    fresh: bool = False

    @property
    def proof(self) -> Proof:
        """How sure we must be who is asking."""
        return Proof.FRESH if self.fresh else Proof.LINKED if self.verified else Proof.NONE

    def label(self, language: str) -> str:
        """The title in `language`, or in any language there is, or the id."""
        return self.title.get(language) or next(iter(self.title.values()), self.id)


@dataclass(frozen=True)
class Rules:
    """Everything the policies need to know about the owner's choices; data, never code."""

    intents: Mapping[str, IntentRule]
    departments: tuple[str, ...]
    commands: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    actions: frozenset[str] = frozenset()
    burst_seconds: float = 1.5
    repeat_minutes: int = 30
    clarify_topics: int = 3
    routes: tuple[Route, ...] = ()
    fresh_minutes: int = 15
    phone_region: str = "RU"

    def rule(self, intent: str | None) -> IntentRule | None:
        """The rule of `intent`; None for an unknown or missing intent."""
        return self.intents.get(intent) if intent else None
