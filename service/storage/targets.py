"""Service targets, the clocks that run, and the alarms that were told."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.targets import Clock, HandoffTimes, Standing, Target, TargetRule
from service.storage.tables import (
    AlarmRow,
    ConversationRow,
    FactRow,
    HandoffRow,
    MessageRow,
    TargetRow,
    insert_row,
    table,
)

T = table(TargetRow).c
A = table(AlarmRow).c
C = table(ConversationRow).c
H = table(HandoffRow).c
M = table(MessageRow).c
F = table(FactRow).c
OPEN = (ConversationState.QUEUED.value, ConversationState.OPERATOR.value)


@dataclass(frozen=True)
class OpenHandoff:
    """A hand-off in progress with what its clocks need."""

    id: int
    conversation_id: int
    department: str
    priority: Priority
    state: ConversationState
    operator_id: int | None
    times: HandoffTimes


def all_targets(connection: Connection) -> tuple[TargetRule, ...]:
    """The owner's targets."""
    rows = connection.execute(select(table(TargetRow)).order_by(T.department, T.priority, T.id))
    return tuple(
        TargetRule(
            Target(row.first_minutes, row.next_minutes, row.resolution_minutes, row.warn_share),
            row.department,
            Priority(row.priority) if row.priority else None,
        )
        for row in rows
    )


def replace_targets(connection: Connection, rules: Sequence[TargetRule]) -> None:
    """These targets and no others."""
    connection.execute(delete(TargetRow))
    rows = [
        {
            "department": rule.department,
            "priority": rule.priority.value if rule.priority else None,
            "first_minutes": rule.target.first_minutes,
            "next_minutes": rule.target.next_minutes,
            "resolution_minutes": rule.target.resolution_minutes,
            "warn_share": rule.target.warn_share,
        }
        for rule in rules
    ]
    if rows:
        connection.execute(insert(table(TargetRow)), rows)


def open_handoffs(
    connection: Connection, condition: ColumnElement[bool], conversations: Collection[int] | None = None
) -> list[OpenHandoff]:
    """The hand-offs in progress of the conversations that meet `condition`."""
    last_reply = (
        select(func.coalesce(func.max(M.seq), 0))
        .where(M.conversation_id == C.id, M.author == "operator")
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    unanswered = (
        select(func.min(M.created_at))
        .where(M.conversation_id == C.id, M.author == "client", M.seq > last_reply, M.created_at >= H.created_at)
        .correlate(ConversationRow, HandoffRow)
        .scalar_subquery()
    )
    query = (
        select(
            H.id, H.conversation_id, C.department, C.priority, C.state, C.operator_id, H.created_at, H.first_reply_at,
            case((H.first_reply_at.is_(None), None), else_=unanswered).label("unanswered_since"),
        )
        .join(ConversationRow, C.id == H.conversation_id)
        .where(H.ended_at.is_(None), C.state.in_(OPEN), condition)
    )  # fmt: skip
    if conversations is not None:
        query = query.where(H.conversation_id.in_(conversations))
    rows = connection.execute(query.order_by(H.id)).all()
    snoozed = pauses(connection, [row.conversation_id for row in rows])
    return [_open_handoff(row, snoozed.get(row.conversation_id, ())) for row in rows]


def _open_handoff(row: Any, snoozed: Sequence[tuple[datetime, datetime]]) -> OpenHandoff:
    return OpenHandoff(
        id=row.id,
        conversation_id=row.conversation_id,
        department=row.department or "general",
        priority=Priority(row.priority),
        state=ConversationState(row.state),
        operator_id=row.operator_id,
        times=HandoffTimes(row.created_at, row.first_reply_at, row.unanswered_since, None, snoozed),
    )


def pauses(connection: Connection, conversations: Collection[int]) -> dict[int, tuple[tuple[datetime, datetime], ...]]:
    """Conversation -> when it was snoozed, from the facts `snoozed` (data: until) and `snooze_ended`."""
    query = (
        select(F.conversation_id, F.kind, F.data, F.created_at)
        .where(F.kind.in_(("snoozed", "snooze_ended")))
        .order_by(F.conversation_id, F.id)
    )
    if len(conversations) <= MANY:
        query = query.where(F.conversation_id.in_(conversations))
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in connection.execute(query):
        spans = found[row.conversation_id]
        if spans and spans[-1][1] > row.created_at:  # woken early, or snoozed anew
            spans[-1] = (spans[-1][0], row.created_at)
        if row.kind == "snoozed" and row.data.get("until"):
            spans.append((row.created_at, max(row.created_at, datetime.fromisoformat(row.data["until"]))))
    return {conversation: tuple(spans) for conversation, spans in found.items()}


MANY = 500
"""More than these are not listed one by one in a statement."""


def told(connection: Connection, condition: ColumnElement[bool]) -> set[tuple[int, Clock, Standing, datetime]]:
    """(hand-off, clock, kind, since) of the alarms about hand-offs in progress."""
    query = (
        select(A.handoff_id, A.clock, A.kind, A.since)
        .join(HandoffRow, H.id == A.handoff_id)
        .join(ConversationRow, C.id == A.conversation_id)
        .where(H.ended_at.is_(None), condition)
    )
    return {(row[0], Clock(row[1]), Standing(row[2]), row[3]) for row in connection.execute(query)}


def tell(
    connection: Connection, handoff: OpenHandoff, clock: Clock, kind: Standing, since: datetime, now: datetime
) -> bool:
    """Write an alarm down; False when somebody else has."""
    values = {
        "handoff_id": handoff.id, "conversation_id": handoff.conversation_id, "department": handoff.department,
        "clock": clock.value, "kind": kind.value, "since": since, "raised_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, AlarmRow, values)
    except IntegrityError:
        return False
    return True


def breaches_told(connection: Connection, handoff_id: int) -> int:
    """How many breaches of this hand-off were told."""
    query = select(func.count()).select_from(AlarmRow)
    return connection.execute(query.where(A.handoff_id == handoff_id, A.kind == Standing.BREACHED.value)).scalar_one()


def breaches_between(connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime) -> int:
    """Breaches told in the period for conversations that meet `condition`."""
    query = (
        select(func.count())
        .select_from(AlarmRow)
        .join(ConversationRow, C.id == A.conversation_id)
        .where(A.kind == Standing.BREACHED.value, A.raised_at >= since, A.raised_at < until, condition)
    )
    return connection.execute(query).scalar_one()
