"""May we ask the client how it was, and does a tap still count?"""

from datetime import datetime, timedelta

from service.policies.handoff import UPSET

SCORES = range(1, 6)


def may_ask(*, served_by_person: bool, wants_surveys: bool, mood_score: float | None) -> bool:
    """Only who talked to a person, has not refused surveys and did not leave angry."""
    angry = mood_score is not None and mood_score <= UPSET
    return served_by_person and wants_surveys and not angry


def still_counts(ended_at: datetime, now: datetime, days: int) -> bool:
    """Whether a tap comes in time; a clock that was set back harms nobody."""
    return now - ended_at <= timedelta(days=days)
