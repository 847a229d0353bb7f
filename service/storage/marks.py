"""What staff put on conversations: tags and notes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.console import StaffNote
from service.storage.staff import StaffMember
from service.storage.tables import ConversationRow, StaffNoteRow, TagRow, insert_row, table
from service.storage.visibility import visible

T = table(TagRow).c
N = table(StaffNoteRow).c


def tags_of(connection: Connection, conversation_ids: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
    """Conversation -> its tags in alphabetical order; conversations without tags are left out."""
    query = select(T.conversation_id, T.tag).where(T.conversation_id.in_(list(conversation_ids))).order_by(T.tag)
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.tag)
    return found


def add_tag(connection: Connection, conversation_id: int, tag: str, staff_id: int, now: datetime) -> bool:
    """Put a tag on; False when it is there already."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"conversation_id": conversation_id, "tag": tag, "added_by": staff_id, "created_at": now}
    statement: Any = dialect.insert(table(TagRow)).values(**values).on_conflict_do_nothing().returning(T.tag)
    return connection.execute(statement).one_or_none() is not None


def remove_tag(connection: Connection, conversation_id: int, tag: str) -> bool:
    """Take a tag off; False when it isn't there."""
    statement = delete(TagRow).where(T.conversation_id == conversation_id, T.tag == tag)
    return connection.execute(statement).rowcount == 1


def used_tags(connection: Connection, staff: StaffMember, prefix: str, limit: int) -> list[str]:
    """Tags beginning with `prefix` on conversations that `staff` may see, most used first."""
    query = (
        select(T.tag)
        .join(ConversationRow, table(ConversationRow).c.id == T.conversation_id)
        .where(visible(staff), T.tag.startswith(prefix, autoescape=True))
        .group_by(T.tag)
        .order_by(func.count().desc(), T.tag)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def add_note(
    connection: Connection, conversation_id: int, staff: StaffMember, key: str, seq: int, text: str, now: datetime
) -> int:
    """Write a note down after message `seq`; IntegrityError when its key is there already. Returns its id."""
    values = {
        "conversation_id": conversation_id,
        "staff_id": staff.id,
        "author": staff.name,
        "key": key,
        "seq": seq,
        "text": text,
        "created_at": now,
    }
    return insert_row(connection, StaffNoteRow, values)


def find_note(connection: Connection, conversation_id: int, key: str) -> StaffNote | None:
    """The note written under this key; None if there is none."""
    query = select(table(StaffNoteRow)).where(N.conversation_id == conversation_id, N.key == key)
    row = connection.execute(query).one_or_none()
    return note(row) if row is not None else None


def note(row: Row[*tuple[Any, ...]]) -> StaffNote:
    """A row as a value."""
    return StaffNote(row.id, row.conversation_id, row.staff_id, row.author, row.text, row.created_at)
