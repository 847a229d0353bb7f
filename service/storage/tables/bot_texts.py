"""The bot's sentences as the owner words them."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class BotTextRow(Base):
    """One version of a sentence; only ever added to, the newest counts. `words` None: back to the shipped one."""

    __tablename__ = "bot_texts"
    __table_args__ = (UniqueConstraint("section", "key", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    words: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
