"""How sure must we be who is writing, and what is known of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.channels import ChannelKind


class Proof(StrEnum):
    """What an intent asks for: nothing, an identity linked to an account, or a code typed a moment ago."""

    NONE = "none"
    LINKED = "linked"
    FRESH = "fresh"


@dataclass(frozen=True)
class Link:
    """The bank's client behind an identity, proved by a code. `account` is the client's id in the bank's systems.

    `verified_at` is when a code was last typed; `expires_at` when the link ends by itself. `address` is the e-mail
    the code went to, masked; `segment` the bank's word for what kind of client this is.
    """

    account: str
    linked_at: datetime
    verified_at: datetime
    expires_at: datetime
    address: str = ""
    segment: str | None = None


@dataclass(frozen=True)
class Asker:
    """Who a procedure talks to. `link` is None for a stranger; in a group anybody may read what is said."""

    link: Link | None = None
    channel: ChannelKind = ChannelKind.WEB
    in_group: bool = False

    @property
    def account(self) -> str | None:
        """The client of the bank who may be shown their data here; None for a stranger and where others read along."""
        return self.link.account if self.link is not None and not self.in_group else None


@dataclass(frozen=True)
class Allowance:
    """What one subject of the limits has asked for within the hour; `failures`: wrong codes since it last succeeded."""

    sends: tuple[datetime, ...] = ()
    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None
