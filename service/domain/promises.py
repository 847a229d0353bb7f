"""What a waiting client is told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ReplyPromise:
    """A person replies within `minutes`, or after `opening` (aware) when nobody is at work now.

    `unknown`: nobody is at work and nobody knows when somebody will be.
    """

    minutes: int
    opening: datetime | None = None
    unknown: bool = False
