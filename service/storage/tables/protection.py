"""What stands against suspicious traffic, and what holds the audit trail together."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed, same_as
from service.storage.tables.base import Base


class RestrictionRow(Base):
    """Something was noticed about a subject, and what follows from it until when; a harder level is a row of its own.

    `signals` is how many there were when it began. Whoever is restricted by address may have many conversations.
    """

    __tablename__ = "restrictions"
    __table_args__ = (
        Index("restrictions_by_subject", "scope", "subject_index", "since"),
        Index("restrictions_standing", "until"),
        Index("restrictions_recent", "since"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(Sealed("restrictions.subject"))
    subject_index: Mapped[str] = mapped_column(BlindIndex("restrictions.subject"), default=same_as("subject"))
    level: Mapped[str] = mapped_column(String(20))
    signal: Mapped[str] = mapped_column(String(40))
    signals: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
    until: Mapped[datetime]
    seen_by: Mapped[str | None] = mapped_column(String(100))
    lifted_by: Mapped[str | None] = mapped_column(String(100))
    lifted_at: Mapped[datetime | None]


class AuditLinkRow(Base):
    """One link of the chain over the audit trail: `hash` takes in the link before and the entry. Only ever added to."""

    __tablename__ = "audit_links"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(Integer, unique=True)
    hash: Mapped[str] = mapped_column(String(64))


class AuditAnchorRow(Base):
    """Where the chain begins after its oldest entries were let go; sealed by the service. Only ever added to."""

    __tablename__ = "audit_anchors"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
