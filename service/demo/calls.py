"""The demo's telephone: calls of the last days, as a telephone system would have sent them."""

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service import call_log
from service.domain.staff import StaffMember
from service.office import Office

SCRIPT = Path(__file__).parent / "calls.toml"
DAYS = 6


def seed_calls(office: Office, lead: StaffMember) -> None:
    """Send the calls of the last days that are over by now; those that are there already change nothing."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))["call"]
    zone, now = ZoneInfo(office.settings.staff_zone), office.clock()
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS, -1, -1)]
    told = [
        _told(each, number, day, zone)
        for day in days
        for number, each in enumerate(script)
        if (number * 5 + day.toordinal()) % 4  # not every call on every day
    ]
    over = [each for each in told if datetime.fromisoformat(each["ended_at"]) <= now]
    call_log.import_calls(over, lead, office)


def _told(call: dict[str, Any], number: int, day: date, zone: ZoneInfo) -> dict[str, str]:
    drift = timedelta(minutes=(number * 7 + day.toordinal() * 3) % 19)
    started = datetime.combine(day, time.fromisoformat(call["at"]), tzinfo=zone) + drift
    outcome = call.get("outcome", "answered")
    answered = started + timedelta(seconds=call["wait"])
    ended = answered + timedelta(minutes=call.get("minutes", 0.0))
    return {
        "id": f"demo-{day:%Y%m%d}-{number}", "started_at": started.isoformat(), "ended_at": ended.isoformat(),
        "answered_at": answered.isoformat() if outcome == "answered" else "",
        "direction": call.get("direction", "in"), "outcome": outcome, "department": call["department"],
        "operator": call.get("operator", ""), "phone": call["phone"], "topic": call.get("topic", ""),
    }  # fmt: skip
