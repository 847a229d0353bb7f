"""Those a conversation can be passed to."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from service.storage.staff import Role, StaffMember
from service.storage.tables import StaffRow, table

S = table(StaffRow).c
SERVING = (Role.OPERATOR.value, Role.SUPERVISOR.value, Role.ADMIN.value)
_COLUMNS = (S.id, S.login, S.name, S.role, S.departments)


def find(connection: Connection, staff_id: int) -> StaffMember | None:
    """The colleague; None for one who has left, was never here or doesn't serve clients."""
    row = connection.execute(_working().where(S.id == staff_id)).one_or_none()
    return _member(row) if row is not None else None


def everyone(connection: Connection) -> list[StaffMember]:
    """All who serve clients, by name."""
    return [_member(row) for row in connection.execute(_working().order_by(S.name, S.id))]


def _working() -> Select[Any]:
    return select(*_COLUMNS).where(S.disabled_at.is_(None), S.role.in_(SERVING))


def _member(row: Row[*tuple[Any, ...]]) -> StaffMember:
    return StaffMember(row.id, row.login, row.name, Role(row.role), tuple(row.departments))
