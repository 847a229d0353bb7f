"""Routes, presence, shifts, targets, clients' marks and score cards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class RouteRow(Base):
    """A row of the routing table; None in a condition means any, None in a consequence that nothing changes."""

    __tablename__ = "routes"

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, default=0)
    intent: Mapped[str | None] = mapped_column(String(80))
    department: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(8))
    segment: Mapped[str | None] = mapped_column(String(40))
    verified: Mapped[bool | None] = mapped_column(Boolean)
    channel: Mapped[str | None] = mapped_column(String(40))
    queue: Mapped[str | None] = mapped_column(String(40))
    raise_by: Mapped[int] = mapped_column(Integer, default=0)
    mode: Mapped[str | None] = mapped_column(String(8))
    skill: Mapped[str | None] = mapped_column(String(40))


class PresenceRow(Base):
    """What an operator does now. `resume` is the state to go back to after a call or when a lost console is back."""

    __tablename__ = "presence"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    resume: Mapped[str | None] = mapped_column(String(20))
    vanished: Mapped[bool] = mapped_column(Boolean, default=False)


class PresenceSpanRow(Base):
    """The timeline of presence: one row a stretch, the last one open."""

    __tablename__ = "presence_spans"
    __table_args__ = (Index("presence_spans_by_staff", "staff_id", "began_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(String(40))


class OperatorCallRow(Base):
    """A phone call an operator is or was in; `key` is the caller's own id of it."""

    __tablename__ = "operator_calls"
    __table_args__ = (Index("operator_calls_open", "staff_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ShiftRow(Base):
    """A shift by the clock on the wall: each `weekday` (Monday is 0) or on one `day`; minutes since midnight."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int | None] = mapped_column(Integer)
    day: Mapped[date | None] = mapped_column(Date)
    starts: Mapped[int] = mapped_column(Integer)
    ends: Mapped[int] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(String(60))
    country: Mapped[str] = mapped_column(String(8), default="")


class DayOffRow(Base):
    """A day on which somebody does not work whatever the roster says."""

    __tablename__ = "days_off"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class HolidayRow(Base):
    """A day on which the weekly shifts of a country are not worked."""

    __tablename__ = "holidays"

    country: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")


class TargetRow(Base):
    """A service target in working minutes; None means any department or priority."""

    __tablename__ = "sla_targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    department: Mapped[str | None] = mapped_column(String(40))
    priority: Mapped[str | None] = mapped_column(String(20))
    first_minutes: Mapped[int]
    next_minutes: Mapped[int]
    resolution_minutes: Mapped[int]
    warn_share: Mapped[float] = mapped_column(Float)


class AlarmRow(Base):
    """A warning or breach that was told; unique, so that it is told once whoever notices it."""

    __tablename__ = "sla_alarms"
    __table_args__ = (UniqueConstraint("handoff_id", "clock", "kind", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    department: Mapped[str] = mapped_column(String(40))
    clock: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    raised_at: Mapped[datetime] = mapped_column(index=True)


class RatingRow(Base):
    """A client's mark for one closed request: one row a hand-off, the first tap counts."""

    __tablename__ = "ratings"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    department: Mapped[str] = mapped_column(String(40))
    score: Mapped[int]
    rated_at: Mapped[datetime] = mapped_column(index=True)


class ScoreCardRow(Base):
    """How a supervisor judged one hand-off: criterion -> points; one card a judge and hand-off."""

    __tablename__ = "score_cards"
    __table_args__ = (UniqueConstraint("handoff_id", "judge_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"))
    operator_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    judge_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    points: Mapped[dict[str, Any]]
    comment: Mapped[str] = mapped_column(Text, default="")
    scored_at: Mapped[datetime]
