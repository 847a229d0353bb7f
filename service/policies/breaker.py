"""Do we ask a system that keeps failing once more, or spare it and us the wait?

Closed: every call goes through. After `failures_to_open` failures in a row it is open: none does. `rest_seconds` later
one call may try; its success closes, its failure opens again. A try that is never heard of again (its process was
stopped) is taken for failed after the same rest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BreakerRules:
    """When a breaker opens and for how long."""

    failures_to_open: int = 5
    rest_seconds: float = 20.0


@dataclass(frozen=True)
class Breaker:
    """What is remembered between calls: failures in a row, and since when nothing goes through (None: all does).

    `Breaker()` is a closed one: how it begins, and what it is again after any success.
    """

    failures: int = 0
    resting_since: float | None = None


def ask_leave(breaker: Breaker, rules: BreakerRules, now: float) -> tuple[bool, Breaker]:
    """May a call be made at `now` (seconds of any clock that doesn't go back)? With the breaker as it is then.

    The call that is let through an open breaker begins another rest, so that it stays the only one.
    """
    if breaker.resting_since is None:
        return True, breaker
    if now - breaker.resting_since < rules.rest_seconds:
        return False, breaker
    return True, Breaker(breaker.failures, now)


def after_failure(breaker: Breaker, rules: BreakerRules, now: float) -> Breaker:
    """The system failed once more: when that is often enough, the rest begins now."""
    failures = breaker.failures + 1
    return Breaker(failures, now if failures >= rules.failures_to_open else None)
