"""The routing table."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from service.domain.routes import AssignmentMode, Route
from service.storage import records
from service.storage.tables import RouteRow, table

R = table(RouteRow).c
VERSION = "routes_version"


def all_routes(connection: Connection) -> tuple[Route, ...]:
    """Every row, by its place."""
    rows = connection.execute(select(table(RouteRow)).order_by(R.place, R.id))
    return tuple(
        Route(
            **{
                name: value
                for name, value in row._mapping.items()
                if name != "mode"
            },
            mode=AssignmentMode(row.mode) if row.mode else None,
        )
        for row in rows
    )  # fmt: skip


def replace_routes(connection: Connection, routes: Sequence[Route]) -> None:
    """These rows in this order and no others."""
    connection.execute(delete(RouteRow))
    if routes:
        rows = [
            {name: value for name, value in asdict(route).items() if name != "id"}
            | {"place": place, "mode": route.mode.value if route.mode else None}
            for place, route in enumerate(routes)
        ]
        connection.execute(insert(table(RouteRow)), rows)
    bump(connection, VERSION)


def bump(connection: Connection, note: str) -> None:
    """Move a version on, so that every process notices the change."""
    records.set_note(connection, note, str(int(records.get_note(connection, note) or 0) + 1))
