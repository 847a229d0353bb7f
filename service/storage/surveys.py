"""Clients' marks: who is to be asked, and what they said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ConversationState
from service.storage.tables import (
    ConversationRow,
    HandoffRow,
    IdentityRow,
    MessageRow,
    RatingRow,
    insert_row,
    table,
)

H = table(HandoffRow).c
C = table(ConversationRow).c
M = table(MessageRow).c
NOT_CLOSED = ("returned_to_bot", "cancelled_by_client", "transferred", "merged")


@dataclass(frozen=True)
class ClosedHandoff:
    """A closed request as the question about it needs it; `mood_score` is that of the client's last message."""

    id: int
    conversation_id: int
    department: str
    operator_id: int | None
    ended_at: datetime
    ended_how: str
    survey: str | None
    state: ConversationState
    wants_surveys: bool
    mood_score: float | None = None


def to_ask(connection: Connection, ended_after: datetime, limit: int = 100) -> list[int]:
    """Hand-offs that ended since then and that nobody has looked at yet, oldest first."""
    query = select(H.id).where(H.survey.is_(None), H.ended_at >= ended_after).order_by(H.ended_at, H.id).limit(limit)
    return list(connection.execute(query).scalars())


def closed(connection: Connection, handoff_id: int) -> ClosedHandoff | None:
    """A hand-off that has ended; None when there is no such one."""
    query = (
        select(
            H.id, H.conversation_id, H.department, H.taken_by, H.ended_at, H.ended_how, H.survey, C.state,
            IdentityRow.surveyed,
        )
        .join(ConversationRow, C.id == H.conversation_id)
        .join(IdentityRow, IdentityRow.id == C.identity_id)
        .where(H.id == handoff_id, H.ended_at.is_not(None))
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    last = select(M.understanding).where(M.conversation_id == row.conversation_id, M.author == "client")
    understood = connection.execute(last.order_by(M.seq.desc()).limit(1)).scalar_one_or_none() or {}
    return ClosedHandoff(
        row.id, row.conversation_id, row.department, row.taken_by, row.ended_at, row.ended_how or "", row.survey,
        ConversationState(row.state), row.surveyed, understood.get("mood_score"),
    )  # fmt: skip


def settle(connection: Connection, handoff_id: int, survey: str, *, before: str | None = None) -> bool:
    """What became of asking: asked, skipped, rated; False when it is not `before` any more (somebody was faster)."""
    mine = update(HandoffRow).where(H.id == handoff_id)
    mine = mine.where(H.survey.is_(None)) if before is None else mine.where(H.survey == before)
    return connection.execute(mine.values(survey=survey)).rowcount == 1


def rate(connection: Connection, handoff: ClosedHandoff, score: int, now: datetime) -> bool:
    """Keep the mark; False when there is one already: the first counts."""
    values = {
        "handoff_id": handoff.id, "conversation_id": handoff.conversation_id, "operator_id": handoff.operator_id,
        "department": handoff.department, "score": score, "rated_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, RatingRow, values)
    except IntegrityError:
        return False
    connection.execute(update(HandoffRow).where(H.id == handoff.id).values(survey="rated"))
    return True


def refuse(connection: Connection, identity_id: int) -> None:
    """This client is not asked again."""
    connection.execute(update(IdentityRow).where(IdentityRow.id == identity_id).values(surveyed=False))
