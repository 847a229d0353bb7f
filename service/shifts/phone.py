"""The phone in the reports: what the call log says of a period, of one's departments only."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.domain.calls import CallOutcome, Direction
from service.policies.talk_time import talked_seconds
from service.storage import calls
from service.storage.calls import CallTimes
from service.storage.staff import StaffMember
from service.storage.visibility import visible_calls

PHONE = "phone"
"""How the phone is named beside the channels."""


@dataclass(frozen=True)
class PhoneToday:
    """Calls of clients that began today, as far as the log has come in, and how many of them nobody took."""

    calls: int
    lost: int


NO_CALLS = PhoneToday(0, 0)


@dataclass(frozen=True)
class TalkOfOperator:
    """Calls that somebody answered or made and that were answered, and how long they talked; overlaps count once."""

    calls: int
    seconds: float


def from_clients(connection: Connection, staff: StaffMember, since: datetime, until: datetime) -> list[CallTimes]:
    """The calls that clients made in the period, in order."""
    found = calls.times(connection, visible_calls(staff), since, until)
    return [each for each in found if each.direction is Direction.IN]


def phone_today(connection: Connection, staff: StaffMember, since: datetime, until: datetime) -> PhoneToday:
    """The phone's line of the wall."""
    came = from_clients(connection, staff, since, until)
    return PhoneToday(len(came), sum(each.outcome is not CallOutcome.ANSWERED for each in came))


def talk_by_operator(
    connection: Connection, staff: StaffMember, since: datetime, until: datetime
) -> Mapping[int, TalkOfOperator]:
    """Operator -> their calls that began in the period."""
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for each in calls.times(connection, visible_calls(staff), since, until):
        if each.operator_id is not None and each.answered_at is not None:
            spans[each.operator_id].append((each.answered_at, each.ended_at))
    return {operator: TalkOfOperator(len(own), talked_seconds(own)) for operator, own in spans.items()}
