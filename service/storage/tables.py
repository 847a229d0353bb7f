"""The tables. Every class ends in Row and maps one table; migrations in `migrations/` keep the database in step."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Insert,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from service.storage.columns import UtcDateTime


class Base(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way of declaring it
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


class ClientRow(Base):
    """A person who writes to us; one client may have several identities."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    segment: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]


class IdentityRow(Base):
    """A client as one channel knows them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(200))
    subscribed: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class ConversationRow(Base):
    """The conversation with one identity: who owns it, where it stands, what the bot remembers of it.

    `version` grows by one with each change of ownership or memory; every such change is compare-and-set on it.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("conversations_by_state", "state", "queued_at"),
        Index("conversations_by_answer_due", "answer_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default="bot")
    version: Mapped[int] = mapped_column(Integer, default=0)
    language: Mapped[str] = mapped_column(String(8))
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    department: Mapped[str | None] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(20), default="normal")
    queued_at: Mapped[datetime | None]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    clarifications: Mapped[int] = mapped_column(Integer, default=0)
    repeats: Mapped[int] = mapped_column(Integer, default=0)
    last_article: Mapped[str | None] = mapped_column(String(120))
    last_intent: Mapped[str | None] = mapped_column(String(80))
    last_answer_at: Mapped[datetime | None]
    last_client_at: Mapped[datetime | None]
    told_waiting: Mapped[bool] = mapped_column(Boolean, default=False)
    dialogue: Mapped[dict[str, Any] | None]
    waiting_since: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    client_delivered_seq: Mapped[int] = mapped_column(Integer, default=0)
    client_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    staff_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    operator_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MessageRow(Base):
    """One message of a timeline. `(channel, external_id)` settles duplicates; `(conversation_id, seq)` the order.

    `text_hash` tells whether a repeated id came with the same text. `state` is kept here for channels we push to;
    where the client fetches, the conversation's delivered and seen marks say it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        UniqueConstraint("conversation_id", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(20))
    author_name: Mapped[str | None] = mapped_column(String(200))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(64))
    buttons: Mapped[list[Any] | None]
    article: Mapped[str | None] = mapped_column(String(120))
    article_title: Mapped[str | None] = mapped_column(String(300))
    state: Mapped[str | None] = mapped_column(String(20))
    understanding: Mapped[dict[str, Any] | None]
    decision: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class HandoffRow(Base):
    """One hand-off to people, from the queue to its end, with what the operator reads first."""

    __tablename__ = "handoffs"
    __table_args__ = (Index("handoffs_open", "conversation_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    department: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    intent: Mapped[str | None] = mapped_column(String(80))
    summary: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_reply_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(String(40))


class OutboxRow(Base):
    """A message that a push channel still has to deliver; gone to a final state only after the platform's word."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default="queued")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[str | None] = mapped_column(Text)


class FactRow(Base):
    """Something that happened in a conversation and is worth learning from: feedback, correction, taken, closed."""

    __tablename__ = "facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class StaffRow(Base):
    """A member of staff; the API token is kept as a hash only."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    departments: Mapped[list[Any]]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ArticleRow(Base):
    """An article of the knowledge base as it is served; imported from files and editable afterwards."""

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    content: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class NoteRow(Base):
    """Single values the service keeps for itself: the signing key, the version of the knowledge base."""

    __tablename__ = "notes"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def table(row: type[Base]) -> Table:
    """The table behind a row class, for statements that skip the ORM (the hot path does)."""
    return cast(Table, row.__table__)


@cache
def _insert(row: type[Base]) -> Insert:
    return insert(table(row))


def insert_row(connection: Connection, row: type[Base], values: Mapping[str, Any]) -> int:
    """Insert one row and return its id. Columns with a Python-side default may be left out."""
    key = connection.execute(_insert(row), values).inserted_primary_key
    assert key is not None  # noqa: S101 - every INSERT of one row has one
    return int(key[0]) if isinstance(key[0], int) else 0
