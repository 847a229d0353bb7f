"""How long was somebody on the phone? Two calls at once are one stretch of time."""

from collections.abc import Iterable
from datetime import datetime


def talked_seconds(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds covered by these (begins, ends), in any order; what overlaps counts once, what runs backwards nothing."""
    total, covered = 0.0, None
    for begins, ends in sorted(spans):
        start = begins if covered is None else max(begins, covered)
        if ends > start:
            total += (ends - start).total_seconds()
            covered = ends
    return total
