"""Understood messages counted by week, for seeing whether they change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from service.domain.drift import Week
from service.storage.tables import LogRow, table

U = table(LogRow).c
UNSURE_BELOW = 0.5


def count_week(connection: Connection, since: datetime, until: datetime) -> Week:
    """The client messages from `since` up to `until`."""
    mine = (U.created_at >= since, U.created_at < until, U.message_id.is_not(None))

    def by(column: Any) -> dict[str, int]:
        rows = connection.execute(select(column, func.count()).where(*mine).group_by(column))
        return {str(group): count for group, count in rows if group is not None}

    scope = by(U.in_scope)
    unsure = connection.execute(
        select(func.count()).where(*mine, (U.confidence < UNSURE_BELOW) | U.intent.is_(None))
    ).scalar_one()
    intents = connection.execute(
        select(U.intent, func.count()).where(*mine, U.in_scope, U.intent.is_not(None)).group_by(U.intent)
    )
    inside = {str(intent): int(count) for intent, count in intents}
    return Week(sum(scope.values()), unsure, inside, by(U.language), scope)
