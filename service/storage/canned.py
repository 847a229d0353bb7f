"""Canned replies: everybody's, and each operator's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.storage.tables import CannedReplyRow, insert_row, table

R = table(CannedReplyRow).c
SHARED = "shared"


@dataclass(frozen=True)
class CannedReply:
    """A ready reply under a shortcut. `owner` is the operator whose own it is, None for everybody's.

    `department` None: of all departments. `version` grows with each change and guards against lost ones.
    """

    id: int
    shortcut: str
    title: str
    text: dict[str, str]
    department: str | None
    tags: tuple[str, ...]
    owner: int | None
    author: str
    version: int
    updated_at: datetime


def scope_of(owner: int | None) -> str:
    """Shortcuts are unique within a scope: the shared one, or an operator's own."""
    return SHARED if owner is None else f"staff/{owner}"


def of_scopes(connection: Connection, *owners: int | None) -> list[CannedReply]:
    """The replies of these owners (None: everybody's), by shortcut."""
    scopes = [scope_of(owner) for owner in owners]
    query = select(table(CannedReplyRow)).where(R.scope.in_(scopes)).order_by(R.shortcut, R.id)
    return [_canned(row) for row in connection.execute(query)]


def get(connection: Connection, canned_id: int) -> CannedReply | None:
    """One of them."""
    row = connection.execute(select(table(CannedReplyRow)).where(R.id == canned_id)).one_or_none()
    return _canned(row) if row is not None else None


def add(connection: Connection, owner: int | None, author: str, values: dict[str, Any], now: datetime) -> int:
    """A new one; Conflict when the shortcut is taken."""
    fixed = {"scope": scope_of(owner), "author": author, "version": 1, "created_at": now, "updated_at": now}
    with _taken(values["shortcut"]):
        return insert_row(connection, CannedReplyRow, values | fixed)


def change(connection: Connection, canned_id: int, version: int, author: str, values: dict[str, Any],
           now: datetime) -> bool:  # fmt: skip
    """Compare-and-set on `version`; False when it was changed meanwhile, Conflict when the shortcut is taken."""
    mine = update(CannedReplyRow).where(R.id == canned_id, R.version == version)
    with _taken(values["shortcut"]):
        changed = mine.values(**values, author=author, version=version + 1, updated_at=now)
        return connection.execute(changed).rowcount == 1


def remove(connection: Connection, canned_id: int) -> bool:
    """Delete one; False when it is gone already."""
    return connection.execute(delete(CannedReplyRow).where(R.id == canned_id)).rowcount == 1


@contextmanager
def _taken(shortcut: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            f"the shortcut {shortcut} is taken; choose another one", reason="shortcut_taken", shortcut=shortcut
        ) from error


def _canned(row: Row[Any]) -> CannedReply:
    scope, _, owner = row.scope.partition("/")
    return CannedReply(
        id=row.id,
        shortcut=row.shortcut,
        title=row.title,
        text={language: text for language, text in (("ru", row.text_ru), ("en", row.text_en)) if text},
        department=row.department,
        tags=tuple(row.tags),
        owner=int(owner) if scope == "staff" else None,
        author=row.author,
        version=row.version,
        updated_at=row.updated_at,
    )
