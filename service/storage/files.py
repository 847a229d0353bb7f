"""Files that were sent: to whom they belong and which message refers to them. Their content lies on the disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from service.domain.files import AttachedFile
from service.storage.tables import ConversationRow, FileRow, IdentityRow, table

F = table(FileRow).c


@dataclass(frozen=True)
class StoredFile:
    """A file with its owner: an identity of a channel, or a member of staff for a conversation."""

    file: AttachedFile
    channel: str
    owner: str | None
    staff_id: int | None
    conversation_id: int | None
    message_id: int | None
    sha256: str


def add(
    connection: Connection, file: AttachedFile, sha256: str, channel: str, now: datetime, *, owner: str | None = None,
    staff_id: int | None = None, conversation_id: int | None = None,
) -> None:  # fmt: skip
    """Write down a file whose content is already safe on the disk."""
    connection.execute(
        insert(table(FileRow)).values(
            key=file.key, name=file.name, media_type=file.media_type, size=file.size, sha256=sha256, channel=channel,
            owner=owner, staff_id=staff_id, conversation_id=conversation_id, created_at=now,
        )
    )  # fmt: skip


def get(connection: Connection, key: str) -> StoredFile | None:
    """A file by its key; None if there is none."""
    row = connection.execute(select(table(FileRow)).where(F.key == key)).one_or_none()
    return _stored(row) if row is not None else None


def waiting(connection: Connection, keys: Sequence[str]) -> list[StoredFile]:
    """Those of the files that no message refers to yet, in the order of `keys`; locked until the transaction ends."""
    query = select(table(FileRow)).where(F.key.in_(keys), F.message_id.is_(None)).order_by(F.id).with_for_update()
    found = {row.key: _stored(row) for row in connection.execute(query)}
    return [found[key] for key in keys if key in found]


def attach(connection: Connection, keys: Sequence[str], conversation_id: int, message_id: int) -> None:
    """Let a message refer to these files."""
    connection.execute(
        update(FileRow).where(F.key.in_(keys)).values(conversation_id=conversation_id, message_id=message_id)
    )


def identity_of(connection: Connection, conversation_id: int) -> tuple[str, str] | None:
    """(channel, external id) of the client of a conversation."""
    query = (
        select(IdentityRow.channel, IdentityRow.external_id)
        .join(ConversationRow, ConversationRow.identity_id == IdentityRow.id)
        .where(ConversationRow.id == conversation_id)
    )
    row = connection.execute(query).one_or_none()
    return (row.channel, row.external_id) if row is not None else None


def count_waiting(connection: Connection, channel: str, owner: str) -> int:
    """How many files of a client no message refers to yet."""
    query = select(func.count()).where(F.channel == channel, F.owner_index == owner, F.message_id.is_(None))
    return connection.execute(query).scalar_one()


def any_waiting(connection: Connection, before: datetime) -> bool:
    """Whether there is a file from before that time that no message refers to."""
    query = select(F.id).where(F.message_id.is_(None), F.created_at < before).limit(1)
    return connection.execute(query).one_or_none() is not None


def forget_waiting(connection: Connection, before: datetime, limit: int = 100) -> list[str]:
    """Delete the rows of files that were never sent with a message; returns their keys."""
    query = select(F.key).where(F.message_id.is_(None), F.created_at < before).order_by(F.id).limit(limit)
    keys = list(connection.execute(query).scalars())
    if keys:
        connection.execute(delete(FileRow).where(F.key.in_(keys), F.message_id.is_(None)))
    return keys


def _stored(row: Row[*tuple[Any, ...]]) -> StoredFile:
    file = AttachedFile(row.key, row.name, row.media_type, row.size)
    return StoredFile(file, row.channel, row.owner, row.staff_id, row.conversation_id, row.message_id, row.sha256)
