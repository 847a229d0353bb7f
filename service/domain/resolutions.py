"""How a request ends."""

from enum import StrEnum


class Resolution(StrEnum):
    """What an operator closes a request with; free text may be added. Titles for people: [resolutions] of the texts."""

    RESOLVED = "resolved"
    UNANSWERED = "unanswered"
    ELSEWHERE = "elsewhere"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    OTHER = "other"
