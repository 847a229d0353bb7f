"""The versions of the trained model, what was released when, how candidates were judged, and trainings."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class ModelRow(Base):
    """A trained model in the registry; its folder there is named by `version`.

    `manifest` is what the artifact says of itself (thresholds and metrics included), `figures` what its judgement on
    the golden set found (None: not judged yet).
    """

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40), unique=True)
    data_hash: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any] | None]
    notes: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]


class ReleaseRow(Base):
    """One change of what is in use; only ever added to, the newest row is the plan in force."""

    __tablename__ = "model_releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    live: Mapped[str | None] = mapped_column(String(40))
    shadow: Mapped[str | None] = mapped_column(String(40))
    canary: Mapped[str | None] = mapped_column(String(40))
    share: Mapped[float] = mapped_column(Float)
    action: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    overridden: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]


class VerdictRow(Base):
    """What the gate said of a candidate against a live version; judged again it is replaced."""

    __tablename__ = "model_verdicts"
    __table_args__ = (UniqueConstraint("candidate", "live"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate: Mapped[str] = mapped_column(String(40))
    live: Mapped[str] = mapped_column(String(40))
    passed: Mapped[bool] = mapped_column(Boolean)
    verdict: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class TrainingRow(Base):
    """A training (or a judgement of two models) started from the console or by a command, run by a worker.

    `slot` is "busy" while it waits or runs and None afterwards: a unique index lets one at a time. `beat_at` says
    that its worker is alive.
    """

    __tablename__ = "trainings"
    __table_args__ = (
        Index(
            "trainings_one_at_a_time", "slot", unique=True,
            sqlite_where=text("slot IS NOT NULL"), postgresql_where=text("slot IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    slot: Mapped[str | None] = mapped_column(String(8))
    stage: Mapped[str] = mapped_column(String(80))
    share: Mapped[float] = mapped_column(Float)
    log: Mapped[str] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(String(40))
    cancelled_by: Mapped[str | None] = mapped_column(String(100))
    started_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
