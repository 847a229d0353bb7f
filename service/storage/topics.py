"""Topics found among what was not understood, and their messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from service.storage.tables import LogRow, TopicRow, insert_row, table

U = table(LogRow).c
T = table(TopicRow).c


def not_understood(connection: Connection, since: datetime, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """The newest messages out of scope, or too unsure to answer, that nobody has labelled and that have a vector."""
    query = (
        select(U.id, U.text, U.intent, U.vector, U.encoder, U.created_at)
        .where(
            U.state == "open", U.created_at >= since, U.vector.is_not(None), U.message_id.is_not(None),
            or_(~U.in_scope, U.decision.in_(("clarify", "handoff"))),
            or_(U.weak_label.is_(None), ~U.in_scope),
        )
        .order_by(U.id.desc())
        .limit(limit)
    )  # fmt: skip
    return list(connection.execute(query))


def clear(connection: Connection) -> None:
    """Forget the topics that nobody decided on."""
    connection.execute(update(LogRow).where(U.topic_id.is_not(None)).values(topic_id=None, topic_place=None))
    connection.execute(delete(TopicRow).where(T.state == "open"))


def add(connection: Connection, members: Sequence[int], values: Mapping[str, Any]) -> int:
    """Keep a topic with its messages, the most typical first."""
    topic = insert_row(connection, TopicRow, values)
    for place, member in enumerate(members):
        connection.execute(update(LogRow).where(U.id == member).values(topic_id=topic, topic_place=place))
    return topic


def open_topics(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Topics that nobody has decided on, largest first."""
    query = select(table(TopicRow)).where(T.state == "open").order_by(T.size.desc(), T.id)
    return list(connection.execute(query))


def messages_of(connection: Connection, topic_id: int, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """The messages of a topic that are not labelled yet, the most typical first."""
    query = (
        select(table(LogRow))
        .where(U.topic_id == topic_id, U.state == "open")
        .order_by(U.topic_place, U.id)
        .limit(limit)
    )
    return list(connection.execute(query))


def settle(connection: Connection, topic_id: int, how: str) -> bool:
    """Decide on an open topic; False when it is not open any more."""
    found = connection.execute(update(TopicRow).where(T.id == topic_id, T.state == "open").values(state=how))
    return found.rowcount == 1
