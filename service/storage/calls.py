"""The call log: what is there, what is added, what is counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, func, insert, select

from service.domain.calls import Call, CallOutcome, Direction
from service.storage.tables import AccountLinkRow, CallRow, ConversationRow, StaffRow, table

K = table(CallRow).c
L = table(AccountLinkRow).c
C = table(ConversationRow).c
S = table(StaffRow).c


@dataclass(frozen=True)
class LoggedCall:
    """A call as it is listed: its number, and who took it by login and name."""

    id: int
    call: Call
    login: str | None
    name: str | None


@dataclass(frozen=True)
class CallTimes:
    """A call as the reports need it; no phone is opened for them."""

    operator_id: int | None
    direction: Direction
    outcome: CallOutcome
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime


def find(connection: Connection, external_ids: Sequence[str]) -> dict[str, Call]:
    """Those of these calls that are in the log."""
    query = select(table(CallRow)).where(K.external_id.in_(external_ids))
    return {row.external_id: _call(row) for row in connection.execute(query)}


def add(connection: Connection, calls: Iterable[Call], now: datetime) -> None:
    """Write these calls down; IntegrityError for one that is there already."""
    rows = [
        {
            "external_id": each.external_id, "phone": each.phone, "phone_index": each.phone,
            "operator_id": each.operator, "department": each.department, "direction": each.direction.value,
            "outcome": each.outcome.value, "started_at": each.started_at, "answered_at": each.answered_at,
            "ended_at": each.ended_at, "intent": each.intent, "created_at": now,
        }
        for each in calls
    ]  # fmt: skip
    if rows:
        connection.execute(insert(table(CallRow)), rows)


def newest(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime, limit: int, offset: int
) -> list[LoggedCall]:
    """The calls that began in the period and meet `condition`, newest first."""
    query = _listed().where(condition, K.started_at >= since, K.started_at < until)
    ordered = query.order_by(K.started_at.desc(), K.id.desc()).limit(limit).offset(offset)
    return [_logged(row) for row in connection.execute(ordered)]


def of_client(
    connection: Connection, conversation_ids: Sequence[int], condition: ColumnElement[bool], limit: int
) -> list[LoggedCall]:
    """The last calls with the phones that the client of these conversations has proved to be theirs."""
    proved = proved_phones(conversation_ids)
    query = _listed().join(proved, proved.c.phone_index == K.phone_index).where(condition)
    ordered = query.order_by(K.started_at.desc(), K.id.desc()).limit(limit)
    return [_logged(row) for row in connection.execute(ordered)]


def proved_phones(conversation_ids: Sequence[int]) -> Subquery:
    """phone_index -> conversation_id (the first, so that each call stands in one place) by links that hold now."""
    return (
        select(L.phone_index, func.min(C.id).label("conversation_id"))
        .join(ConversationRow, C.identity_id == L.identity_id)
        .where(C.id.in_(conversation_ids), L.ended_at.is_(None), L.phone_index.is_not(None))
        .group_by(L.phone_index)
        .subquery()
    )


def times(connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime) -> list[CallTimes]:
    """Every call that began in the period and meets `condition`, in order."""
    query = (
        select(K.operator_id, K.direction, K.outcome, K.started_at, K.answered_at, K.ended_at)
        .where(condition, K.started_at >= since, K.started_at < until)
        .order_by(K.started_at, K.id)
    )
    return [
        CallTimes(row[0], Direction(row[1]), CallOutcome(row[2]), row[3], row[4], row[5])
        for row in connection.execute(query)
    ]


def from_clients(
    connection: Connection, condition: ColumnElement[bool], since: datetime, until: datetime
) -> list[tuple[str | None, datetime, str | None]]:
    """(hash of the phone, beginning, topic) of every call that a client made in the period, in order."""
    mine = (condition, K.direction == Direction.IN.value, K.started_at >= since, K.started_at < until)
    query = select(K.phone_index, K.started_at, K.intent).where(*mine).order_by(K.started_at, K.id)
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def _listed() -> Select[Any]:
    return select(table(CallRow), S.login, S.name).outerjoin(StaffRow, S.id == K.operator_id)


def _logged(row: Row[*tuple[Any, ...]]) -> LoggedCall:
    return LoggedCall(row.id, _call(row), row.login, row.name)


def _call(row: Row[*tuple[Any, ...]]) -> Call:
    return Call(
        row.external_id, row.phone, row.operator_id, row.department, Direction(row.direction),
        CallOutcome(row.outcome), row.started_at, row.answered_at, row.ended_at, row.intent,
    )  # fmt: skip
