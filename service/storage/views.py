"""Searches that members of staff keep under a name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from service.storage.tables import SavedViewRow, table

V = table(SavedViewRow).c


def find(connection: Connection, staff_id: int, name: str) -> dict[str, Any] | None:
    """The search of this name, held until the transaction ends; None if there is none."""
    query = select(V.search).where(V.staff_id == staff_id, V.name == name).with_for_update()
    found: dict[str, Any] | None = connection.execute(query).scalar_one_or_none()
    return found


def save(connection: Connection, staff_id: int, name: str, search: dict[str, Any], now: datetime, *, new: bool) -> None:
    """Keep a search: a `new` one (IntegrityError when the name is taken), or in place of the one of this name."""
    if new:
        values = {"staff_id": staff_id, "name": name, "search": search, "updated_at": now}
        connection.execute(insert(table(SavedViewRow)).values(**values))
    else:
        mine = update(SavedViewRow).where(V.staff_id == staff_id, V.name == name)
        connection.execute(mine.values(search=search, updated_at=now))


def of(connection: Connection, staff_id: int) -> list[tuple[str, dict[str, Any]]]:
    """(name, search) of one person, by name."""
    query = select(V.name, V.search).where(V.staff_id == staff_id).order_by(V.name)
    return [(row.name, row.search) for row in connection.execute(query)]


def count(connection: Connection, staff_id: int) -> int:
    """How many one person keeps."""
    return connection.execute(select(func.count()).where(V.staff_id == staff_id)).scalar_one()


def remove(connection: Connection, staff_id: int, name: str) -> bool:
    """Forget a search; False when there is none of this name."""
    return connection.execute(delete(SavedViewRow).where(V.staff_id == staff_id, V.name == name)).rowcount == 1
