"""What supervisors count: hand-offs of a period with what became of them, as far as one may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.storage import links
from service.storage.tables import (
    AccountLinkRow,
    ClientRow,
    ConversationRow,
    HandoffRow,
    MessageRow,
    OutcomeRow,
    RatingRow,
    table,
)

C = table(ConversationRow).c
H = table(HandoffRow).c
M = table(MessageRow).c
R = table(RatingRow).c
O = table(OutcomeRow).c  # noqa: E741 - as everywhere: the table's first letter
_SEGMENT = func.coalesce(table(AccountLinkRow).c.segment, table(ClientRow).c.segment).label("segment")
"""The bank's word for a linked client; of one whose link has ended nothing is known any more."""


@dataclass(frozen=True)
class HandoffRecord:
    """One hand-off as the reports need it."""

    id: int
    conversation_id: int
    channel: str
    segment: str | None
    department: str
    priority: Priority
    intent: str | None
    operator_id: int | None
    created_at: datetime
    taken_at: datetime | None
    first_reply_at: datetime | None
    ended_at: datetime | None
    ended_how: str | None
    score: int | None


def _handoffs(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            H.id, H.conversation_id, C.channel, _SEGMENT, H.department, H.priority, H.intent, H.taken_by,
            H.created_at, H.taken_at, H.first_reply_at, H.ended_at, H.ended_how, R.score,
        )
        .join(ConversationRow, C.id == H.conversation_id)
        .join(ClientRow, ClientRow.id == C.client_id)
        .outerjoin(AccountLinkRow, links.is_active(C.identity_id))
        .outerjoin(RatingRow, R.handoff_id == H.id)
        .where(condition)
    )  # fmt: skip


def begun_between(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> list[HandoffRecord]:
    """Hand-offs that were asked for in the period, in order."""
    query = _handoffs(condition).where(H.created_at >= since, H.created_at < until).order_by(H.created_at, H.id)
    return [_record(row) for row in connection.execute(query)]


def ended_between(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> list[HandoffRecord]:
    """Hand-offs that ended in the period, in order."""
    query = _handoffs(condition).where(H.ended_at >= since, H.ended_at < until).order_by(H.ended_at, H.id)
    return [_record(row) for row in connection.execute(query)]


def one(connection: Connection, condition: ColumnElement[bool], handoff_id: int) -> HandoffRecord | None:
    """A hand-off by its id, if it meets `condition`."""
    row = connection.execute(_handoffs(condition).where(H.id == handoff_id)).one_or_none()
    return _record(row) if row is not None else None


def _record(row: Row[Any]) -> HandoffRecord:
    return HandoffRecord(
        row.id, row.conversation_id, row.channel, row.segment, row.department, Priority(row.priority), row.intent,
        row.taken_by, row.created_at, row.taken_at, row.first_reply_at, row.ended_at, row.ended_how, row.score,
    )  # fmt: skip


def waiting_now(
    connection: Connection, condition: ColumnElement[bool]
) -> list[tuple[str, Priority, int, datetime | None]]:
    """(department, priority, how many wait, since when the first of them does)."""
    query = (
        select(C.department, C.priority, func.count(), func.min(C.queued_at))
        .where(C.state == ConversationState.QUEUED.value, condition)
        .group_by(C.department, C.priority)
    )
    return [(row[0] or "general", Priority(row[1]), row[2], row[3]) for row in connection.execute(query)]


def held_now(connection: Connection, condition: ColumnElement[bool]) -> dict[int, int]:
    """Operator -> conversations they hold, of those that meet `condition`."""
    query = (
        select(C.operator_id, func.count())
        .where(C.state == ConversationState.OPERATOR.value, C.operator_id.is_not(None), condition)
        .group_by(C.operator_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def conversations_between(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> tuple[int, int]:
    """(conversations in which a client wrote in the period, those of them that were handed to people in it)."""
    wrote = (
        select(M.conversation_id)
        .join(ConversationRow, C.id == M.conversation_id)
        .where(M.author == "client", M.created_at >= since, M.created_at < until, condition)
        .distinct()
        .subquery()
    )
    handed = (
        select(H.conversation_id).where(H.created_at < until, H.ended_at.is_(None) | (H.ended_at >= since)).subquery()
    )
    everyone = connection.execute(select(func.count()).select_from(wrote)).scalar_one()
    with_people = connection.execute(
        select(func.count()).select_from(wrote).where(wrote.c.conversation_id.in_(select(handed.c.conversation_id)))
    ).scalar_one()
    return everyone, with_people


def first_written(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> tuple[dict[str, datetime], int]:
    """Hash of a proved phone -> the first message of the period of whoever proved it; and how many conversations were
    written in of which no phone is known."""
    last = links.last_proved()
    query = (
        select(C.id, last.c.phone_index, func.min(M.created_at))
        .join(ConversationRow, C.id == M.conversation_id)
        .outerjoin(last, last.c.identity_id == C.identity_id)
        .where(M.author == "client", M.created_at >= since, M.created_at < until, condition)
        .group_by(C.id, last.c.phone_index)
    )
    first: dict[str, datetime] = {}
    unknown = 0
    for _, phone, at in connection.execute(query):
        if phone is None:
            unknown += 1
        else:
            first[phone] = min(at, first.get(phone, at))
    return first, unknown


def suggestion_outcomes(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> Mapping[int, tuple[int, int]]:
    """Operator -> (offers accepted as they were or edited, offers decided about, those passed over included).

    An offer of which one suggestion was rejected and another one sent counts once.
    """
    used = case((O.outcome.in_(("accepted", "edited")), O.offer_id))
    query = (
        select(O.staff_id, func.count(used.distinct()), func.count(O.offer_id.distinct()))
        .join(ConversationRow, C.id == O.conversation_id)
        .where(O.created_at >= since, O.created_at < until, condition)
        .group_by(O.staff_id)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}
