"""The articles as they are served, and single values the service keeps for itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


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
