"""Hand-offs and the queue of those who wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select, update

from service.domain.conversations import ConversationState
from service.domain.decisions import HandOff
from service.domain.intents import Priority
from service.domain.waiting import Ageing
from service.storage.tables import ClientRow, ConversationRow, HandoffRow, MessageRow, StaffRow, insert_row, table

C = table(ConversationRow).c
H = table(HandoffRow).c
M = table(MessageRow).c
_URGENCY = case({priority.value: priority.rank for priority in Priority}, value=C.priority)


@dataclass(frozen=True)
class QueueEntry:
    """A conversation that waits for a person or is with one, as the staff's list shows it."""

    conversation_id: int
    state: ConversationState
    channel: str
    language: str
    client_name: str | None
    department: str
    priority: Priority
    reason: str
    intent: str | None
    summary: dict[str, Any]
    queued_at: datetime
    operator: str | None
    last_text: str
    last_at: datetime
    unread: int


def open_handoff(
    connection: Connection, conversation_id: int, decision: HandOff, summary: dict[str, Any], now: datetime
) -> None:
    """Record a new hand-off."""
    values = {
        "conversation_id": conversation_id,
        "department": decision.department,
        "priority": decision.priority.value,
        "reason": decision.reason.value,
        "intent": decision.intent,
        "summary": summary,
        "created_at": now,
        "routed_to": decision.department,
        "mode": decision.mode,
        "skill": decision.skill,
    }
    insert_row(connection, HandoffRow, values)


def change_open(connection: Connection, conversation_id: int, **values: Any) -> None:
    """Change the hand-off in progress (taken, first reply, ended, raised)."""
    connection.execute(
        update(HandoffRow).where(H.conversation_id == conversation_id, H.ended_at.is_(None)).values(**values)
    )


def note_first_reply(connection: Connection, conversation_id: int, now: datetime) -> None:
    """Stop the first-response clock, once."""
    connection.execute(
        update(HandoffRow)
        .where(H.conversation_id == conversation_id, H.ended_at.is_(None), H.first_reply_at.is_(None))
        .values(first_reply_at=now)
    )


def open_summary(connection: Connection, conversation_id: int) -> dict[str, Any] | None:
    """The hand-off in progress with its summary; None when nobody was asked in."""
    query = (
        select(table(HandoffRow))
        .where(H.conversation_id == conversation_id, H.ended_at.is_(None))
        .order_by(H.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return dict(row._mapping) if row is not None else None


def begun(connection: Connection, conversation_id: int) -> tuple[datetime | None, datetime | None]:
    """When the hand-off in progress began, and when the one before it ended; None where there is none."""
    query = select(func.max(case((H.ended_at.is_(None), H.created_at))), func.max(H.ended_at)).where(
        H.conversation_id == conversation_id
    )
    now, before = connection.execute(query).one()
    return now, before


def urgency(ageing: Ageing | None) -> ColumnElement[int]:
    """The rank that orders the queue: `policies.routing.aged_priority` as SQL; without ageing the priority's own."""
    if ageing is None or ageing.step_minutes <= 0:
        return _URGENCY
    top = len(Priority) - 1
    steps = []
    for number in range(top, 0, -1):
        waited = C.queued_at <= ageing.now - timedelta(minutes=number * ageing.step_minutes)
        steps += [(and_(waited, _URGENCY + number >= top), top), (waited, _URGENCY + number)]
    return case(*steps, else_=_URGENCY)


def queue_order(ageing: Ageing | None) -> tuple[ColumnElement[Any], ...]:
    """The one order in which people wait: priority (aged), then who waits longest."""
    return urgency(ageing).desc(), C.queued_at, C.id


def position(connection: Connection, conversation_id: int, ageing: Ageing | None = None) -> int | None:
    """Place in the department's queue from 1; None when the conversation does not wait."""
    rank = urgency(ageing)
    mine = connection.execute(
        select(C.department, rank.label("urgency"), C.queued_at).where(
            C.id == conversation_id, C.state == ConversationState.QUEUED
        )
    ).one_or_none()
    if mine is None:
        return None
    ahead = connection.execute(
        select(func.count())
        .select_from(ConversationRow)
        .where(
            C.state == ConversationState.QUEUED,
            C.department == mine.department,
            (rank > mine.urgency)
            | ((rank == mine.urgency) & (C.queued_at < mine.queued_at))
            | ((rank == mine.urgency) & (C.queued_at == mine.queued_at) & (C.id < conversation_id)),
        )
    ).scalar_one()
    return int(ahead) + 1


def entries(
    connection: Connection,
    departments: Sequence[str],
    states: Sequence[ConversationState],
    limit: int = 100,
    offset: int = 0,
    ageing: Ageing | None = None,
) -> list[QueueEntry]:
    """Conversations of these departments in these states, most urgent (by `ageing`) and longest waiting first."""
    query = _entries_query(ageing).where(C.department.in_(departments), C.state.in_([state.value for state in states]))
    rows = connection.execute(query.limit(limit).offset(offset))
    return [
        QueueEntry(
            conversation_id=row.id,
            state=ConversationState(row.state),
            channel=row.channel,
            language=row.language,
            client_name=row.client_name,
            department=row.department,
            priority=Priority(row.priority),
            reason=row.reason,
            intent=row.intent,
            summary=row.summary,
            queued_at=row.queued_at,
            operator=row.operator,
            last_text=row.last_text or "",
            last_at=row.last_at,
            unread=row.unread,
        )
        for row in rows
    ]


def _entries_query(ageing: Ageing | None) -> Select[Any]:
    unread = (
        select(func.count())
        .select_from(MessageRow)
        .where(M.conversation_id == C.id, M.author == "client", M.seq > C.operator_seen_seq)
        .scalar_subquery()
    )
    last = table(MessageRow).alias("last_message")
    newest_client = select(func.max(M.seq)).where(M.conversation_id == C.id, M.author == "client").scalar_subquery()
    handoff = (
        select(func.max(H.id))
        .where(H.conversation_id == C.id, H.ended_at.is_(None))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    return (
        select(
            C.id, C.state, C.channel, C.language, C.department, C.priority, C.queued_at,
            ClientRow.name.label("client_name"), StaffRow.name.label("operator"),
            H.reason, H.intent, H.summary,
            last.c.text.label("last_text"), last.c.created_at.label("last_at"), unread.label("unread"),
        )
        .join(ClientRow, ClientRow.id == C.client_id)
        .join(HandoffRow, H.id == handoff)
        .outerjoin(StaffRow, StaffRow.id == C.operator_id)
        .outerjoin(last, (last.c.conversation_id == C.id) & (last.c.seq == newest_client))
        .order_by(*queue_order(ageing))
    )  # fmt: skip


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """(department, state) -> conversations, for the metrics."""
    query = (
        select(C.department, C.state, func.count())
        .where(C.state.in_((ConversationState.QUEUED, ConversationState.OPERATOR)))
        .group_by(C.department, C.state)
    )
    return {(row[0] or "general", row[1]): row[2] for row in connection.execute(query)}


def operator_of(connection: Connection, conversation_id: int) -> int | None:
    """The id of the operator who holds the conversation."""
    return connection.execute(select(C.operator_id).where(C.id == conversation_id)).scalar_one_or_none()


def with_bot(state: ConversationState) -> dict[str, Any]:
    """The columns of a conversation that no person has any more."""
    return {
        "state": state.value, "operator_id": None, "queued_at": None, "clarifications": 0, "repeats": 0,
        "dialogue": None, "last_article": None, "told_waiting": False, "waiting_since": None, "answer_due_at": None,
        "held_by": None, "snoozed_until": None,
    }  # fmt: skip
