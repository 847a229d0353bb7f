"""How long was somebody at work, and is their console still there?"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.presence import PresenceSpan


def worked_by_day(spans: Iterable[PresenceSpan], zone: ZoneInfo, now: datetime) -> dict[date, float]:
    """Local day -> hours in a state that counts as work; a span over midnight belongs to both days.

    A day has as many hours as it has, 23 or 25 when the clocks change. A span that ends before it began (somebody set
    the clock back) counts nothing.
    """
    hours: dict[date, float] = {}
    for span in spans:
        if not span.state.works:
            continue
        start, end = span.began_at, span.ended_at or now
        while start < end:
            day = start.astimezone(zone).date()
            midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
            # Compared as moments: a midnight that is skipped or comes twice must still lie ahead.
            stop = min(end, max(midnight.astimezone(start.tzinfo), start + timedelta(seconds=1)))
            hours[day] = hours.get(day, 0.0) + (stop - start).total_seconds() / 3600
            start = stop
    return hours


def has_vanished(seen_at: datetime, now: datetime, after_seconds: float) -> bool:
    """Whether a console has been silent for too long. One that was heard «in the future» is given time anew."""
    return (now - seen_at).total_seconds() > after_seconds
