"""Those who wait, as assignment sees them: lean, so that ten thousand of them are read in a moment."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from service.domain.conversations import ConversationState
from service.domain.routes import AssignmentMode
from service.domain.waiting import Ageing
from service.storage.queue import queue_order
from service.storage.tables import ConversationRow, HandoffRow, StaffRow, table

C = table(ConversationRow).c
H = table(HandoffRow).c
S = table(StaffRow).c


@dataclass(frozen=True)
class WaitingRecord:
    """One who waits to be assigned."""

    conversation_id: int
    department: str
    language: str
    channel: str
    skill: str | None


def to_assign(connection: Connection, push_departments: Collection[str], ageing: Ageing) -> list[WaitingRecord]:
    """Who is to be assigned, in the order of the queue.

    The mode that the routing table gave holds in the department it gave it for; elsewhere the department's own does.
    """
    routed = H.routed_to == C.department
    push = or_(
        and_(routed, H.mode == AssignmentMode.PUSH.value),
        and_(or_(H.mode.is_(None), ~routed), C.department.in_(push_departments)),
    )
    query = (
        select(C.id, C.department, C.language, C.channel, H.skill, routed.label("routed"))
        .join(HandoffRow, (H.conversation_id == C.id) & H.ended_at.is_(None))
        .where(C.state == ConversationState.QUEUED.value, C.snoozed_until.is_(None), push)
        .order_by(*queue_order(ageing))
    )
    seen: dict[int, WaitingRecord] = {}
    for row in connection.execute(query):
        skill = row.skill if row.routed else None
        seen.setdefault(row.id, WaitingRecord(row.id, row.department, row.language, row.channel, skill))
    return list(seen.values())


def held_by(connection: Connection, operators: Collection[int]) -> list[tuple[int, int]]:
    """(conversation, operator) of everything these operators hold."""
    query = select(C.id, C.operator_id).where(C.state == ConversationState.OPERATOR.value, C.operator_id.in_(operators))
    return [(row[0], row[1]) for row in connection.execute(query.order_by(C.id))]


def held_by_the_departed(connection: Connection) -> list[tuple[int, int]]:
    """(conversation, operator) of what is held by those who don't work here any more."""
    query = (
        select(C.id, C.operator_id)
        .join(StaffRow, S.id == C.operator_id)
        .where(C.state == ConversationState.OPERATOR.value, S.disabled_at.is_not(None))
    )
    return [(row[0], row[1]) for row in connection.execute(query.order_by(C.id))]


def orphans(connection: Connection, departments: Collection[str]) -> list[int]:
    """Conversations that wait in a department that isn't there any more."""
    query = select(C.id).where(C.state == ConversationState.QUEUED.value, C.department.not_in(departments))
    return list(connection.execute(query.order_by(C.queued_at, C.id)).scalars())
