"""What platforms told us and is no message yet: put down before they are answered, made a message a moment later.

In order for each client: the first that waits is claimed, the next one when that is done.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    bindparam,
    delete,
    exists,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.storage import messages
from service.storage.tables import ArrivalRow, MessageRow, table

M = table(MessageRow).c
A = table(ArrivalRow).c
WAITING, DONE, STUCK = "waiting", "done", "stuck"
LEASE_SECONDS = 9
"""Whoever has claimed an arrival and is not done by then counts as dead; made twice, a message is known by its id."""


@dataclass(frozen=True)
class Arrival:
    """One message of a client that waits; `content` is the channel's event as JSON, whose it is stands there too."""

    id: int
    channel: str
    external_id: str
    client_index: str
    album_index: str | None
    content: dict[str, Any]
    has_files: bool
    attempts: int
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class NewArrival:
    """What is to be put down: which message of whom, from when on it may become one."""

    channel: str
    external_id: str
    client_external_id: str
    content: dict[str, Any]
    due_at: datetime
    album: str | None = None
    has_files: bool = False


def add(connection: Connection, arrival: NewArrival, now: datetime) -> bool:
    """Put a message down; False when it was there before, or is one of the messages already."""
    values = {
        "channel": arrival.channel, "external_id": arrival.external_id, "album_index": arrival.album, "state": WAITING,
        "client_index": arrival.client_external_id, "content": json.dumps(arrival.content, ensure_ascii=False),
        "has_files": arrival.has_files, "due_at": arrival.due_at, "attempts": 0, "created_at": now,
        "recorded_as": messages.platform_id(arrival.external_id),
    }  # fmt: skip
    if connection.execute(_ADD[connection.dialect.name], values).rowcount != 1:
        return False
    if arrival.album is not None:  # the parts of an album wait for each other
        album = (A.channel == arrival.channel, A.album_index == arrival.album, A.state == WAITING, A.attempts == 0)
        connection.execute(update(ArrivalRow).where(*album).values(due_at=arrival.due_at))
    return True


def _adding(insert: Any) -> Any:
    """One statement: the platform waits for it, and each further one lets other threads in between."""
    columns = [column for column in table(ArrivalRow).c if column.name != "id"]
    recorded = exists().where(M.channel == bindparam("channel"), M.external_id == bindparam("recorded_as"))
    fresh = select(*(bindparam(column.name, type_=column.type) for column in columns)).where(~recorded)
    return insert(table(ArrivalRow)).from_select(columns, fresh).on_conflict_do_nothing()


_ADD = {"sqlite": _adding(sqlite.insert), "postgresql": _adding(postgresql.insert)}


def any_due(connection: Connection, now: datetime, full: Sequence[str] = ()) -> bool:
    """Whether anything waits whose time has come; `full` as for `claim`."""
    query = select(A.id).where(*_due(now, full)).limit(1)
    return connection.execute(query).one_or_none() is not None


def claim(connection: Connection, now: datetime, limit: int, full: Sequence[str] = ()) -> list[Arrival]:
    """Claim what has waited longest where its time has come: of each client the first, and nothing behind it.

    Messages with files of the channels in `full` are left alone: enough of these are being fetched.
    """
    earlier = table(ArrivalRow).alias("earlier")
    behind = (
        select(earlier.c.id)
        .where(
            earlier.c.channel == A.channel, earlier.c.client_index == A.client_index,
            earlier.c.state == WAITING, earlier.c.id < A.id,
        )
        .exists()
    )  # fmt: skip
    due = select(table(ArrivalRow)).where(*_due(now, full), ~behind)
    due = due.order_by(A.due_at, A.id).limit(limit).with_for_update(skip_locked=True)
    found = [_arrival(row) for row in connection.execute(due)]
    if found:
        mine = update(ArrivalRow).where(A.id.in_([each.id for each in found]))
        connection.execute(mine.values(due_at=now + timedelta(seconds=LEASE_SECONDS)))
    return found


def _due(now: datetime, full: Sequence[str]) -> list[ColumnElement[bool]]:
    due = [A.state == WAITING, A.due_at <= now]
    return [*due, ~(A.has_files & A.channel.in_(list(full)))] if full else due


def parts(connection: Connection, first: Arrival) -> list[Arrival]:
    """The first part of an album and the others that have come, in order."""
    same = _is(A.client_index, first.client_index) & _is(A.album_index, first.album_index)
    query = select(table(ArrivalRow)).where(A.channel == first.channel, same, A.state == WAITING)
    return [_arrival(row) for row in connection.execute(query.order_by(A.id))]


def finish(connection: Connection, ids: Sequence[int], *, remember: bool = False) -> None:
    """The messages are made: forget what came. `remember` that it did, where a message is made of several."""
    if remember:
        connection.execute(update(ArrivalRow).where(A.id.in_(ids)).values(state=DONE, content=None))
    else:
        connection.execute(delete(ArrivalRow).where(A.id.in_(ids)))


def put_off(connection: Connection, ids: Sequence[int], due_at: datetime) -> None:
    """No message can be made of it now: try again later."""
    connection.execute(update(ArrivalRow).where(A.id.in_(ids)).values(attempts=A.attempts + 1, due_at=due_at))


def hold(connection: Connection, ids: Sequence[int], until: datetime) -> None:
    """Leave these alone until then."""
    connection.execute(update(ArrivalRow).where(A.id.in_(ids), A.state == WAITING).values(due_at=until))


def set_aside(connection: Connection, ids: Sequence[int]) -> None:
    """No message can be made of it at all: keep it, and let what waits behind it go on."""
    connection.execute(update(ArrivalRow).where(A.id.in_(ids)).values(state=STUCK))


def counts(connection: Connection) -> dict[str, int]:
    """How many arrivals are waiting and how many are stuck."""
    query = select(A.state, func.count().label("many")).where(A.state.in_((WAITING, STUCK))).group_by(A.state)
    found = {row.state: row.many for row in connection.execute(query)}
    return {WAITING: 0, STUCK: 0} | found


def _is(column: "Column[Any]", kept: str | None) -> ColumnElement[bool]:
    """The condition that a column has this hash; a value would be hashed once more."""
    return type_coerce(column, String) == kept


def _arrival(row: Any) -> Arrival:
    return Arrival(
        row.id, row.channel, row.external_id, row.client_index, row.album_index, json.loads(row.content or "{}"),
        row.has_files, row.attempts, row.due_at, row.created_at,
    )  # fmt: skip
