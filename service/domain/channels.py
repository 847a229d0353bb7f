"""What kinds of channels there are."""

from enum import StrEnum


class ChannelKind(StrEnum):
    """What a channel is for the policies: secure topics are never served in a messenger."""

    WEB = "web"
    MESSENGER = "messenger"
    EMAIL = "email"
