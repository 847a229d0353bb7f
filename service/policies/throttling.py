"""How long must one wait after so many wrong sign-ins? The first few cost nothing, then the pause doubles."""

from datetime import datetime, timedelta

from service.domain.staff import Tries

LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
FREE_BY_LOGIN = 5
FREE_BY_ADDRESS = 30


def pause_after(failures: int, free: int) -> timedelta:
    """The pause that follows the n-th failure: none up to `free`, then 1, 2, 4 ... seconds, at most 15 minutes."""
    over = failures - free
    if over < 0:
        return timedelta()
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(over, 20)))


def remaining(tries: Tries, now: datetime) -> timedelta:
    """How long to wait yet. A clock that was set back never makes it longer than the longest pause."""
    if tries.locked_until is None:
        return timedelta()
    return max(timedelta(), min(tries.locked_until - now, LONGEST_PAUSE))


def count_try(tries: Tries, now: datetime, free: int) -> Tries:
    """`tries` with one more; those of yesterday are forgotten."""
    forgotten = tries.last_at is not None and now - tries.last_at > FORGOTTEN_AFTER
    failures = 1 if forgotten else tries.failures + 1
    pause = pause_after(failures, free)
    return Tries(failures, now, now + pause if pause else None)
