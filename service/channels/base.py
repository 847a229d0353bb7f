"""What a channel is: how it names itself, what kind it is, and how it delivers one message."""

from dataclasses import dataclass
from typing import Protocol

from service.domain.conversations import ChannelKind
from service.domain.messages import Button


@dataclass(frozen=True)
class Delivery:
    """One message for one client; `key` is the same at every attempt, so a platform that can will deduplicate."""

    recipient: str
    key: str
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """The platform took the message; `platform_id` is its name for it."""

    platform_id: str | None = None


class RetryLater(Exception):
    """The platform refused for now (busy, rate limit, 5xx) and surely did not deliver."""

    def __init__(self, reason: str, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


class Undeliverable(Exception):
    """The platform will never deliver this message (blocked, no such chat, refused content)."""


class FateUnknown(Exception):
    """The request left and no answer came: it may have been delivered, so it is not sent again by itself."""


class Channel(Protocol):
    """One way clients reach us.

    `pushes=False`: clients fetch their messages themselves (the web chat), nothing goes through the outbox.
    `takes_files=True`: files of operators reach the client over it.
    `has_idempotency_key=True`: the platform deduplicates on `Delivery.key`, so an unknown fate may be re-sent.
    """

    name: str
    kind: ChannelKind
    pushes: bool
    takes_files: bool
    has_idempotency_key: bool

    def deliver(self, delivery: Delivery) -> Receipt:
        """Send one message; raises RetryLater, Undeliverable or FateUnknown."""
        ...
