"""Which trained model answers clients, which one is tried beside it, and how a version came to where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """Where a version of the model stands.

    A candidate waits. In the shadow it reads what the live one reads, is written down and never answers. As a canary
    it answers a share of the conversations. Live it answers all others.
    """

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"


@dataclass(frozen=True)
class Plan:
    """Which versions are in use. `number` grows with every change; 0: nobody has decided anything yet.

    `live` None: the model in the folder of the settings. `share` of the conversations, 0 to 1, go to the canary.
    """

    number: int = 0
    live: str | None = None
    shadow: str | None = None
    canary: str | None = None
    share: float = 0.0

    @property
    def versions(self) -> frozenset[str]:
        """All that are in use."""
        return frozenset(each for each in (self.live, self.shadow, self.canary) if each is not None)

    def stage_of(self, version: str) -> Stage:
        """Where a version stands."""
        if version == self.live:
            return Stage.LIVE
        if version == self.canary:
            return Stage.CANARY
        return Stage.SHADOW if version == self.shadow else Stage.CANDIDATE


@dataclass(frozen=True)
class Release:
    """One change of the plan: what somebody did, to which version, and what has been in use since then.

    `overridden`: an administrator put it live although the gate refused it; `reason` is what they wrote.
    """

    plan: Plan
    action: str
    version: str
    actor: str
    reason: str
    overridden: bool
    created_at: datetime
