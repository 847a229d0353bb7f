"""What every table stands on: the base class, and statements that skip the ORM (the hot path does)."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import JSON, Connection, Insert, Table, insert
from sqlalchemy.orm import DeclarativeBase

from service.storage.columns import UtcDateTime


class Base(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way of declaring it
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


def table(row: type[Base]) -> Table:
    """The table behind a row class, for statements that skip the ORM (the hot path does)."""
    return cast(Table, row.__table__)


@cache
def _insert(row: type[Base]) -> Insert:
    return insert(table(row))


def insert_row(connection: Connection, row: type[Base], values: Mapping[str, Any]) -> int:
    """Insert one row and return its id. Columns with a Python-side default may be left out."""
    key = connection.execute(_insert(row), values).inserted_primary_key
    assert key is not None  # noqa: S101 - every INSERT of one row has one
    return int(key[0]) if isinstance(key[0], int) else 0
