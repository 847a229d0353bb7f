"""Small durable things: articles, facts of conversations, notes the service keeps for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.storage.tables import ArticleRow, FactRow, NoteRow, table

KNOWLEDGE_VERSION = "knowledge_version"
SIGNING_KEY = "signing_key"


def replace_articles(connection: Connection, articles: Sequence[dict[str, Any]], version: str, now: datetime) -> None:
    """All articles at once: those given and no others; readers see the old set or the new one."""
    connection.execute(delete(ArticleRow))
    if articles:
        rows = [{"id": a["id"], "language": a["language"], "content": a, "updated_at": now} for a in articles]
        connection.execute(insert(table(ArticleRow)), rows)
    set_note(connection, KNOWLEDGE_VERSION, version)


def all_articles(connection: Connection) -> list[dict[str, Any]]:
    """The content of every article, in a stable order."""
    query = select(ArticleRow.content).order_by(ArticleRow.id, ArticleRow.language)
    return list(connection.execute(query).scalars())


def add_fact(
    connection: Connection, conversation_id: int, kind: str, actor: str, data: dict[str, Any], now: datetime,
    *, seq: int | None = None,
) -> None:  # fmt: skip
    """Write down what happened; facts are never changed. `seq` is the last message before it."""
    connection.execute(
        insert(table(FactRow)).values(
            conversation_id=conversation_id, kind=kind, actor=actor, data=data, seq=seq, created_at=now
        )
    )


@dataclass(frozen=True)
class Fact:
    """Something that happened: what, by whom, and more of it."""

    kind: str
    actor: str
    data: dict[str, Any]


def last_fact(connection: Connection, conversation_id: int) -> Fact | None:
    """The newest fact of a conversation; None when nothing has happened in it."""
    F = table(FactRow).c
    query = select(F.kind, F.actor, F.data).where(F.conversation_id == conversation_id).order_by(F.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Fact(row.kind, row.actor, row.data) if row is not None else None


_NOTE = select(NoteRow.value).where(NoteRow.key == bindparam("key"))


def get_note(connection: Connection, key: str) -> str | None:
    """A kept value, or None."""
    return connection.execute(_NOTE, {"key": key}).scalar_one_or_none()


def set_note(connection: Connection, key: str, value: str) -> None:
    """Keep a value under `key`, in place of the former one."""
    if connection.execute(update(NoteRow).where(NoteRow.key == key).values(value=value)).rowcount == 0:
        connection.execute(insert(table(NoteRow)).values(key=key, value=value))


def keep_first_note(connection: Connection, key: str, value: str) -> str:
    """Keep `value` unless there is one already; returns the one that is kept."""
    kept = get_note(connection, key)
    if kept is not None:
        return kept
    try:
        with connection.begin_nested():
            connection.execute(insert(table(NoteRow)).values(key=key, value=value))
    except IntegrityError:
        return get_note(connection, key) or value
    return value


def touch_note(connection: Connection, key: str) -> None:
    """Wait for others who are changing this note, and make those who come wait until the transaction ends."""
    connection.execute(update(NoteRow).where(NoteRow.key == key).values(value=NoteRow.value))


def move_note(connection: Connection, key: str, before: str, after: str) -> bool:
    """Compare-and-set: change the note from `before` to `after`; False when it is something else by now."""
    mine = update(NoteRow).where(NoteRow.key == key, NoteRow.value == before)
    return connection.execute(mine.values(value=after)).rowcount == 1
