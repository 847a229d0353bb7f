"""Clients, their conversations and messages, hand-offs and facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed, SealedJson, same_as
from service.storage.tables.base import Base

IDENTITY = "identities.external_id"
"""What the hash of a client's name in a channel is keyed for: wherever it stands, so that it can be compared."""

TEXT = "messages.text"
"""What messages are sealed for, and what tells a repeated one is keyed for."""


class ClientRow(Base):
    """A person who writes to us; one client may have several identities."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    segment: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]


class IdentityRow(Base):
    """A client as one channel knows them: by an address, a telephone number or an id of the platform, sealed alike.

    A client is found by `external_index`. `reachable` is False for one who has blocked us there; `thread` is what the
    channel needs to answer in place.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "external_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(Sealed(IDENTITY))
    external_index: Mapped[str] = mapped_column(BlindIndex(IDENTITY), default=same_as("external_id"))
    subscribed: Mapped[bool] = mapped_column(Boolean, default=True)
    surveyed: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    reachable: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    thread: Mapped[str | None] = mapped_column(Sealed("identities.thread"))
    created_at: Mapped[datetime]


class ConversationRow(Base):
    """The conversation with one identity: who owns it, where it stands, what the bot remembers of it.

    `version` grows by one with each change of ownership or memory; every such change is compare-and-set on it.
    `held_by` is the restriction because of which what was written last waits for its answer.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("conversations_by_state", "state", "queued_at"),
        Index("conversations_by_answer_due", "answer_due_at"),
        Index("conversations_waiting", "state", "department", "priority", "queued_at", "snoozed_until"),
        Index("conversations_snoozed", "snoozed_until"),
        Index("conversations_recent", "updated_at"),
        Index("conversations_held", "held_by"),
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
    dialogue: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("conversations.dialogue"))
    waiting_since: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    held_by: Mapped[int | None] = mapped_column(Integer)
    client_delivered_seq: Mapped[int] = mapped_column(Integer, default=0)
    client_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    staff_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    operator_seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    snoozed_until: Mapped[datetime | None]
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
        Index(
            "messages_by_operator", "operator_id", "created_at",
            sqlite_where=text("operator_id IS NOT NULL"), postgresql_where=text("operator_id IS NOT NULL"),
        ),
        Index("messages_by_time", "conversation_id", "created_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(20))
    author_name: Mapped[str | None] = mapped_column(String(200))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Sealed(TEXT))
    text_hash: Mapped[str] = mapped_column(BlindIndex(TEXT))
    buttons: Mapped[list[Any] | None]
    article: Mapped[str | None] = mapped_column(String(120))
    article_title: Mapped[str | None] = mapped_column(String(300))
    state: Mapped[str | None] = mapped_column(String(20))
    understanding: Mapped[dict[str, Any] | None]
    decision: Mapped[dict[str, Any] | None]
    files: Mapped[list[Any] | None]
    created_at: Mapped[datetime]


class HandoffRow(Base):
    """One hand-off to people, from the queue to its end, with what the operator reads first.

    `mode` and `skill` were given by the routing table for the department `routed_to` and hold there only. `survey` says
    what became of asking the client: None (nobody looked yet), asked, skipped, rated.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        Index("handoffs_open", "conversation_id", "ended_at"),
        Index("handoffs_by_end", "ended_at"),
        Index("handoffs_by_begin", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    department: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    intent: Mapped[str | None] = mapped_column(String(80))
    summary: Mapped[dict[str, Any]] = mapped_column(SealedJson("handoffs.summary"))
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_reply_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(String(40))
    routed_to: Mapped[str | None] = mapped_column(String(40))
    mode: Mapped[str | None] = mapped_column(String(8))
    skill: Mapped[str | None] = mapped_column(String(40))
    told_return: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    survey: Mapped[str | None] = mapped_column(String(20))


class FactRow(Base):
    """Something that happened in a conversation and is worth learning from: feedback, correction, taken, closed.

    `seq` is the last message before it, where that is known.
    """

    __tablename__ = "facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]]
    seq: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
