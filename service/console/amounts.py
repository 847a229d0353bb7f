"""Times, dates, shares and numbers as people write them in their language."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.console.place import Place
from service.console.words import say

NOTHING = "—"


def zone_of(place: Place) -> ZoneInfo:
    """The time zone of the person who looks: their own, or the office's."""
    return ZoneInfo(place.staff.time_zone or place.office.settings.staff_zone)


def duration(seconds: float | None, language: str) -> str:
    """«45 с», «3 мин 20 с», «1 ч 05 мин», «2 д 3 ч»: two units at most; a dash for None."""
    if seconds is None:
        return NOTHING
    whole = max(0, round(seconds))
    minutes, hours = whole // 60, whole // 3600
    if whole < 60:
        return say("amounts.s", language, n=whole)
    if minutes < 10 and whole % 60:
        return f"{say('amounts.min', language, n=minutes)} {say('amounts.s', language, n=whole % 60)}"
    if minutes < 60:
        return say("amounts.min", language, n=minutes)
    if hours < 24:
        rest = f" {say('amounts.min', language, n=f'{minutes % 60:02d}')}" if minutes % 60 else ""
        return say("amounts.h", language, n=hours) + rest
    rest = f" {say('amounts.h', language, n=hours % 24)}" if hours % 24 else ""
    return say("amounts.d", language, n=hours // 24) + rest


def percent(share: float | None, language: str) -> str:
    """«72 %», "72%"; a dash for None."""
    return NOTHING if share is None else say("amounts.percent", language, n=round(100 * share))


def exact_percent(share: float | None, language: str) -> str:
    """«71,6 %», "71.6%"; a dash for None."""
    return NOTHING if share is None else say("amounts.percent", language, n=number(100 * share, language))


def number(value: float | None, language: str, digits: int = 1) -> str:
    """«4,6», "4.6"; a dash for None."""
    if value is None:
        return NOTHING
    written = f"{value:.{digits}f}"
    return written.replace(".", ",") if language == "ru" else written


def date_in_words(day: date, language: str) -> str:
    """«22 ноября 2026», "22 November 2026"."""
    return f"{day.day} {months(language)[day.month - 1]} {day.year}"


def short_date(day: date, language: str) -> str:
    """«22.11.2026», "22 Nov 2026"."""
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day.day} {months(language)[day.month - 1][:3]} {day.year}"


def weekday_and_day(day: date, language: str) -> str:
    """«пн 23.11», "Mon 23 Nov"."""
    if language == "ru":
        return f"{weekdays(language)[day.weekday()]} {day:%d.%m}"
    return f"{weekdays(language)[day.weekday()]} {day.day} {months(language)[day.month - 1][:3]}"


def days_in_words(first: date, last: date, language: str) -> str:
    """«23–29 ноября 2026», «28 декабря 2026 – 3 января 2027»; one day by itself."""
    if first == last:
        return date_in_words(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_in_words(last, language)}"
    if first.year == last.year:
        return f"{first.day} {months(language)[first.month - 1]} – {date_in_words(last, language)}"
    return f"{date_in_words(first, language)} – {date_in_words(last, language)}"


def moment(at: datetime, zone: ZoneInfo, now: datetime, language: str) -> str:
    """«14:05» today, «вчера 14:05», otherwise the date with the time."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return say("amounts.yesterday", language, time=f"{local:%H:%M}")
    return f"{short_date(local.date(), language)} {local:%H:%M}"


def months(language: str) -> Sequence[str]:
    """January to December as they stand after the day."""
    return say("amounts.months", language).split()


def weekdays(language: str) -> Sequence[str]:
    """Monday to Sunday, short."""
    return say("amounts.weekdays", language).split()
