"""Trainings: one at a time, claimed by a worker, watched by everybody."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.trainings import Kind, Training, TrainingState
from service.errors import Conflict, NotFound
from service.storage.tables import TrainingRow, insert_row, table

T = table(TrainingRow).c
_BUSY = "busy"


def add(connection: Connection, kind: Kind, options: dict[str, Any], actor: str, now: datetime) -> Training:
    """A new one that waits for a worker; Conflict while another one waits or runs."""
    values = {
        "kind": kind.value, "options": options, "state": TrainingState.QUEUED.value, "slot": _BUSY, "stage": "",
        "share": 0.0, "log": "", "version": options.get("version"), "started_by": actor, "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            key = insert_row(connection, TrainingRow, values)
    except IntegrityError as error:
        other = busy(connection)
        by = other.started_by if other else ""
        raise Conflict(
            f"a training started by {by} is going on; wait for it, or cancel it", reason="training_goes_on", by=by
        ) from error
    return get(connection, key)


def get(connection: Connection, training_id: int) -> Training:
    """The training of this id; NotFound if there is none."""
    row = connection.execute(select(table(TrainingRow)).where(T.id == training_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no training {training_id}")
    return _training(row)


def busy(connection: Connection) -> Training | None:
    """The one that waits or runs, if any."""
    row = connection.execute(select(table(TrainingRow)).where(T.slot == _BUSY)).one_or_none()
    return _training(row) if row is not None else None


def newest(connection: Connection, limit: int) -> list[Training]:
    """The last ones, newest first."""
    rows = connection.execute(select(table(TrainingRow)).order_by(T.id.desc()).limit(limit))
    return [_training(row) for row in rows]


def claim(connection: Connection, now: datetime) -> Training | None:
    """Take the one that waits; None when there is none, or another worker was faster."""
    key = connection.execute(select(T.id).where(T.state == TrainingState.QUEUED.value)).scalar_one_or_none()
    if key is None:
        return None
    taken = connection.execute(
        update(table(TrainingRow))
        .where(T.id == key, T.state == TrainingState.QUEUED.value)
        .values(state=TrainingState.RUNNING.value, beat_at=now)
    )
    return get(connection, key) if taken.rowcount == 1 else None


def lost(connection: Connection, before: datetime) -> list[Training]:
    """Those that run, but whose worker has not been heard of since `before`."""
    query = select(table(TrainingRow)).where(T.state == TrainingState.RUNNING.value, T.beat_at < before)
    return [_training(row) for row in connection.execute(query)]


def note(connection: Connection, training_id: int, now: datetime, stage: str, share: float, log: str) -> Training:
    """Say how far it is; returns what is known of it now, a wish to cancel included."""
    values = {"beat_at": now, "stage": stage[:80], "share": share, "log": log}
    connection.execute(update(table(TrainingRow)).where(T.id == training_id).values(**values))
    return get(connection, training_id)


def wish_to_cancel(connection: Connection, training_id: int, actor: str) -> None:
    """Ask its worker to end it."""
    connection.execute(
        update(table(TrainingRow)).where(T.id == training_id, T.slot == _BUSY).values(cancelled_by=actor)
    )


def end(
    connection: Connection, training_id: int, state: TrainingState, now: datetime, *, problem: str | None = None,
    version: str | None = None, log: str | None = None,
) -> bool:  # fmt: skip
    """It is over; another one may begin. False when it was over already."""
    values: dict[str, Any] = {"state": state.value, "slot": None, "problem": problem, "ended_at": now}
    if version is not None:
        values["version"] = version
    if log is not None:
        values["log"] = log
    if state is TrainingState.DONE:
        values["share"] = 1.0
    done = connection.execute(update(table(TrainingRow)).where(T.id == training_id, T.slot == _BUSY).values(**values))
    return done.rowcount == 1


def _training(row: Row[Any]) -> Training:
    return Training(
        row.id, Kind(row.kind), row.options, TrainingState(row.state), row.stage, row.share, row.log, row.problem,
        row.version, row.cancelled_by, row.started_by, row.created_at, row.ended_at,
    )  # fmt: skip
