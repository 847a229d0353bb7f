"""Channels of platforms: their settings and state, what came and is not a message yet, and what we still send."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed
from service.storage.tables.base import Base
from service.storage.tables.conversations import IDENTITY


class ChannelRow(Base):
    """A platform: what was set in the console (sealed: tokens are part of it), and how it goes.

    `trouble` is why it has stopped itself. One worker at a time holds the lease: it alone delivers and polls, so rates
    hold and replies keep their order. `cursor` is how far polling has come.
    """

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    settings: Mapped[str | None] = mapped_column(Sealed("channels.settings"))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    version: Mapped[int] = mapped_column(Integer, default=0)
    trouble: Mapped[str | None] = mapped_column(Text)
    trouble_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    cursor: Mapped[str | None] = mapped_column(Text)
    leased_by: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None]


class ArrivalRow(Base):
    """What a platform told us of a client: put down before the platform is answered, a message a moment later.

    Whose it is and which album it is a part of are keyed hashes, to be compared only. `content` is as it came, codes
    and card numbers included, so it is sealed and goes when the message is made. The row of a message with files stays:
    a platform that repeats one part of an album is known by its `external_id`.
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index("arrivals_due", "state", "due_at"),
        Index("arrivals_of_client", "channel", "client_index", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(200))
    client_index: Mapped[str] = mapped_column(BlindIndex(IDENTITY))
    album_index: Mapped[str | None] = mapped_column(BlindIndex("arrivals.album"))
    content: Mapped[str | None] = mapped_column(Sealed("arrivals.content"))
    has_files: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    state: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class OutboxRow(Base):
    """One request that a push channel still has to make: a part of a message (a piece of its text, or a file).

    Gone to a final state only after the platform's word.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("message_id", "part", name="outbox_parts"),
        Index("outbox_due", "channel", "state", "due_at"),
        Index("outbox_of_conversation", "conversation_id", "state", "id"),
        Index("outbox_by_platform_id", "channel", "platform_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    part: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default="queued")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[str | None] = mapped_column(Sealed("outbox.error"))


class EarlyReportRow(Base):
    """A platform's word on a message whose sending is not written down yet: it answers two ways at once."""

    __tablename__ = "early_reports"

    channel: Mapped[str] = mapped_column(String(40), primary_key=True)
    platform_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Sealed("early_reports.error"))
    created_at: Mapped[datetime] = mapped_column(index=True)
