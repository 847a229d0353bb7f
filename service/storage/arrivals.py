"""What platforms told us and is no message yet: its files have to be fetched first, or it waits behind such a one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.storage.tables import ArrivalRow, table

A = table(ArrivalRow).c
WAITING, DONE = "waiting", "done"


@dataclass(frozen=True)
class Arrival:
    """One message of a client that waits; `content` is the channel's event as JSON."""

    id: int
    channel: str
    external_id: str
    client_external_id: str
    album: str | None
    content: dict[str, Any]
    attempts: int
    due_at: datetime
    created_at: datetime


def add(
    connection: Connection, channel: str, external_id: str, client_external_id: str, album: str | None,
    content: dict[str, Any], due_at: datetime, now: datetime,
) -> bool:  # fmt: skip
    """Put a message down; False when it was there before."""
    values = {
        "channel": channel, "external_id": external_id, "client_external_id": client_external_id, "album": album,
        "content": content, "state": WAITING, "due_at": due_at, "attempts": 0, "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(insert(table(ArrivalRow)).values(**values))
    except IntegrityError:
        return False
    if album is not None:  # the parts of an album wait for each other
        parts = update(ArrivalRow).where(A.channel == channel, A.album == album, A.state == WAITING, A.attempts == 0)
        connection.execute(parts.values(due_at=due_at))
    return True


def is_known(connection: Connection, channel: str, external_id: str) -> bool:
    """Whether this message came before, with files."""
    query = select(A.id).where(A.channel == channel, A.external_id == external_id)
    return connection.execute(query).one_or_none() is not None


def has_waiting(connection: Connection, channel: str, client_external_id: str) -> bool:
    """Whether an earlier message of this client waits, so that the next one has to wait behind it."""
    query = select(A.id).where(A.channel == channel, A.client_external_id == client_external_id, A.state == WAITING)
    return connection.execute(query.limit(1)).one_or_none() is not None


def due(connection: Connection, now: datetime, limit: int = 20) -> list[Arrival]:
    """The first message of each client that waits, where its time has come."""
    earlier = table(ArrivalRow).alias("earlier")
    behind = (
        select(earlier.c.id)
        .where(
            earlier.c.channel == A.channel, earlier.c.client_external_id == A.client_external_id,
            earlier.c.state == WAITING, earlier.c.id < A.id,
        )
        .exists()
    )  # fmt: skip
    query = select(table(ArrivalRow)).where(A.state == WAITING, A.due_at <= now, ~behind).order_by(A.id).limit(limit)
    return [_arrival(row) for row in connection.execute(query)]


def parts(connection: Connection, first: Arrival) -> list[Arrival]:
    """The arrival and the other parts of its album that have come, in order."""
    if first.album is None:
        return [first]
    query = select(table(ArrivalRow)).where(
        A.channel == first.channel, A.client_external_id == first.client_external_id, A.album == first.album,
        A.state == WAITING,
    )  # fmt: skip
    return [_arrival(row) for row in connection.execute(query.order_by(A.id))]


def finish(connection: Connection, ids: Sequence[int]) -> None:
    """The messages are made: forget what came, remember that it did."""
    connection.execute(update(ArrivalRow).where(A.id.in_(ids)).values(state=DONE, content=None))


def put_off(connection: Connection, ids: Sequence[int], due_at: datetime) -> None:
    """The files could not be fetched now: try again later."""
    connection.execute(update(ArrivalRow).where(A.id.in_(ids)).values(attempts=A.attempts + 1, due_at=due_at))


def _arrival(row: Any) -> Arrival:
    return Arrival(
        row.id, row.channel, row.external_id, row.client_external_id, row.album, row.content or {}, row.attempts,
        row.due_at, row.created_at,
    )  # fmt: skip
