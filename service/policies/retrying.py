"""When is a message tried again that a platform did not take?"""

from datetime import datetime, timedelta

PAUSES_SECONDS = (1, 5, 30, 120, 600, 1800)
GIVE_UP_HOURS = 24
REST_SECONDS = (1, 2, 5, 10, 30, 60)


def next_try(attempts: int, asked_seconds: float | None, written_at: datetime, now: datetime) -> datetime | None:
    """The moment of the next attempt after `attempts` of them; None when the message has grown too old to be useful.

    What the platform asked for is obeyed; otherwise pauses grow to half an hour.
    """
    pause = asked_seconds if asked_seconds is not None else PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS)) - 1]
    at = now + timedelta(seconds=pause)
    return at if at - written_at <= timedelta(hours=GIVE_UP_HOURS) else None


def rest_of_channel(failures: int, asked_seconds: float | None = None) -> float:
    """How many seconds a channel rests after so many failures in a row of its platform."""
    pause = REST_SECONDS[min(failures, len(REST_SECONDS)) - 1]
    return max(pause, asked_seconds or 0.0)
