"""What clients ask and how well articles answer it, by intent."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, or_, select

from service.storage.tables import ArticleVersionRow, LogRow, OutcomeRow, PastReplyRow, table

U = table(LogRow).c
O = table(OutcomeRow).c  # noqa: E741 - an outcome, not a zero
P = table(PastReplyRow).c
V = table(ArticleVersionRow).c
WEAK_SCORE: Final = 0.5


def asked(connection: Connection, since: datetime) -> list[Row[*tuple[Any, ...]]]:
    """intent, asked, weak (no article, or a low score), rejected (by operators), best_article; of messages in scope."""
    rejected = (
        select(O.message_id)
        .where(O.outcome.in_(("rejected", "ignored")), or_(O.kind == "article", O.kind.is_(None)))
        .distinct()
        .subquery()
    )
    weak = or_(U.article.is_(None), U.article_score < WEAK_SCORE)
    query = (
        select(
            U.intent,
            func.count().label("asked"),
            func.sum(case((weak, 1), else_=0)).label("weak"),
            func.sum(case((~weak & rejected.c.message_id.is_not(None), 1), else_=0)).label("rejected"),
            func.max(U.article).label("best_article"),
        )
        .select_from(LogRow)
        .outerjoin(rejected, rejected.c.message_id == U.message_id)
        .where(U.created_at >= since, U.message_id.is_not(None), U.in_scope, U.intent.is_not(None))
        .group_by(U.intent)
        .order_by(U.intent)
    )
    return list(connection.execute(query))


def questions(connection: Connection, intent: str, language: str, since: datetime, limit: int) -> list[str]:
    """What clients wrote about it lately, masked, each text once."""
    newest = (
        select(func.max(U.id))
        .where(U.intent == intent, U.language == language, U.created_at >= since, U.in_scope)
        .group_by(U.likeness)
    )
    query = select(U.text).where(U.id.in_(newest)).order_by(U.id.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def replies(connection: Connection, intent: str, language: str, limit: int) -> list[str]:
    """What operators replied about it most often."""
    query = (
        select(P.reply)
        .where(P.intent == intent, P.language == language)
        .order_by((P.given - P.rejected).desc(), P.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def free_id(connection: Connection, wanted: str, language: str) -> str:
    """`wanted`, or with a number behind it when there is such an article."""
    taken = set(connection.execute(select(V.article_id).where(V.article_id.startswith(wanted))).scalars())
    name, number = f"{wanted}-draft", 2
    while name in taken:
        name, number = f"{wanted}-draft-{number}", number + 1
    return name
