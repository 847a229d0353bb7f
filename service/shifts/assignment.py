"""Automatic assignment, and giving back what an absent operator holds. For the worker."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service import outbox, texts
from service.acts import write_replies
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import Author, Reply
from service.domain.presence import Presence, PresenceState
from service.errors import Conflict, Unauthorized
from service.office import Office
from service.policies.assignment import Candidate, Waiting, assign, can_serve, has_room
from service.policies.routing import DEFAULT_DEPARTMENT
from service.releasing import announce_released, release
from service.shifts.routing import push_departments
from service.storage import conversations, departments, operators, presence, queue, records, waiting
from service.storage import staff as people
from service.storage.operators import OperatorRecord
from service.storage.waiting import WaitingRecord


def assign_waiting(office: Office) -> int:
    """Give those who wait in push departments to operators with room; returns how many got one.

    Computed on a snapshot without a lock; each pair is then checked again and written in a transaction of its own, so
    that several workers, and operators who take by hand, never give one conversation twice or fill anybody up.
    """
    with office.database.read() as connection:
        candidates = [each for each in candidates_now(connection, office) if each.state.takes_new]
        free = [each for each in candidates if each.load < each.capacity]
        if not free:
            return 0
        queued = waiting.to_assign(connection, push_departments(office), office.ageing())
    known = {each.conversation_id: each for each in queued}
    pairs = assign([_waiting(each, office) for each in queued], free)
    return sum(_give(known[conversation], operator, office) for conversation, operator in pairs)


def candidates_now(connection: Connection, office: Office) -> list[Candidate]:
    """Every operator who works here, with what they do and how much of their room is taken."""
    there = presence.everyone(connection)
    held, calls = operators.held(connection), operators.calls(connection)
    return [
        candidate(each, there.get(each.id), held.get(each.id, Counter()), calls.get(each.id, 0), office)
        for each in operators.all_operators(connection)
        if not each.disabled
    ]


def candidate(
    operator: OperatorRecord, found: Presence | None, held: Mapping[str, int], calls: int, office: Office
) -> Candidate:
    """An operator as the policy sees them."""
    load = sum(slots_of(channel, office) * number for channel, number in held.items())
    return Candidate(
        id=operator.id,
        departments=operator.departments,
        languages=operator.languages,
        skills=operator.skills,
        capacity=operator.capacity if operator.capacity is not None else office.settings.operator_capacity,
        load=load + calls * office.settings.call_slots,
        state=found.state if found else PresenceState.OFFLINE,
    )


def slots_of(channel: str, office: Office) -> float:
    """What one conversation of this channel takes of a capacity."""
    return office.settings.channel_slots.get(channel, 1.0)


def _waiting(record: WaitingRecord, office: Office) -> Waiting:
    slots = slots_of(record.channel, office)
    return Waiting(record.conversation_id, record.department, record.language, slots, record.skill)


def _give(record: WaitingRecord, operator_id: int, office: Office) -> bool:
    now = office.clock()
    wanted = _waiting(record, office)
    try:
        with office.database.write() as connection:
            people.must_work(connection, operator_id)  # the account stays as it is meanwhile
            found = presence.get(connection, operator_id, lock=True)  # the lock: one assignment to them at a time
            operator = operators.operator(connection, operator_id)
            if operator is None or operator.disabled or found is None or not found.state.takes_new:
                return False
            held = operators.held(connection, operator_id).get(operator_id, Counter())
            calls = operators.calls(connection, operator_id).get(operator_id, 0)
            able = candidate(operator, found, held, calls, office)
            conversation = conversations.get(connection, record.conversation_id, lock=True)
            if conversation.state is not ConversationState.QUEUED or conversation.department != record.department:
                return False
            if conversation.snoozed_until is not None:
                return False
            if not can_serve(able, wanted) or not has_room(able, able.load, wanted.slots):
                return False
            _hand_over(connection, conversation, operator, office, now)
    except (Conflict, Unauthorized):
        return False
    outbox.announce(record.conversation_id, office, (record.department,), (operator_id,))
    return True


def _hand_over(
    connection: Connection, conversation: ConversationView, operator: OperatorRecord, office: Office, now: datetime
) -> None:
    conversation_id = conversation.id or 0
    queue.change_open(connection, conversation_id, taken_at=now, taken_by=operator.id)
    said = texts.text("operator_joined", conversation.language, name=operator.name)
    _move(
        connection, conversation, Reply(said, author=Author.SYSTEM), office, now, "assigned",
        {"operator": operator.login}, state=ConversationState.OPERATOR.value, operator_id=operator.id,
        staff_seen_seq=conversation.last_seq, operator_seen_seq=conversation.last_seq, dialogue=None,
    )  # fmt: skip


def return_abandoned(office: Office) -> int:
    """Give back to the queue what is held by operators who are gone: offline for longer than the grace, or removed.

    The place in the queue is kept. Returns how many were given back.
    """
    now = office.clock()
    grace = timedelta(seconds=office.settings.presence_grace_seconds)
    with office.database.read() as connection:
        gone = [each.operator_id for each in presence.everyone(connection).values() if _is_gone(each, now, grace)]
        held = dict(waiting.held_by(connection, gone) if gone else ()) | dict(waiting.held_by_the_departed(connection))
    return sum(_return(conversation, operator, office) for conversation, operator in sorted(held.items()))


def _is_gone(found: Presence | None, now: datetime, grace: timedelta) -> bool:
    return found is not None and found.state is PresenceState.OFFLINE and now - found.since >= grace


def _return(conversation_id: int, operator_id: int, office: Office) -> bool:
    now = office.clock()
    grace = timedelta(seconds=office.settings.presence_grace_seconds)
    try:
        with office.database.write() as connection:
            found = presence.get(connection, operator_id, lock=True)
            operator = operators.operator(connection, operator_id)
            departed = operator is None or operator.disabled
            if not departed and not _is_gone(found, now, grace):
                return False  # back in the last moment
            released = release(
                connection, conversation_id, operator_id, office, now, actor="system",
                reason="removed" if departed else "offline",
            )  # fmt: skip
    except Conflict:
        return False
    announce_released(() if released is None else (released,), office)
    return released is not None


def rescue_orphans(office: Office) -> int:
    """Move those who wait where nobody serves them to the department that does, with their place; returns how many.

    Nobody waits in a closed department as long as everything goes through `departments.serving`; this mends what was
    written by hand.
    """
    with office.database.read() as connection:
        open_ones = [each.id for each in departments.all_departments(connection, with_closed=False)]
        lost = waiting.orphans(connection, open_ones) if open_ones else []
    return sum(_rescue(conversation_id, office) for conversation_id in lost)


def _rescue(conversation_id: int, office: Office) -> bool:
    now = office.clock()
    try:
        with office.database.write() as connection:
            conversation = conversations.get(connection, conversation_id, lock=True)
            meant = conversation.department or DEFAULT_DEPARTMENT
            home = departments.serving(connection, meant, DEFAULT_DEPARTMENT)
            if conversation.state is not ConversationState.QUEUED or home is None or home.id == meant:
                return False
            queue.change_open(connection, conversation_id, department=home.id, routed_to=None)
            data = {"from": meant, "to": home.id}
            _move(connection, conversation, None, office, now, "department_gone", data, department=home.id)
    except Conflict:
        return False
    outbox.announce(conversation_id, office, (meant, home.id))
    return True


def _move(
    connection: Connection, conversation: ConversationView, said: Reply | None, office: Office, now: datetime,
    fact: str, data: Mapping[str, object], **values: object,
) -> None:  # fmt: skip
    if said is not None:
        write_replies(connection, conversation, conversation.last_seq + 1, (said,), office, now)
    last = conversation.last_seq + (1 if said else 0)
    conversations.change(connection, conversation, last_seq=last, updated_at=now, **values)
    records.add_fact(connection, conversation.id or 0, fact, "system", dict(data), now)
