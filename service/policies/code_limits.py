"""May another code be sent, and for how long is guessing over? The arithmetic that keeps guessing hopeless.

A code has a million values and three tries. Each subject (an identity, a number, an account, an e-mail address, a
network address) may ask for three codes an hour; for a network address behind which a whole office or a mobile network
writes, the owner may allow more. After every third wrong code, in one letter or in three, a subject is locked: a
quarter of an hour, then twice as long each time, up to a week; so an account is guessed at less than forty times in its
first ten days and three times a week after that. And all wrong codes of a day, whoever types them, are counted
together: see `guesses_left`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.verification import Allowance

MOST_SENDS = 3
SENDS_WITHIN = timedelta(hours=1)
RESEND_AFTER = timedelta(seconds=60)
MOST_TRIES = 3
CODE_DIGITS = 6
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=30)
"""After so long without a failure the lock begins small again."""


def wait_before_send(
    allowance: Allowance, now: datetime, *, pause: bool = True, most: int = MOST_SENDS
) -> timedelta:  # fmt: skip
    """How long until another code may be sent; zero for at once. `pause`: keep a minute between two; `most` an hour.

    A clock that was set back never makes it longer than the longest lock.
    """
    waits = [allowance.locked_until - now] if allowance.locked_until else []
    recent = _recent(allowance, now)
    if recent and pause:
        waits.append(recent[-1] + RESEND_AFTER - now)
    if len(recent) >= most:
        waits.append(recent[-most] + SENDS_WITHIN - now)
    return min(max([timedelta(), *waits]), LONGEST_LOCK)


def count_send(allowance: Allowance, now: datetime, *, most: int = MOST_SENDS) -> Allowance:
    """`allowance` after one more code."""
    return replace(allowance, sends=(*_recent(allowance, now), now)[-most:], last_at=now)


def count_wrong(allowance: Allowance, now: datetime, *, most: int = MOST_SENDS) -> Allowance:
    """`allowance` after one more wrong code. Every third locks, of whichever letters.

    Whoever may ask for many codes (`most`) is locked later, by so many as use up the tries of all of them.
    """
    forgotten = allowance.last_at is None or now - allowance.last_at > FORGOTTEN_AFTER
    failures = 1 if forgotten else allowance.failures + 1
    counted = failures // MOST_TRIES - most // MOST_SENDS
    if failures % MOST_TRIES or counted < 0:
        return replace(allowance, failures=failures, last_at=now)
    lock = min(FIRST_LOCK * 2 ** min(counted, 20), LONGEST_LOCK)
    until = now + lock
    if allowance.locked_until is not None and allowance.locked_until > until:
        until = min(allowance.locked_until, now + LONGEST_LOCK)
    return replace(allowance, failures=failures, last_at=now, locked_until=until)


def tries_left(allowance: Allowance) -> int:
    """How many wrong codes a subject has left before it is locked (again); 0 right after the one that did it."""
    return -allowance.failures % MOST_TRIES


def is_locked(allowance: Allowance, now: datetime) -> bool:
    """Whether nothing is sent to a subject, and nothing compared, whatever is typed."""
    return allowance.locked_until is not None and now < allowance.locked_until


def forgive(allowance: Allowance) -> Allowance:
    """`allowance` after a right code: what failed before doesn't count any more. Codes that were sent still do."""
    return replace(allowance, failures=0, locked_until=None)


def guesses_left(wrong_today: int, most: int) -> bool:
    """Whether codes are compared at all: after `most` wrong ones of everybody in a day none is, until the next day."""
    return wrong_today < most


def _recent(allowance: Allowance, now: datetime) -> tuple[datetime, ...]:
    # What lies in the future was written before the clock was set back; it counts, as sent now.
    return tuple(min(each, now) for each in allowance.sends if now - each < SENDS_WITHIN)
