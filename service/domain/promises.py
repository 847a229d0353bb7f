"""What a waiting client is told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ReplyPromise:
    """A person replies within `minutes`, or after `opening` (aware) when nobody is at work now."""

    minutes: int
    opening: datetime | None = None
