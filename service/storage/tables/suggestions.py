"""Suggestions to operators: what was offered, what became of it, what operators said before, canned replies."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class OfferRow(Base):
    """The ranked suggestions for one client message, as they were when it came."""

    __tablename__ = "offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(8))
    suggestions: Mapped[list[Any]]
    created_at: Mapped[datetime]


class OutcomeRow(Base):
    """What an operator made of an offer. Texts are masked. `once` is unique: it settles double clicks and races.

    No foreign keys: an outcome outlives the offer and the conversation that are erased.
    """

    __tablename__ = "suggestion_outcomes"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(String(80), unique=True)
    offer_id: Mapped[int] = mapped_column(Integer, index=True)
    conversation_id: Mapped[int] = mapped_column(Integer, index=True)
    message_id: Mapped[int]
    reply_id: Mapped[int | None] = mapped_column(Integer, index=True)
    outcome: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[dict[str, Any] | None]
    score: Mapped[float | None] = mapped_column(Double)
    reason: Mapped[str | None] = mapped_column(String(40))
    comment: Mapped[str | None] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(Integer, index=True)
    client_text: Mapped[str | None] = mapped_column(Text)
    suggested_text: Mapped[str | None] = mapped_column(Text)
    final_text: Mapped[str | None] = mapped_column(Text)
    distance: Mapped[float | None] = mapped_column(Double)
    seconds: Mapped[float] = mapped_column(Double)
    created_at: Mapped[datetime]


class PastReplyRow(Base):
    """One reply that operators give, with placeholders for people's names; near-equal ones are one row.

    `client_id` is whose conversation the wording comes from; `changed` grows with every change of any row, so that
    processes read only what is new.
    """

    __tablename__ = "past_replies"
    __table_args__ = (Index("past_replies_by_hash", "reply_hash"), Index("past_replies_changed", "changed"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reply: Mapped[str] = mapped_column(Text)
    reply_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    department: Mapped[str | None] = mapped_column(String(40))
    intent: Mapped[str | None] = mapped_column(String(80))
    client_id: Mapped[int]
    conversation_id: Mapped[int]
    operator_id: Mapped[int | None]
    given: Mapped[int] = mapped_column(Integer, default=1)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    edited: Mapped[int] = mapped_column(Integer, default=0)
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    given_at: Mapped[datetime]
    changed: Mapped[int]


class PastQuestionRow(Base):
    """A client's question (masked) that a past reply answered, with the words it was answered with.

    `vector` is float32 little-endian bytes made by `encoder`; a process with another encoder makes its own.
    """

    __tablename__ = "past_questions"
    __table_args__ = (Index("past_questions_changed", "changed"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    past_reply_id: Mapped[int] = mapped_column(ForeignKey("past_replies.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    encoder: Mapped[str | None] = mapped_column(String(200))
    intent: Mapped[str | None] = mapped_column(String(80))
    client_id: Mapped[int] = mapped_column(Integer, index=True)
    conversation_id: Mapped[int]
    operator_id: Mapped[int | None]
    message_id: Mapped[int] = mapped_column(Integer, unique=True)
    created_at: Mapped[datetime]
    changed: Mapped[int]


class CannedReplyRow(Base):
    """A ready reply under a shortcut: everybody's (scope "shared") or one operator's own ("staff/7")."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("scope", "shortcut"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40))
    shortcut: Mapped[str] = mapped_column(String(41))
    title: Mapped[str] = mapped_column(String(200))
    text_ru: Mapped[str | None] = mapped_column(Text)
    text_en: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(String(40))
    tags: Mapped[list[Any]]
    author: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
