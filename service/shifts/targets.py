"""Service targets: set by supervisors, read for the list of conversations, watched by the worker."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, true

from service import outbox
from service.domain.intents import Priority
from service.domain.targets import Clock, Standing, Target, TargetRule
from service.errors import Conflict, InvalidInput, StaleTable
from service.events import QUEUE_TOPIC
from service.office import Office
from service.policies.sla import ClockReading, read_clocks, target_for, worst
from service.shifts.rights import must_lead, must_serve
from service.shifts.rows import repeated
from service.storage import conversations, queue, records
from service.storage import targets as storage
from service.storage.audit import record_audit
from service.storage.staff import StaffMember, must_work
from service.storage.targets import OpenHandoff
from service.storage.visibility import visible

SUPERVISORS_TOPIC = "supervisors"
"""Watched by the consoles of supervisors: a warning or breach was told."""
LONGEST_MINUTES = 60 * 24 * 90
MOST_TOLD = 100


@dataclass(frozen=True)
class SlaState:
    """How a conversation stands: the worst of its running clocks.

    `seconds_left` is working time until the target is missed, negative afterwards; `due_at` the moment on the clock,
    None when it lies beyond two months.
    """

    seconds_left: float
    state: Standing
    clock: Clock
    due_at: datetime | None


def list_targets(staff: StaffMember, office: Office) -> tuple[TargetRule, ...]:
    """The owner's targets; where none fits, `default_target` holds."""
    must_lead(staff, "see the targets")
    with office.database.read() as connection:
        return storage.all_targets(connection)


def save_targets(
    rules: Sequence[TargetRule], staff: StaffMember, office: Office, *, seen: Sequence[TargetRule] | None = None
) -> tuple[TargetRule, ...]:
    """Put these targets in the place of those there are; InvalidInput names the row (from 1).

    StaleTable when `seen` is given and the targets are others by now.
    """
    must_lead(staff, "change the targets")
    problems = [f"row {number}: {what}" for number, rule in enumerate(rules, 1) for what in _problems(rule, office)]
    problems += [
        f"row {number}: is for the same department and priority as row {first}"
        for number, first in repeated((rule.department, rule.priority) for rule in rules)
    ]
    if problems:
        raise InvalidInput("; ".join(problems[:10]))
    with office.database.write() as connection:
        must_lead(must_work(connection, staff.id), "change the targets")
        before = storage.all_targets(connection)
        if seen is not None and before != tuple(seen):
            raise StaleTable("somebody else has changed the targets; read them again")
        storage.replace_targets(connection, rules)
        saved = storage.all_targets(connection)
        data = {"before": [asdict(each) for each in before], "after": [asdict(each) for each in saved]}
        record_audit(connection, staff.login, "targets_saved", "targets", "all", data, office.clock())
    office.events.publish(QUEUE_TOPIC)
    return saved


def _problems(rule: TargetRule, office: Office) -> list[str]:
    found = []
    if rule.department is not None and rule.department not in office.rules_now().departments:
        found.append(f"there is no department {rule.department!r}")
    target = rule.target
    if not all(1 <= each <= LONGEST_MINUTES for each in _minutes(target)):
        found.append(f"targets are 1 to {LONGEST_MINUTES} minutes")
    if target.resolution_minutes < target.first_minutes:
        found.append("a resolution can't be due before the first reply")
    if not 0 < target.warn_share < 1:
        found.append("the warning comes after a share between 0 and 1 of the target")
    return found


def _minutes(target: Target) -> tuple[int, int, int]:
    return target.first_minutes, target.next_minutes, target.resolution_minutes


def default_target(priority: Priority, office: Office) -> Target:
    """The target of the settings: what clients are promised, and OTKLIK_SLA_*."""
    settings = office.settings
    first = office.reply_minutes[priority]
    longest = max(first, settings.sla_resolution_minutes)
    return Target(first, settings.sla_next_minutes, longest, settings.sla_warn_share)


def sla_of(conversation_ids: Collection[int], staff: StaffMember, office: Office) -> Mapping[int, SlaState]:
    """Conversation -> how it stands, for those of `conversation_ids` that wait or are served and may be seen."""
    must_serve(staff)
    if not conversation_ids:
        return {}
    with office.database.read() as connection:
        many = len(conversation_ids) > storage.MANY
        found = storage.open_handoffs(connection, visible(staff), None if many else conversation_ids)
        wanted = set(conversation_ids)
        read = read_all(connection, [each for each in found if each.conversation_id in wanted], office)
    states = ((handoff, worst(readings)) for handoff, readings in read)
    return {
        handoff.conversation_id: SlaState(shown.seconds_left, shown.standing, shown.clock, shown.due_at)
        for handoff, shown in states
        if shown is not None
    }


def read_all(
    connection: Connection, handoffs: Collection[OpenHandoff], office: Office
) -> list[tuple[OpenHandoff, tuple[ClockReading, ...]]]:
    """Every hand-off with its running clocks."""
    now = office.clock()
    rules = storage.all_targets(connection)
    calendars = {
        department: office.shift_book.calendar(connection, department, now)
        for department in {each.department for each in handoffs}
    }
    read = []
    for each in handoffs:
        target = target_for(rules, each.department, each.priority, default_target(each.priority, office))
        read.append((each, read_clocks(each.times, target, calendars[each.department], now)))
    return read


def watch_clocks(office: Office) -> int:
    """Tell every warning and breach once, whoever notices it; returns how many were told. For the worker.

    At most MOST_TOLD a call, so that the worker's other pieces get their turn; the rest are told by the next one.

    Each is a fact and an event; the first breach of a hand-off raises its priority by one. A clock whose breach was
    told needs no warning any more.
    """
    with office.database.read() as connection:
        read = read_all(connection, storage.open_handoffs(connection, true()), office)
        told = storage.told(connection, true())
    number = 0
    for handoff, readings in read:
        for reading in readings:
            key = (handoff.id, reading.clock, reading.standing, reading.since)
            if reading.standing is Standing.OK or key in told:
                continue
            if number >= MOST_TOLD:
                return number
            number += _tell(handoff, reading, office)
    return number


def _tell(handoff: OpenHandoff, reading: ClockReading, office: Office) -> bool:
    now = office.clock()
    try:
        with office.database.write() as connection:
            view = conversations.get(connection, handoff.conversation_id, lock=True)
            if not storage.tell(connection, handoff, reading.clock, reading.standing, reading.since, now):
                return False
            data = {
                "clock": reading.clock.value, "target_seconds": reading.target_seconds,
                "elapsed_seconds": round(reading.elapsed_seconds, 1), "department": handoff.department,
                "operator": handoff.operator_id,
            }  # fmt: skip
            breached = reading.standing is Standing.BREACHED
            if breached and storage.breaches_told(connection, handoff.id) == 1 and view.state in storage.OPEN:
                raised = view.priority.moved(1)
                data["priority"] = raised.value
                if raised is not view.priority:
                    conversations.change(connection, view, priority=raised.value, updated_at=now)
                    queue.change_open(connection, handoff.conversation_id, priority=raised.value)
            kind = "sla_breached" if breached else "sla_warning"
            records.add_fact(connection, handoff.conversation_id, kind, "system", data, now)
    except Conflict:
        return False  # looked at again in a moment
    outbox.announce(handoff.conversation_id, office, (handoff.department,), (handoff.operator_id,))
    office.events.publish(SUPERVISORS_TOPIC)
    return True
