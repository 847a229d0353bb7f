"""May we write to this client in this channel now?"""

from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.channels import ChannelRules
from service.domain.messages import Author


class Reach(StrEnum):
    """FREE: yes. LATE: a person may, with the platform's human-only tag. CLOSED: only after the client writes again."""

    FREE = "free"
    LATE = "late"
    CLOSED = "closed"


def reach(rules: ChannelRules, author: Author, last_client_at: datetime | None, now: datetime) -> Reach:
    """What the channel's window allows to `author`, by the client's last message."""
    if rules.window_hours is None:
        return Reach.FREE
    silent = now - last_client_at if last_client_at is not None else timedelta.max
    if silent <= timedelta(hours=rules.window_hours):
        return Reach.FREE
    person = author is Author.OPERATOR and rules.human_window_hours is not None
    return Reach.LATE if person and silent <= timedelta(hours=rules.human_window_hours or 0) else Reach.CLOSED
