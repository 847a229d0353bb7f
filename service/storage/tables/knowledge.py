"""The articles as they are served, their versions, and single values the service keeps for itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class ArticleRow(Base):
    """An article of the knowledge base as it is served; imported from files and editable afterwards.

    `imported_hash` is the hash of what the last import brought (None: written here); `version` the number in
    `article_versions` that is served.
    """

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    content: Mapped[dict[str, Any]]
    imported_hash: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int | None]
    updated_at: Mapped[datetime]


class ArticleVersionRow(Base):
    """One version of an article: the Markdown as it was written, facts by name, and what it read as (None: broken).

    A version's text never changes, only its state does: draft -> published -> withdrawn.
    """

    __tablename__ = "article_versions"
    __table_args__ = (UniqueConstraint("article_id", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    title: Mapped[str | None] = mapped_column(String(300))
    content: Mapped[dict[str, Any] | None]
    source: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))


class NoteRow(Base):
    """Single values the service keeps for itself: the signing key, the version of the knowledge base."""

    __tablename__ = "notes"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
