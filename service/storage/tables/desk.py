"""What staff add to conversations: notes, tags, files, merges of clients, saved views, and the index of words."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed, SealedJson, same_as
from service.storage.tables.base import Base
from service.storage.tables.conversations import IDENTITY


class StaffNoteRow(Base):
    """A remark of one member of staff for the others. Never sent to a client and never exported for training."""

    __tablename__ = "staff_notes"
    __table_args__ = (UniqueConstraint("conversation_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    author: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(120))
    seq: Mapped[int]
    text: Mapped[str] = mapped_column(Sealed("staff_notes.text"))
    created_at: Mapped[datetime]


class TagRow(Base):
    """A short word on a conversation, normalised; each once."""

    __tablename__ = "conversation_tags"
    __table_args__ = (Index("conversation_tags_by_tag", "tag", "conversation_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    added_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class FileRow(Base):
    """A file that a client or an operator sent. `key` is its random public name and its name on the disk.

    A client's file belongs to an identity (`channel`, `owner`) from the start and to a message once one refers to it.
    """

    __tablename__ = "files"
    __table_args__ = (Index("files_unattached", "message_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(40))
    owner: Mapped[str | None] = mapped_column(Sealed("files.owner"))
    owner_index: Mapped[str | None] = mapped_column(BlindIndex(IDENTITY), default=same_as("owner"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class MergeRow(Base):
    """Two clients found to be one person, by a member of staff or by a code (`link_id`); undone when it was a mistake.

    `identities` are the ids that moved from `from_client` to `into_client`. What a code joined is undone by nobody
    (`undone_by` empty) when the link ends.
    """

    __tablename__ = "client_merges"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_client: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    into_client: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    identities: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(500))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    link_id: Mapped[int | None] = mapped_column(Integer, index=True)
    created_at: Mapped[datetime]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class SavedViewRow(Base):
    """A search that one member of staff keeps under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(80))
    search: Mapped[dict[str, Any]] = mapped_column(SealedJson("saved_views.search"))
    updated_at: Mapped[datetime]


class SearchTextRow(Base):
    """The stems of one message or note, for the full-text search.

    Our own stemmer writes them, so SQLite (FTS5, which knows no Russian) and PostgreSQL (tsvector) find the same.
    The migration adds each engine's index over `stems`.
    """

    __tablename__ = "search_texts"
    __table_args__ = (Index("search_texts_by_conversation", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("staff_notes.id", ondelete="CASCADE"), unique=True)
    stems: Mapped[str] = mapped_column(Text)
