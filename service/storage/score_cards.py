"""Score cards: how supervisors judged hand-offs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from service.storage.tables import ConversationRow, HandoffRow, ScoreCardRow, StaffRow, insert_row, table

Q = table(ScoreCardRow).c
H = table(HandoffRow).c
C = table(ConversationRow).c


@dataclass(frozen=True)
class ScoreCard:
    """One judgement: criterion -> points."""

    handoff_id: int
    operator_id: int
    judge: str
    points: Mapping[str, int]
    comment: str
    scored_at: datetime


def keep(
    connection: Connection, handoff_id: int, operator_id: int, judge_id: int, points: Mapping[str, int], comment: str,
    now: datetime,
) -> None:  # fmt: skip
    """Keep a card; the judge's former one about this hand-off is replaced."""
    values = {"operator_id": operator_id, "points": dict(points), "comment": comment, "scored_at": now}
    mine = update(ScoreCardRow).where(Q.handoff_id == handoff_id, Q.judge_id == judge_id)
    if connection.execute(mine.values(values)).rowcount == 0:
        insert_row(connection, ScoreCardRow, {"handoff_id": handoff_id, "judge_id": judge_id, **values})


def cards(connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime) -> list[ScoreCard]:
    """The cards written in the period about conversations that meet `condition`, oldest first."""
    query = (
        select(table(ScoreCardRow), StaffRow.login)
        .join(HandoffRow, H.id == Q.handoff_id)
        .join(ConversationRow, C.id == H.conversation_id)
        .join(StaffRow, StaffRow.id == Q.judge_id)
        .where(Q.scored_at >= since, Q.scored_at < until, condition)
        .order_by(Q.scored_at, Q.id)
    )
    return [
        ScoreCard(row.handoff_id, row.operator_id, row.login, row.points, row.comment, row.scored_at)
        for row in connection.execute(query)
    ]
