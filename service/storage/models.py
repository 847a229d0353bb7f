"""Versions of the trained model, the plan in force and how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.releases import Plan, Release
from service.errors import Conflict, NotFound
from service.storage.tables import ModelRow, ReleaseRow, VerdictRow, insert_row, table

M = table(ModelRow).c
R = table(ReleaseRow).c
V = table(VerdictRow).c
_NEWEST = select(table(ReleaseRow)).order_by(R.number.desc()).limit(1)


@dataclass(frozen=True)
class Registered:
    """A version of the model. `manifest` as the artifact has it; `figures` of its judgement, if there was one."""

    version: str
    data_hash: str
    manifest: Mapping[str, Any]
    figures: Mapping[str, Any] | None
    notes: str
    made_at: datetime
    added_by: str
    added_at: datetime


@dataclass(frozen=True)
class Verdict:
    """What the gate said of `candidate` against `live`; `verdict` is what the judgement wrote."""

    candidate: str
    live: str
    passed: bool
    verdict: Mapping[str, Any]
    created_at: datetime


def plan(connection: Connection) -> Plan:
    """The plan in force."""
    row = connection.execute(_NEWEST).one_or_none()
    return _plan(row) if row is not None else Plan()


def plan_number(connection: Connection) -> int:
    """The number of the plan in force: one glance, for those who look every second."""
    return connection.execute(select(func.max(R.number))).scalar_one() or 0


def history(connection: Connection, limit: int = 100) -> list[Release]:
    """What was done, newest first."""
    query = select(table(ReleaseRow)).order_by(R.number.desc()).limit(limit)
    return [
        Release(_plan(row), row.action, row.version, row.actor, row.reason, row.overridden, row.created_at)
        for row in connection.execute(query)
    ]


def was_live(connection: Connection) -> list[str]:
    """Every version that was live before the present one, the last one first; each once."""
    live = list(connection.execute(select(R.live).where(R.live.is_not(None)).order_by(R.number.desc())).scalars())
    return [each for each in dict.fromkeys(live) if each != live[0]]


def release(connection: Connection, entry: Release) -> None:
    """Put a plan in force; Conflict when somebody else did at the same moment."""
    values = {
        "number": entry.plan.number, "live": entry.plan.live, "shadow": entry.plan.shadow,
        "canary": entry.plan.canary, "share": entry.plan.share, "action": entry.action, "version": entry.version,
        "actor": entry.actor, "reason": entry.reason, "overridden": entry.overridden, "created_at": entry.created_at,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, ReleaseRow, values)
    except IntegrityError as error:
        raise Conflict(
            "somebody else has just changed which model is in use; look at the list and try again",
            reason="release_changed",
        ) from error


def all_models(connection: Connection) -> list[Registered]:
    """All versions, newest first."""
    return [_registered(row) for row in connection.execute(select(table(ModelRow)).order_by(M.id.desc()))]


def find(connection: Connection, version: str) -> Registered | None:
    """The version of this name, or None."""
    row = connection.execute(select(table(ModelRow)).where(M.version == version)).one_or_none()
    return _registered(row) if row is not None else None


def get(connection: Connection, version: str) -> Registered:
    """The version whose name is or begins with `version`; NotFound unless it is exactly one."""
    query = select(table(ModelRow)).where(M.version.startswith(version, autoescape=True)).limit(2)
    rows = connection.execute(query).all() if version else []
    if len(rows) != 1:
        what = "no model" if not rows else "more than one model"
        raise NotFound(f"{what} is called {version[:40]!r}; `otklik model list` shows all", reason="no_such_model")
    return _registered(rows[0])


def add(connection: Connection, model: Registered) -> None:
    """A new version; one that is there already stays as it is."""
    values = {
        "version": model.version, "data_hash": model.data_hash, "manifest": dict(model.manifest),
        "figures": dict(model.figures) if model.figures is not None else None, "notes": model.notes,
        "made_at": model.made_at, "added_by": model.added_by, "added_at": model.added_at,
    }  # fmt: skip
    if find(connection, model.version) is None:
        insert_row(connection, ModelRow, values)


def change(connection: Connection, version: str, **values: Any) -> None:
    """Set `notes` or `figures`."""
    connection.execute(update(table(ModelRow)).where(M.version == version).values(**values))


def keep_verdict(connection: Connection, verdict: Verdict) -> None:
    """What the gate said, in place of what it said of the same two before."""
    connection.execute(delete(table(VerdictRow)).where(V.candidate == verdict.candidate, V.live == verdict.live))
    insert_row(connection, VerdictRow, {
        "candidate": verdict.candidate, "live": verdict.live, "passed": verdict.passed,
        "verdict": dict(verdict.verdict), "created_at": verdict.created_at,
    })  # fmt: skip


def verdict_of(connection: Connection, candidate: str, live: str) -> Verdict | None:
    """What the gate said of these two, or None when it was not asked."""
    query = select(table(VerdictRow)).where(V.candidate == candidate, V.live == live)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Verdict(row.candidate, row.live, row.passed, row.verdict, row.created_at)


def judgements(connection: Connection) -> list[tuple[str, int, Mapping[str, Any]]]:
    """Everything that was judged: ("figures" or "verdict", the row's id, its content)."""
    figures = connection.execute(select(M.id, M.figures).where(M.figures.is_not(None)))
    verdicts = connection.execute(select(V.id, V.verdict))
    return [("figures", row.id, row.figures) for row in figures if row.figures is not None] + [
        ("verdict", row.id, row.verdict) for row in verdicts
    ]


def replace_judgement(connection: Connection, kind: str, row_id: int, content: Mapping[str, Any]) -> None:
    """Put another content in the place of one of `judgements`."""
    of_model = update(table(ModelRow)).where(M.id == row_id).values(figures=dict(content))
    of_verdict = update(table(VerdictRow)).where(V.id == row_id).values(verdict=dict(content))
    connection.execute(of_model if kind == "figures" else of_verdict)


def _plan(row: Row[Any]) -> Plan:
    return Plan(row.number, row.live, row.shadow, row.canary, row.share)


def _registered(row: Row[Any]) -> Registered:
    return Registered(
        row.version, row.data_hash, row.manifest, row.figures, row.notes, row.made_at, row.added_by, row.added_at
    )
