"""Presence and its timeline, and the phone calls operators are in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from service.domain.presence import Presence, PresenceSpan, PresenceState
from service.storage.tables import OperatorCallRow, PresenceRow, PresenceSpanRow, insert_row, table

P = table(PresenceRow).c
T = table(PresenceSpanRow).c
K = table(OperatorCallRow).c


def get(connection: Connection, operator_id: int, *, lock: bool = False) -> Presence | None:
    """What the operator does now; None for one who was never there. `lock` inside a write."""
    query = select(table(PresenceRow)).where(P.staff_id == operator_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _presence(row) if row is not None else None


def everyone(connection: Connection) -> dict[int, Presence]:
    """Operator -> what they do now."""
    return {row.staff_id: _presence(row) for row in connection.execute(select(table(PresenceRow)))}


def put(connection: Connection, presence: Presence, source: str) -> None:
    """Keep a new state and write the timeline on: the span that lasts ends, another begins."""
    values: dict[str, Any] = {
        "state": presence.state.value,
        "since": presence.since,
        "seen_at": presence.seen_at,
        "resume": presence.resume.value if presence.resume else None,
        "vanished": presence.vanished,
    }
    mine = update(PresenceRow).where(P.staff_id == presence.operator_id)
    if connection.execute(mine.values(values)).rowcount == 0:
        connection.execute(insert(table(PresenceRow)).values(staff_id=presence.operator_id, **values))
    end_span(connection, presence.operator_id, presence.since)
    insert_row(
        connection,
        PresenceSpanRow,
        {
            "staff_id": presence.operator_id, "state": presence.state.value, "began_at": presence.since,
            "ended_at": None, "source": source,
        },
    )  # fmt: skip


def end_span(connection: Connection, operator_id: int, at: datetime) -> None:
    """End the span that lasts; one without length (a state of no time, or a clock that was set back) is dropped."""
    lasting = (T.staff_id == operator_id) & T.ended_at.is_(None)
    connection.execute(delete(PresenceSpanRow).where(lasting, T.began_at >= at))
    connection.execute(update(PresenceSpanRow).where(lasting).values(ended_at=at))


def saw(connection: Connection, operator_id: int, now: datetime) -> None:
    """A console was heard."""
    connection.execute(update(PresenceRow).where(P.staff_id == operator_id).values(seen_at=now))


def silent_since(connection: Connection, moment: datetime) -> list[int]:
    """Operators who are not offline and whose console was not heard since `moment`."""
    query = select(P.staff_id).where(P.state != PresenceState.OFFLINE.value, P.seen_at < moment).order_by(P.staff_id)
    return list(connection.execute(query).scalars())


def spans(connection: Connection, operators: Sequence[int], since: datetime, until: datetime) -> list[PresenceSpan]:
    """The timeline of these operators as far as it touches the period, in order."""
    query = (
        select(table(PresenceSpanRow))
        .where(T.staff_id.in_(operators), T.began_at < until, T.ended_at.is_(None) | (T.ended_at > since))
        .order_by(T.staff_id, T.began_at, T.id)
    )
    return [
        PresenceSpan(row.staff_id, PresenceState(row.state), row.began_at, row.ended_at, row.source)
        for row in connection.execute(query)
    ]


def begin_call(connection: Connection, operator_id: int, key: str, now: datetime) -> bool:
    """Write down a call; False when this call was written before."""
    if connection.execute(select(K.id).where(K.key == key)).one_or_none() is not None:
        return False
    insert_row(connection, OperatorCallRow, {"key": key, "staff_id": operator_id, "began_at": now, "ended_at": None})
    return True


def finish_call(connection: Connection, key: str, now: datetime) -> int | None:
    """End a call; the operator's id, or None when there is no such call or it has ended already."""
    whose = connection.execute(select(K.staff_id).where(K.key == key, K.ended_at.is_(None))).scalar_one_or_none()
    if whose is not None:
        connection.execute(update(OperatorCallRow).where(K.key == key, K.ended_at.is_(None)).values(ended_at=now))
    return whose


def _presence(row: Row[Any]) -> Presence:
    return Presence(
        row.staff_id,
        PresenceState(row.state),
        row.since,
        row.seen_at,
        PresenceState(row.resume) if row.resume else None,
        row.vanished,
    )
