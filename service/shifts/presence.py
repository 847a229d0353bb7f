"""Presence: what operators say, what consoles and calls show, and what the worker makes of silence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.domain.presence import Presence, PresenceSpan, PresenceState
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.events import QUEUE_TOPIC
from service.office import Office
from service.policies.presence import has_vanished, worked_by_day
from service.shifts.rights import LEADERS, colleague, must_lead, must_serve
from service.storage import operators, presence
from service.storage.operators import OperatorRecord
from service.storage.staff import StaffMember, must_work

LONGEST_PERIOD_DAYS = 366


@dataclass(frozen=True)
class WorkedDay:
    """A local day and how many hours of it somebody was at work."""

    day: date
    hours: float


def presence_of(staff: StaffMember, office: Office) -> Presence:
    """What `staff` does now; offline for one who was never there."""
    must_serve(staff)
    with office.database.read() as connection:
        found = presence.get(connection, staff.id)
    return found or Presence(staff.id, PresenceState.OFFLINE, office.clock(), office.clock())


def set_presence(staff: StaffMember, office: Office, state: PresenceState, *, source: str = "console") -> Presence:
    """Say what `staff` does from now on. During a call the state is kept for after it, except offline."""
    must_serve(staff)

    def change(connection: Connection, before: Presence | None, now: datetime) -> Presence | None:
        in_call = operators.calls(connection, staff.id).get(staff.id, 0) > 0
        if in_call and state is PresenceState.ONLINE:
            return Presence(staff.id, PresenceState.ON_CALL, now, now, resume=state)
        resume = before.resume if before and in_call and state is PresenceState.ON_CALL else None
        return Presence(staff.id, state, now, now, resume=resume)

    return _change(staff.id, office, change, source, staff.id)


def heartbeat(staff: StaffMember, office: Office, *, source: str = "console") -> Presence:
    """A console of `staff` is there. One that had vanished is back in the state it vanished from."""
    must_serve(staff)

    def change(connection: Connection, before: Presence | None, now: datetime) -> Presence | None:
        if before is None:
            return Presence(staff.id, PresenceState.OFFLINE, now, now)
        if before.vanished and before.resume is not None:
            return Presence(staff.id, before.resume, now, now)
        presence.saw(connection, staff.id, now)
        return None

    return _change(staff.id, office, change, source, staff.id)


def start_call(operator_id: int, office: Office, key: str, *, actor: int | None = None) -> Presence:
    """The operator is on the phone; `key` is the call's own id, given again it changes nothing."""

    def change(connection: Connection, before: Presence | None, now: datetime) -> Presence | None:
        if not presence.begin_call(connection, operator_id, key, now):
            return None
        state = before.state if before else PresenceState.OFFLINE
        seen = before.seen_at if before else now
        resume = before.resume if before and state is PresenceState.ON_CALL else state
        return Presence(operator_id, PresenceState.ON_CALL, now, max(seen, now), resume=resume)

    return _change(operator_id, office, change, "call", actor)


def start_call_of(login: str, key: str, staff: StaffMember, office: Office) -> Presence:
    """The same by login, for a telephone system that signs in as a supervisor."""
    must_lead(staff, "report calls")
    with office.database.read() as connection:
        operator = colleague(operators.all_operators(connection), login, staff)
    return start_call(operator.id, office, key, actor=staff.id)


def end_call(office: Office, key: str) -> Presence | None:
    """The call is over; after the last one the state from before is back. None for an unknown or ended one."""
    with office.database.write() as connection:
        operator_id = presence.finish_call(connection, key, office.clock())
    if operator_id is None:
        return None

    def change(connection: Connection, before: Presence | None, now: datetime) -> Presence | None:
        still = operators.calls(connection, operator_id).get(operator_id, 0)
        if still or before is None or before.state is not PresenceState.ON_CALL:
            return None
        return Presence(operator_id, before.resume or PresenceState.ONLINE, now, max(before.seen_at, now))

    return _change(operator_id, office, change, "call")


def timeline(
    login: str, since: datetime, until: datetime, staff: StaffMember, office: Office
) -> tuple[PresenceSpan, ...]:
    """The stretches of a colleague's presence (or one's own) that touch the period, in order."""
    with office.database.read() as connection:
        operator = _may_look(connection, login, staff)
        return tuple(presence.spans(connection, [operator.id], since, until))


def worked_hours(login: str, first: date, last: date, staff: StaffMember, office: Office) -> tuple[WorkedDay, ...]:
    """Hours at work (online, busy, on a call) for each local day from `first` to `last`, zeros included."""
    if not 0 <= (last - first).days <= LONGEST_PERIOD_DAYS:
        raise InvalidInput(f"the period {first} to {last} must go forward and have at most {LONGEST_PERIOD_DAYS} days")
    zone = ZoneInfo(office.settings.staff_zone)
    since = datetime.combine(first, time(), tzinfo=zone)
    until = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    with office.database.read() as connection:
        operator = _may_look(connection, login, staff)
        spans = presence.spans(connection, [operator.id], since, until)
    hours = worked_by_day(spans, zone, office.clock())
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(WorkedDay(day, round(hours.get(day, 0.0), 4)) for day in days)


def mark_lost(office: Office) -> int:
    """Set those offline whose console has vanished; returns how many. For the worker."""
    now = office.clock()
    patience = office.settings.presence_lost_seconds
    with office.database.read() as connection:
        silent = presence.silent_since(connection, now - timedelta(seconds=patience))
    return sum(_mark_lost(operator_id, office, patience) for operator_id in silent)


def _mark_lost(operator_id: int, office: Office, patience: float) -> bool:
    lost = False

    def change(connection: Connection, before: Presence | None, now: datetime) -> Presence | None:
        nonlocal lost
        lost = False
        if before is None or before.state is PresenceState.OFFLINE:
            return None
        if not has_vanished(before.seen_at, now, patience) or operators.calls(connection, operator_id):
            return None  # a phone needs no console
        lost = True
        return replace(before, state=PresenceState.OFFLINE, since=now, resume=before.state, vanished=True)

    _change(operator_id, office, change, "worker")
    return lost


def _change(
    operator_id: int,
    office: Office,
    change: Callable[[Connection, Presence | None, datetime], Presence | None],
    source: str,
    actor: int | None = None,
) -> Presence:
    """One transaction: what is there, locked, and what comes after it (None: nothing changes).

    `actor` is who said so, if a person did: they must still work here.
    """
    for _ in range(3):
        now = office.clock()
        try:
            with office.database.write() as connection:
                if actor is not None:
                    must_work(connection, actor)
                before = presence.get(connection, operator_id, lock=True)
                after = change(connection, before, now)
                if after is None or (before is not None and _same(before, after)):
                    if after is not None:
                        presence.saw(connection, operator_id, now)
                    return before or Presence(operator_id, PresenceState.OFFLINE, now, now)
                presence.put(connection, after, source)
        except IntegrityError:
            _must_work_here(operator_id, office)
            continue  # somebody else wrote the first state, or the same call, a moment ago
        office.events.publish(QUEUE_TOPIC)
        return after
    raise Conflict("the presence was changed by somebody else at the same moment; try again")


def _same(before: Presence, after: Presence) -> bool:
    return (before.state, before.resume, before.vanished) == (after.state, after.resume, after.vanished)


def _must_work_here(operator_id: int, office: Office) -> None:
    with office.database.read() as connection:
        if operators.operator(connection, operator_id) is None:
            raise NotFound(f"there is no operator {operator_id}")


def _may_look(connection: Connection, login: str, staff: StaffMember) -> OperatorRecord:
    if login != staff.login and staff.role not in LEADERS:
        raise Forbidden("operators see their own hours; those of colleagues are for supervisors and administrators")
    return colleague(operators.all_operators(connection), login, staff)
