"""Is a signed-in browser still signed in? By what it did last, and by when it signed in."""

from datetime import datetime, timedelta

CLOCK_SLACK = timedelta(minutes=5)
TOUCHED_EVERY = timedelta(minutes=1)


def is_alive(seen_at: datetime, expires_at: datetime, now: datetime, idle: timedelta, lasts: timedelta) -> bool:
    """Neither idle too long nor over. One from the future, by a clock that was set back, is not believed."""
    if expires_at <= now or now - seen_at > idle:
        return False
    return expires_at - now <= lasts + CLOCK_SLACK


def is_touch_due(seen_at: datetime, now: datetime) -> bool:
    """The last use is kept to the minute, so that reading doesn't write at every call."""
    return abs(now - seen_at) >= TOUCHED_EVERY
