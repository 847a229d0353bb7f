"""A person's days at work as strips of 24 hours."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import number, weekday_and_day
from service.console.place import Place
from service.console.words import section
from service.domain.presence import PresenceSpan, PresenceState
from service.shifts.presence import WorkedDay

DAY_MINUTES = 24 * 60


class PresenceStrip(ui.element, component="presence_strip.js"):
    """One strip a day, the newest first; what each stretch was is in its words too."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._props["words"] = section("presence_days", place.language)
        self._props |= {"days": [], "name": ""}

    def show(self, name: str, days: Sequence[dict[str, Any]]) -> None:
        """Show these days of the person called `name`."""
        self._props |= {"days": list(days), "name": name}
        self.update()


def strips_of(
    spans: Iterable[PresenceSpan], worked: Sequence[WorkedDay], zone: ZoneInfo, now: datetime, language: str,
    words: dict[str, str],
) -> list[dict[str, Any]]:  # fmt: skip
    """What the browser needs of each day, the newest first; being offline is left blank."""
    known = list(spans)
    return [
        {
            "day": weekday_and_day(each.day, language),
            "worked": words["hours"].format(n=number(each.hours, language)) if each.hours else "—",
            "stretches": list(_stretches(known, each.day, zone, now, words)),
        }
        for each in reversed(worked)
    ]


def _stretches(
    spans: Iterable[PresenceSpan], day: date, zone: ZoneInfo, now: datetime, words: dict[str, str]
) -> Iterable[dict[str, Any]]:
    midnight = datetime.combine(day, time(), tzinfo=zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    for span in spans:
        begins, ends = max(span.began_at, midnight), min(span.ended_at or now, next_midnight)
        if span.state is PresenceState.OFFLINE or begins >= ends:
            continue
        first, last = minute_of(begins, day, zone), minute_of(ends, day, zone)
        said = f"{words[span.state.value]} {clock(first)}–{clock(last)}"
        yield {
            "state": span.state.value,
            "left": round(100 * first / DAY_MINUTES, 3),
            "width": round(100 * max(1, last - first) / DAY_MINUTES, 3),
            "title": said,
        }


def minute_of(moment: datetime, day: date, zone: ZoneInfo) -> int:
    """The minute of `day` that the clock on the wall shows; 1440 for its end."""
    local = moment.astimezone(zone)
    return DAY_MINUTES if local.date() > day else local.hour * 60 + local.minute


def clock(minutes: int) -> str:
    """«09:05», «24:00»."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
