"""What training gets: understood messages as they are reviewed, labels, topics found in them, intents added here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class LogRow(Base):
    """One understood client message with what came of it, or a training example whose label is doubted.

    `text` is masked; `likeness` is equal for texts that differ in case, punctuation and digits only. `weak_*` is the
    label that follows from what happened next, `label` what people say it is about (their last word; several intents
    are a list of several). `alike`: messages that mean nearly the same, this one included. `sample` marks those that a
    second person labels too. `state`: open, quiet (nothing speaks against what was understood), labelled, disputed.
    Without foreign keys: erasure takes these rows by `client_id` or `conversation_id`, and their labels with them.
    `message_id` is None for an example.
    """

    __tablename__ = "understood"
    __table_args__ = (
        Index("understood_by_worth", "state", "worth"),
        Index("understood_by_likeness", "likeness", "id"),
        Index("understood_by_intent", "intent", "created_at"),
        Index("understood_by_time", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(Integer, unique=True)
    conversation_id: Mapped[int | None] = mapped_column(Integer, index=True)
    client_id: Mapped[int | None] = mapped_column(Integer, index=True)
    seq: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    likeness: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    model: Mapped[str | None] = mapped_column(String(80))
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float] = mapped_column(Double)
    ranking: Mapped[list[Any]]
    in_scope: Mapped[bool]
    scope_score: Mapped[float] = mapped_column(Double)
    disagreement: Mapped[float] = mapped_column(Double)
    article: Mapped[str | None] = mapped_column(String(120))
    article_score: Mapped[float | None] = mapped_column(Double)
    decision: Mapped[str | None] = mapped_column(String(40))
    happened: Mapped[list[Any]]
    weak_label: Mapped[str | None] = mapped_column(String(80))
    weak_weight: Mapped[float | None] = mapped_column(Double)
    weak_reason: Mapped[str | None] = mapped_column(String(40))
    label: Mapped[list[Any] | None]
    labelled_by: Mapped[int] = mapped_column(Integer, default=0)
    sample: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[list[Any]]
    worth: Mapped[float] = mapped_column(Double)
    alike: Mapped[int] = mapped_column(Integer, default=1)
    topic_id: Mapped[int | None] = mapped_column(Integer, index=True)
    topic_place: Mapped[int | None]
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    encoder: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]


class LabelRow(Base):
    """One word of a person about a message; only ever added to. `intents` None takes the person's last word back."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    log_id: Mapped[int] = mapped_column(ForeignKey("understood.id"), index=True)
    intents: Mapped[list[Any] | None]
    source: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[int] = mapped_column(Integer, index=True)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class TopicRow(Base):
    """A group of messages that were not understood, as the last search found it. `words`: what is typical of it."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[list[Any]]
    size: Mapped[int]
    recent: Mapped[int]
    before: Mapped[int]
    nearest: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime]


class AddedIntentRow(Base):
    """An intent that was added in the console; it stands behind those of the taxonomy's file."""

    __tablename__ = "added_intents"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    department: Mapped[str] = mapped_column(String(40))
    does: Mapped[str] = mapped_column(String(20))
    title_ru: Mapped[str] = mapped_column(String(100))
    title_en: Mapped[str] = mapped_column(String(100))
    about_ru: Mapped[str] = mapped_column(Text)
    about_en: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
