"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

LARGEST_ID = 2**31 - 1
"""The largest number an id or a `seq` can have: PostgreSQL keeps them as INTEGER and refuses to compare with more."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; naive values are refused because nobody knows when they are."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database, in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime can't be stored: {value!r}; use datetime.now(UTC)")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def write_json(value: Any) -> str:
    """JSON as it is kept: letters as they are, a third of the size of escaped Russian, and written five times faster.

    What isn't UTF-8 (half of an emoji) is escaped, as the standard library does it.
    """
    try:
        return to_json(value).decode()
    except PydanticSerializationError:
        return json.dumps(value)


def read_json(kept: str | bytes) -> Any:
    """What `write_json` wrote, now or in an earlier version."""
    try:
        return from_json(kept)
    except ValueError:
        return json.loads(kept)
