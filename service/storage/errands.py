"""Errands of procedures: written down with the message that caused them, claimed by one process at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from service.domain.conversations import ConversationView
from service.domain.errands import Errand
from service.storage.tables import ErrandRow, table

E = table(ErrandRow).c
LEASE_SECONDS = 30
"""A performer is done in less; after it the process that had the errand in hand counts as dead."""
WAITING, RUNNING = "waiting", "running"
WITHDRAWN, LATE = "withdrawn", "late"


@dataclass(frozen=True)
class ClaimedErrand:
    """An errand in hand; `attempts` counts this one."""

    key: str
    conversation_id: int
    identity_id: int
    dialogue: str
    operation: str
    arguments: Mapping[str, Any]
    attempts: int


def add(
    connection: Connection, key: str, errand: Errand, conversation: ConversationView, dialogue: str, now: datetime
) -> None:  # fmt: skip
    """Write an errand down, in the transaction of the message that caused it."""
    connection.execute(
        insert(table(ErrandRow)).values(
            id=key, conversation_id=conversation.id, identity_id=conversation.identity_id, dialogue=dialogue,
            operation=errand.operation, arguments=json.dumps(dict(errand.arguments)),
            state=WAITING, due_at=now, created_at=now,
        )
    )  # fmt: skip


def is_anything_due(connection: Connection, now: datetime) -> bool:
    """Whether an errand waits to be done now; a cheap look without a lock."""
    query = select(E.id).where(E.state.in_((WAITING, RUNNING)), _due(now)).limit(1)
    return connection.execute(query).one_or_none() is not None


def claim_due(connection: Connection, now: datetime, limit: int) -> list[ClaimedErrand]:
    """Take what is due in hand, oldest first; also what a process that died had in hand."""
    due = (
        select(E.id).where(E.state.in_((WAITING, RUNNING)), _due(now)).order_by(E.due_at, E.created_at).limit(limit)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    keys = list(connection.execute(due).scalars())
    if not keys:
        return []
    lease = now + timedelta(seconds=LEASE_SECONDS)
    connection.execute(
        update(ErrandRow).where(E.id.in_(keys)).values(state=RUNNING, leased_until=lease, attempts=E.attempts + 1)
    )
    rows = connection.execute(select(table(ErrandRow)).where(E.id.in_(keys)).order_by(E.due_at, E.created_at))
    return [
        ClaimedErrand(
            row.id,
            row.conversation_id,
            row.identity_id,
            row.dialogue,
            row.operation,
            json.loads(row.arguments),
            row.attempts,
        )
        for row in rows
    ]


def put_off(connection: Connection, key: str, until: datetime, error: str) -> None:
    """Try again later."""
    mine = update(ErrandRow).where(E.id == key, E.state == RUNNING)
    connection.execute(mine.values(state=WAITING, due_at=until, leased_until=None, error=error[:500]))


def end(connection: Connection, key: str, state: str, now: datetime, error: str | None = None) -> bool:
    """Write down how an errand ended and forget its arguments; False when it had ended before."""
    mine = update(ErrandRow).where(E.id == key, E.state.in_((WAITING, RUNNING)))
    values = {"state": state, "ended_at": now, "leased_until": None, "arguments": "{}", "error": error and error[:500]}
    return connection.execute(mine.values(**values)).rowcount == 1


def withdraw(connection: Connection, key: str, now: datetime) -> bool:
    """Call an errand back; False when it is being done or was tried already, so that it may have happened."""
    mine = update(ErrandRow).where(E.id == key, E.state == WAITING, E.attempts == 0)
    return connection.execute(mine.values(state=WITHDRAWN, ended_at=now, arguments="{}")).rowcount == 1


def _due(now: datetime) -> Any:
    return or_((E.state == WAITING) & (E.due_at <= now), (E.state == RUNNING) & (E.leased_until < now))
