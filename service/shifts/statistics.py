"""What supervisors look at: the wall of now, the operators' table, how a period went; of their departments only."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.domain.intents import Priority
from service.domain.presence import PresenceState
from service.domain.targets import Standing
from service.errors import InvalidInput
from service.office import Office
from service.policies.presence import worked_by_day
from service.policies.sla import worst
from service.policies.summaries import mean, middle, p90, share
from service.shifts.assignment import candidates_now
from service.shifts.phone import (
    NO_CALLS,
    PHONE,
    PhoneToday,
    TalkOfOperator,
    from_clients,
    phone_today,
    talk_by_operator,
)
from service.shifts.rights import must_lead, shares_a_department
from service.shifts.targets import read_all
from service.storage import operators, presence
from service.storage import statistics as storage
from service.storage import targets as target_storage
from service.storage.calls import CallTimes
from service.storage.operators import OperatorRecord
from service.storage.staff import StaffMember
from service.storage.statistics import HandoffRecord
from service.storage.visibility import visible

LONGEST_DAYS = 366
NOBODY_WAITS = 0.0
NO_TALK = TalkOfOperator(0, 0.0)
Dimension = Literal["channel", "department", "intent", "segment", "priority"]


@dataclass(frozen=True)
class Period:
    """Local days of the staff's zone, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class WaitingCount:
    """How many wait in a department at a priority, and how long the first of them has."""

    department: str
    priority: Priority
    count: int
    longest_seconds: float


@dataclass(frozen=True)
class OperatorLoad:
    """One operator now. `held` are the conversations one may see; `load` of `capacity` are slots, calls included."""

    login: str
    name: str
    state: PresenceState
    since: datetime | None
    held: int
    load: float
    capacity: float


@dataclass(frozen=True)
class BotToday:
    """Conversations in which clients wrote today, and how many of them needed nobody; `contained` is the share."""

    conversations: int
    without_people: int
    contained: float | None


@dataclass(frozen=True)
class LiveWall:
    """The present: `warnings` and `breaches` are conversations whose worst clock stands so now."""

    at: datetime
    waiting: tuple[WaitingCount, ...]
    longest_wait_seconds: float
    operators: tuple[OperatorLoad, ...]
    warnings: int
    breaches: int
    breaches_today: int
    bot: BotToday
    phone: PhoneToday = NO_CALLS


@dataclass(frozen=True)
class OperatorLine:
    """One operator in a period. Durations are seconds on the clock; None where there is nothing to count.

    `handled` are requests in writing; `calls` were answered over the phone, `talk_seconds` is how long they talked.
    """

    login: str
    name: str
    handled: int
    first_response_median: float | None
    first_response_p90: float | None
    resolution_median: float | None
    acceptance: float | None
    csat: float | None
    csat_count: int
    worked_hours: float
    calls: int = 0
    talk_seconds: float = 0.0


@dataclass(frozen=True)
class Slice:
    """The hand-offs of one value of a dimension, or of one hour or day (then `key` is its local beginning)."""

    key: str
    asked: int
    ended: int
    first_response_median: float | None
    resolution_median: float | None
    csat: float | None


def live_wall(staff: StaffMember, office: Office) -> LiveWall:
    """The wall of now."""
    must_lead(staff, "see the wall")
    now = office.clock()
    zone = ZoneInfo(office.settings.staff_zone)
    today = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
    mine = visible(staff)
    with office.database.read() as connection:
        waiting = tuple(
            WaitingCount(department, priority, number, max(0.0, (now - (since or now)).total_seconds()))
            for department, priority, number, since in storage.waiting_now(connection, mine)
        )
        shown = [
            worst(read) for _, read in read_all(connection, target_storage.open_handoffs(connection, mine), office)
        ]
        standings = [each.standing for each in shown if each is not None]
        wrote, handed = storage.conversations_between(connection, mine, today, now + timedelta(seconds=1))
        return LiveWall(
            at=now,
            waiting=tuple(sorted(waiting, key=lambda each: (each.department, -each.priority.rank))),
            longest_wait_seconds=max((each.longest_seconds for each in waiting), default=NOBODY_WAITS),
            operators=_loads(connection, staff, office),
            warnings=standings.count(Standing.WARNING),
            breaches=standings.count(Standing.BREACHED),
            breaches_today=target_storage.breaches_between(connection, mine, today, now + timedelta(seconds=1)),
            bot=BotToday(wrote, wrote - handed, share(wrote - handed, wrote)),
            phone=phone_today(connection, staff, today, now + timedelta(seconds=1)),
        )


def operator_table(period: Period, staff: StaffMember, office: Office) -> tuple[OperatorLine, ...]:
    """Every operator one may see, by name: what they ended in the period and how long they worked."""
    must_lead(staff, "see the operators' table")
    since, until, zone = bounds(period, office)
    mine = visible(staff)
    with office.database.read() as connection:
        people = _colleagues(connection, staff)
        ended = storage.ended_between(connection, mine, since, until)
        suggestions = storage.suggestion_outcomes(connection, mine, since, until)
        spans = presence.spans(connection, [each.id for each in people], since, until)
        talked = talk_by_operator(connection, staff, since, until)
    by_operator: dict[int, list[HandoffRecord]] = defaultdict(list)
    for each in ended:
        if each.operator_id is not None:
            by_operator[each.operator_id].append(each)
    lines = []
    for person in people:
        records = by_operator[person.id]
        hours = worked_by_day((each for each in spans if each.operator_id == person.id), zone, office.clock())
        worked = sum(value for day, value in hours.items() if period.first <= day <= period.last)
        talk = talked.get(person.id, NO_TALK)
        if person.disabled and not (records or worked or talk.calls):
            continue
        lines.append(_line(person, records, suggestions.get(person.id, (0, 0)), worked, talk))
    return tuple(sorted(lines, key=lambda each: (each.name, each.login)))


def breakdown(period: Period, by: Dimension, staff: StaffMember, office: Office) -> tuple[Slice, ...]:
    """The hand-offs asked for in the period by channel, department, intent, segment or priority, most first.

    Among the channels stands the phone as well: calls of clients, answered and how soon, by the call log.
    """
    must_lead(staff, "see the statistics")
    since, until, _ = bounds(period, office)
    with office.database.read() as connection:
        records = storage.begun_between(connection, visible(staff), since, until)
        called = from_clients(connection, staff, since, until) if by == "channel" else []
    slices = _slices(records, lambda each: str(getattr(each, by) or "")) + _phone(called)
    return tuple(sorted(slices, key=lambda each: (-each.asked, each.key)))


def timeline(period: Period, step: Literal["hour", "day"], staff: StaffMember, office: Office) -> tuple[Slice, ...]:
    """The hand-offs asked for in each local hour or day of the period, empty ones included, in order.

    An hour that comes twice when the clocks change stands there twice, with its own offset.
    """
    must_lead(staff, "see the statistics")
    since, until, zone = bounds(period, office)
    if step == "hour" and (period.last - period.first).days > 31:
        raise InvalidInput("by hours at most 32 days are shown; take days, or a shorter period")
    with office.database.read() as connection:
        records = storage.begun_between(connection, visible(staff), since, until)
    found = {each.key: each for each in _slices(records, lambda each: _beginning(each.created_at, step, zone))}
    keys: dict[str, None] = {}
    moment = since
    while moment < until:
        keys[_beginning(moment, step, zone)] = None
        moment += timedelta(minutes=30)
    return tuple(found.get(key) or Slice(key, 0, 0, None, None, None) for key in keys)


def bounds(period: Period, office: Office) -> tuple[datetime, datetime, ZoneInfo]:
    """The period as moments (UTC) and the zone its days are of; InvalidInput for one backwards or too long."""
    if not 0 <= (period.last - period.first).days < LONGEST_DAYS:
        raise InvalidInput(
            f"the period {period.first} to {period.last} must go forward and have at most {LONGEST_DAYS} days"
        )
    zone = ZoneInfo(office.settings.staff_zone)
    utc = ZoneInfo("UTC")
    since = datetime.combine(period.first, time(), tzinfo=zone).astimezone(utc)
    return since, datetime.combine(period.last + timedelta(days=1), time(), tzinfo=zone).astimezone(utc), zone


def _loads(connection: Connection, staff: StaffMember, office: Office) -> tuple[OperatorLoad, ...]:
    people = {each.id: each for each in _colleagues(connection, staff)}
    there = presence.everyone(connection)
    held = storage.held_now(connection, visible(staff))
    loads = [
        OperatorLoad(
            people[each.id].login, people[each.id].name, each.state,
            there[each.id].since if each.id in there else None, held.get(each.id, 0), each.load, each.capacity,
        )
        for each in candidates_now(connection, office)
        if each.id in people
    ]  # fmt: skip
    present = [each for each in loads if each.state is not PresenceState.OFFLINE or each.held]
    return tuple(sorted(present, key=lambda each: (each.name, each.login)))


def _colleagues(connection: Connection, staff: StaffMember) -> list[OperatorRecord]:
    return [each for each in operators.all_operators(connection) if shares_a_department(staff, each)]


def _line(
    person: OperatorRecord, records: Sequence[HandoffRecord], suggestions: tuple[int, int], worked: float,
    talk: TalkOfOperator,
) -> OperatorLine:  # fmt: skip
    responses, resolutions, scores = _durations(records)
    return OperatorLine(
        person.login, person.name, len(records), middle(responses), p90(responses), middle(resolutions),
        share(*suggestions), mean(scores), len(scores), round(worked, 2), talk.calls, talk.seconds,
    )  # fmt: skip


def _durations(records: Sequence[HandoffRecord]) -> tuple[list[float], list[float], list[float]]:
    responses = [(r.first_reply_at - r.created_at).total_seconds() for r in records if r.first_reply_at]
    resolutions = [(r.ended_at - r.created_at).total_seconds() for r in records if r.ended_at]
    return responses, resolutions, [float(r.score) for r in records if r.score is not None]


def _slices(records: Sequence[HandoffRecord], key: Callable[[HandoffRecord], str]) -> list[Slice]:
    groups: dict[str, list[HandoffRecord]] = defaultdict(list)
    for each in records:
        groups[key(each)].append(each)
    slices = []
    for name, group in groups.items():
        responses, resolutions, scores = _durations(group)
        ended = sum(each.ended_at is not None for each in group)
        slices.append(Slice(name, len(group), ended, middle(responses), middle(resolutions), mean(scores)))
    return slices


def _phone(called: Sequence[CallTimes]) -> list[Slice]:
    if not called:
        return []
    answered = [(each, each.answered_at) for each in called if each.answered_at is not None]
    waits = [(at - each.started_at).total_seconds() for each, at in answered]
    lengths = [(each.ended_at - each.started_at).total_seconds() for each, _ in answered]
    return [Slice(PHONE, len(called), len(answered), middle(waits), middle(lengths), None)]


def _beginning(moment: datetime, step: str, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    if step == "day":
        return local.date().isoformat()
    return local.replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes")
