"""Articles as they are served, and their versions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.storage import records
from service.storage.tables import ArticleRow, ArticleVersionRow, insert_row, table

A = table(ArticleRow).c
V = table(ArticleVersionRow).c
FACTS = "knowledge_facts"

Key = tuple[str, str]
"""Article id and language."""


@dataclass(frozen=True)
class Served:
    """An article as it is served: the hash of what the last import brought (None: written here), its version."""

    content: dict[str, Any]
    imported_hash: str | None
    version: int | None


@dataclass(frozen=True)
class Version:
    """One version of an article. `content` is None while the source does not read as an article.

    `changed_by` and `changed_at`: who published or withdrew it last. `serving`: this is what clients get now.
    """

    article_id: str
    language: str
    number: int
    state: str
    title: str | None
    source: str
    content: dict[str, Any] | None
    author: str
    comment: str | None
    created_at: datetime
    changed_at: datetime
    changed_by: str
    serving: bool = False


def hash_content(content: Mapping[str, Any]) -> str:
    """Equal for articles that read the same."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def content_of(connection: Connection, article_id: str, language: str) -> dict[str, Any] | None:
    """The article as it is served now; None when it isn't."""
    query = select(A.content).where(A.id == article_id, A.language == language)
    return connection.execute(query).scalar_one_or_none()


def all_served(connection: Connection) -> dict[Key, Served]:
    """Everything that is served."""
    query = select(table(ArticleRow)).order_by(A.id, A.language)
    return {
        (row.id, row.language): Served(row.content, row.imported_hash, row.version) for row in connection.execute(query)
    }


def lock(connection: Connection) -> None:
    """Wait until nobody else changes the knowledge base; edits are rare and short."""
    if records.get_note(connection, records.KNOWLEDGE_VERSION) is None:
        records.keep_first_note(connection, records.KNOWLEDGE_VERSION, "")
    records.touch_note(connection, records.KNOWLEDGE_VERSION)


def serve(
    connection: Connection, key: Key, content: dict[str, Any], version: int, now: datetime,
    imported_hash: str | None,
) -> None:  # fmt: skip
    """Serve this content from now on, in place of what was there."""
    values = {"content": content, "version": version, "updated_at": now, "imported_hash": imported_hash}
    mine = update(ArticleRow).where(A.id == key[0], A.language == key[1])
    if connection.execute(mine.values(**values)).rowcount == 0:
        connection.execute(insert(table(ArticleRow)).values(id=key[0], language=key[1], **values))


def stop_serving(connection: Connection, key: Key) -> None:
    """Not served any more."""
    connection.execute(delete(ArticleRow).where(A.id == key[0], A.language == key[1]))


def sum_up(connection: Connection) -> str:
    """Write the version of the whole knowledge base (a hash of its content); running processes notice it."""
    contents = [each.content for each in all_served(connection).values()]
    version = hashlib.sha256(json.dumps(contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    records.set_note(connection, records.KNOWLEDGE_VERSION, version)
    return version


_ALL: Select[Any] = select(table(ArticleVersionRow), A.version.label("served")).outerjoin(
    ArticleRow, (A.id == V.article_id) & (A.language == V.language)
)


def mark(connection: Connection) -> str:
    """Another word whenever an article or a version was written or changed."""
    last, changed = connection.execute(select(func.max(V.id), func.max(V.changed_at))).one()
    return f"{records.get_note(connection, records.KNOWLEDGE_VERSION)} {last} {changed}"


def latest_versions(connection: Connection, keys: Sequence[Key] | None = None) -> dict[Key, Version]:
    """The newest version of each article."""
    newest = select(func.max(V.id)).group_by(V.article_id, V.language)
    found = (_version(row) for row in connection.execute(_ALL.where(V.id.in_(newest)).order_by(V.article_id)))
    latest = {(each.article_id, each.language): each for each in found}
    return latest if keys is None else {key: latest[key] for key in keys if key in latest}


def versions_of(connection: Connection, key: Key) -> list[Version]:
    """Every version of one article, newest first."""
    query = _ALL.where(V.article_id == key[0], V.language == key[1]).order_by(V.number.desc())
    return [_version(row) for row in connection.execute(query)]


def get_version(connection: Connection, key: Key, number: int) -> Version | None:
    """One version."""
    query = _ALL.where(V.article_id == key[0], V.language == key[1], V.number == number)
    row = connection.execute(query).one_or_none()
    return _version(row) if row is not None else None


def latest(connection: Connection, key: Key) -> Version | None:
    """The newest version of one article."""
    query = _ALL.where(V.article_id == key[0], V.language == key[1]).order_by(V.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _version(row) if row is not None else None


def add_version(
    connection: Connection, key: Key, number: int, *, state: str, source: str, content: dict[str, Any] | None,
    author: str, comment: str | None, now: datetime,
) -> None:  # fmt: skip
    """Write a version; Conflict when somebody wrote the same number at the same moment."""
    values = {
        "article_id": key[0], "language": key[1], "number": number, "state": state, "source": source,
        "content": content, "title": str(content["title"])[:300] if content else None, "author": author,
        "comment": comment, "created_at": now, "changed_at": now, "changed_by": author,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, ArticleVersionRow, values)
    except IntegrityError as error:
        raise Conflict(f"version {number} of the article {key[0]} was just written by somebody else") from error


def add_versions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write many versions at once; the numbers are free."""
    if rows:
        connection.execute(insert(table(ArticleVersionRow)), rows)


def change_version(connection: Connection, key: Key, number: int, now: datetime, by: str, **values: Any) -> None:
    """Change the state of a version, or what its source reads as today."""
    mine = update(ArticleVersionRow).where(V.article_id == key[0], V.language == key[1], V.number == number)
    connection.execute(mine.values(changed_at=now, changed_by=by, **values))


def _version(row: Row[Any]) -> Version:
    return Version(
        article_id=row.article_id,
        language=row.language,
        number=row.number,
        state=row.state,
        title=row.title,
        source=row.source,
        content=row.content,
        author=row.author,
        comment=row.comment,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        serving=row.served == row.number,
    )
