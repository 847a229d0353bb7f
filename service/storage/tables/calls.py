"""Phone calls, as telephone systems report them when they are over."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed
from service.storage.tables.base import Base

PHONE = "calls.phone"
"""What the hash of a phone is keyed for: the same for calls and for links, so that they can be compared."""


class CallRow(Base):
    """One call of the log. Whose it is says the link that was proved with the same phone (`account_links`)."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("calls_by_time", "started_at"),
        Index("calls_by_phone", "phone_index", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(String(120), unique=True)
    phone: Mapped[str | None] = mapped_column(Sealed(PHONE))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex(PHONE))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    department: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime]
    intent: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
