"""E-mail as it goes out to a client."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """An e-mail. `once` names it: a second one of this name is not sent. After `until` it is of no use to anybody.

    `kind` says what it is for (code, new_link, ...): for counters and logs, which never see address or text.
    """

    once: str
    kind: str
    to: str
    subject: str
    text: str
    until: datetime | None = None
    enclosures: tuple[Enclosure, ...] = ()
