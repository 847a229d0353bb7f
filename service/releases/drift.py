"""How clients' messages change from week to week, for the page, the alarms and /metrics."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.taxonomy import OUT_OF_SCOPE
from service.domain.drift import Week
from service.domain.staff import StaffMember
from service.office import Office
from service.permits import must
from service.policies.drift import PAST_WEEKS, Drift, compare
from service.policies.permissions import Action
from service.storage import drift
from service.storage.database import Database

SHOWN_WEEKS = 12


@dataclass(frozen=True)
class WeekOfDrift:
    """A week by its Monday; `going_on`: it is not over yet."""

    monday: date
    going_on: bool
    drift: Drift


def read_drift(staff: StaffMember, office: Office, *, weeks: int = SHOWN_WEEKS) -> list[WeekOfDrift]:
    """The last weeks, newest first; those before the first message are left out."""
    must(staff, Action.TRAIN_MODELS)
    return _weeks(office, weeks)


def measure_drift(office: Office) -> WeekOfDrift | None:
    """The last week that is over, put into the gauges of /metrics; None when nobody has written yet."""
    over = next((each for each in _weeks(office, 2) if not each.going_on), None)
    if over is not None:
        found = over.drift
        for name, value in (("intents", found.intents), ("languages", found.languages), ("scope", found.scope),
                            ("training", found.from_training)):  # fmt: skip
            if value is not None:
                office.metrics.drift.labels(name).set(value)
        office.metrics.unsure_share.set(found.unsure)
        office.metrics.drift_alarms.set(len(found.alarms))
    return over


def _weeks(office: Office, shown: int) -> list[WeekOfDrift]:
    zone = ZoneInfo(office.settings.staff_zone)
    today = office.clock().astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(shown + PAST_WEEKS)]
    counted = _count(office.database, mondays, zone)
    live = office.models.live
    counts = live.manifest.counts if live is not None else {}
    trained = {intent: count for intent, count in counts.items() if intent != OUT_OF_SCOPE}
    found = []
    for place, each in enumerate(mondays[:shown]):
        past = counted[place + 1 : place + 1 + PAST_WEEKS]
        if counted[place].messages or any(week.messages for week in past):
            found.append(WeekOfDrift(each, place == 0, compare(counted[place], past, trained)))
    return found


def _count(database: Database, mondays: list[date], zone: ZoneInfo) -> list[Week]:
    def begins(day: date) -> datetime:
        return datetime.combine(day, time.min, zone)

    with database.read() as connection:
        return [drift.count_week(connection, begins(each), begins(each + timedelta(weeks=1))) for each in mondays]
