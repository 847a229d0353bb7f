"""Moments and days as people write them, in the zone of who looks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.console.place import Place

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone_of(place: Place) -> ZoneInfo:
    """The person's own zone, or the one the service is run in."""
    return ZoneInfo(place.staff.time_zone or place.office.settings.staff_zone)


def say_moment(at: datetime | None, place: Place) -> str:
    """«сегодня, 14:05», «22.11.2026, 14:05», "today, 14:05", "22 Nov 2026, 14:05"; nothing for None."""
    if at is None:
        return ""
    zone = zone_of(place)
    local = at.astimezone(zone)
    today = place.office.clock().astimezone(zone).date()
    day = place.say("forms.today") if local.date() == today else say_day(local.date(), place.language)
    return f"{day}, {local:%H:%M}"


def say_day(day: date | None, language: str) -> str:
    """«22.11.2026», "22 Nov 2026"; nothing for None."""
    if day is None:
        return ""
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def iso_of(day: date | None) -> str:
    """2026-11-22, as it is kept and stands in addresses; nothing for None."""
    return day.isoformat() if day is not None else ""
