"""Suspicious traffic: what was noticed, about whom, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Signal(StrEnum):
    """What looks like a machine or an attack, and not like somebody who wants something of the bank."""

    FLOOD = "flood"
    """More messages than a person can write."""
    UNKNOWN_NUMBER = "unknown_number"
    """A telephone or account number that nobody has: one of many, if somebody tries them all."""
    WRONG_CODE = "wrong_code"
    """A wrong one-time code."""
    SAME_WORDS = "same_words"
    """The same long text from many newcomers."""
    LINKS = "links"
    """Links from somebody who has only just come."""
    MARKUP = "markup"
    """Scripts, templates or queries in place of words."""


class Scope(StrEnum):
    """Whom a count or a restriction is about."""

    IDENTITY = "identity"
    ADDRESS = "address"
    ACCOUNT = "account"
    CHANNEL = "channel"


class Level(StrEnum):
    """What follows, from the least to the most."""

    NOTICE = "notice"
    """Nothing for the client; the security department is told."""
    SLOW = "slow"
    """Answered a little later."""
    SILENT = "silent"
    """Taken and kept, but not answered before it is over; operators see all of it."""
    BLOCKED = "blocked"
    """Not taken in the web chat (the same message may be sent again later); elsewhere as with silent."""

    @property
    def rank(self) -> int:
        """Higher is harder."""
        return tuple(Level).index(self)


@dataclass(frozen=True)
class Sender:
    """Whom a message, a number or a code comes from, as far as that is known.

    `identity` is «channel/external id» as `identity_key` makes it, `account` the bank's own id of an account.
    """

    channel: str
    identity: str
    address: str | None = None
    account: str | None = None

    def subject(self, scope: Scope) -> str | None:
        """Who it is about at this scope; None where that is not known."""
        found = {
            Scope.IDENTITY: self.identity,
            Scope.ADDRESS: self.address,
            Scope.ACCOUNT: self.account,
            Scope.CHANNEL: self.channel,
        }
        return found[scope]


def identity_key(channel: str, external_id: str) -> str:
    """How an identity is named in counts and restrictions."""
    return f"{channel}/{external_id}"


@dataclass(frozen=True)
class Restriction:
    """What stands against an identity, an address, an account or a channel, and until when."""

    id: int
    scope: Scope
    subject: str
    level: Level
    signal: Signal
    count: int
    since: datetime
    until: datetime
    seen_by: str | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    conversation_id: int | None = None
