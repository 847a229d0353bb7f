"""Operators as assignment, rosters and the wall see them: what they may, can and hold."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from service.domain.conversations import ConversationState
from service.storage.staff import Role
from service.storage.tables import ConversationRow, OperatorCallRow, StaffRow, table

S = table(StaffRow).c
C = table(ConversationRow).c
O = table(OperatorCallRow).c  # noqa: E741 - as everywhere: the table's first letter


@dataclass(frozen=True)
class OperatorRecord:
    """One member of staff. No departments or languages means all of them; `capacity` None is the owner's default."""

    id: int
    login: str
    name: str
    role: Role
    departments: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: float | None
    disabled: bool


def all_operators(connection: Connection) -> list[OperatorRecord]:
    """Everybody who serves clients, those who have left too, by id."""
    query = select(table(StaffRow)).where(S.role != Role.ML.value).order_by(S.id)
    return [_operator(row) for row in connection.execute(query)]


def operator(connection: Connection, staff_id: int) -> OperatorRecord | None:
    """One of them; None when there is no such operator."""
    row = connection.execute(select(table(StaffRow)).where(S.id == staff_id)).one_or_none()
    return _operator(row) if row is not None else None


def held(connection: Connection, operator_id: int | None = None) -> dict[int, Counter[str]]:
    """Operator -> channel -> conversations they hold."""
    query = (
        select(C.operator_id, C.channel, func.count())
        .where(C.state == ConversationState.OPERATOR.value, C.operator_id.is_not(None))
        .group_by(C.operator_id, C.channel)
    )
    if operator_id is not None:
        query = query.where(C.operator_id == operator_id)
    found: dict[int, Counter[str]] = {}
    for holder, channel, number in connection.execute(query):
        found.setdefault(holder, Counter())[channel] = number
    return found


def calls(connection: Connection, operator_id: int | None = None) -> dict[int, int]:
    """Operator -> phone calls in progress."""
    query = select(O.staff_id, func.count()).where(O.ended_at.is_(None)).group_by(O.staff_id)
    if operator_id is not None:
        query = query.where(O.staff_id == operator_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def _operator(row: Row[Any]) -> OperatorRecord:
    return OperatorRecord(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        departments=tuple(row.departments),
        languages=tuple(row.languages),
        skills=tuple(row.skills),
        capacity=row.capacity,
        disabled=row.disabled_at is not None,
    )
