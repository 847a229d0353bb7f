"""Classes of data, each kept for a time of its own."""

from enum import StrEnum


class Kind(StrEnum):
    """What the settings `keep_..._days` are about."""

    CONVERSATIONS = "conversations"
    """Clients with everything of theirs, counted from their last word; and messages that are older."""
    FILES = "files"
    """Files that were sent."""
    SUGGESTIONS = "suggestions"
    """Offers to operators, what became of them, and the replies that were learned."""
    TRAFFIC = "traffic"
    """Restrictions of suspicious senders, codes that were asked for, errands that are done."""
    AUDIT = "audit"
    """The audit trail."""
