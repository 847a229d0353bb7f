"""Restrictions of suspicious senders: begun, read, seen and lifted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from service.domain.suspicion import Level, Restriction, Scope, Signal, identity_key
from service.errors import NotFound
from service.storage.tables import ConversationRow, IdentityRow, RestrictionRow, insert_row, table

R = table(RestrictionRow).c
C = table(ConversationRow).c
I = table(IdentityRow).c  # noqa: E741


def begin(
    connection: Connection, scope: Scope, subject: str, level: Level, signal: Signal, count: int, now: datetime,
    until: datetime,
) -> int:  # fmt: skip
    """Write a new one down; returns its id."""
    values = {
        "scope": scope.value, "subject": subject, "level": level.value, "signal": signal.value, "signals": count,
        "since": now, "until": until,
    }  # fmt: skip
    return insert_row(connection, RestrictionRow, values)


def standing(connection: Connection, now: datetime) -> list[Restriction]:
    """What stands now: neither over nor lifted."""
    query = select(table(RestrictionRow)).where(R.until > now, R.lifted_at.is_(None)).order_by(R.id)
    return [_restriction(row) for row in connection.execute(query)]


def stands(connection: Connection, scope: Scope, subject: str, level: Level, now: datetime) -> bool:
    """Whether this level, for whatever reason, stands against the subject already."""
    query = select(R.id).where(
        R.scope == scope.value, R.subject_index == subject, R.level == level.value, R.until > now, R.lifted_at.is_(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def count_since(connection: Connection, scope: Scope, subject: str, level: Level, since: datetime) -> int:
    """How often this level was put on the subject since then, lifted ones (they were mistakes) left out."""
    query = select(func.count()).where(
        R.scope == scope.value, R.subject_index == subject, R.level == level.value, R.since >= since,
        R.lifted_at.is_(None),
    )  # fmt: skip
    return connection.execute(query).scalar_one()


def get(connection: Connection, restriction_id: int, *, lock: bool = False) -> Restriction:
    """The one of this id; NotFound if there is none."""
    query = select(table(RestrictionRow)).where(R.id == restriction_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(f"there is no restriction {restriction_id}")
    return _restriction(row)


def recent(connection: Connection, limit: int, before_id: int | None = None) -> list[Restriction]:
    """All of them, newest first, with the conversation of whoever is an identity."""
    query = select(table(RestrictionRow)).order_by(R.id.desc()).limit(limit)
    rows = connection.execute(query if before_id is None else query.where(R.id < before_id)).all()
    known = _conversations(connection, [row.subject for row in rows if row.scope == Scope.IDENTITY])
    return [_restriction(row, known.get(row.subject)) for row in rows]


def count_unseen(connection: Connection, since: datetime) -> int:
    """How many that began since then nobody has looked at."""
    query = select(func.count()).where(R.since >= since, R.seen_by.is_(None), R.lifted_at.is_(None))
    return connection.execute(query).scalar_one()


def change(connection: Connection, restriction_id: int, **values: Any) -> None:
    """Set columns of one."""
    connection.execute(update(RestrictionRow).where(R.id == restriction_id).values(**values))


def answer_kept(connection: Connection, restriction_id: int, now: datetime) -> int:
    """Make messages that were kept because of this one due for an answer; returns in how many conversations."""
    kept = update(ConversationRow).where(C.held_by == restriction_id, C.waiting_since.is_not(None))
    return connection.execute(kept.values(answer_due_at=now, held_by=None)).rowcount


def _conversations(connection: Connection, subjects: Sequence[str]) -> dict[str, int]:
    pairs = [subject.partition("/")[::2] for subject in subjects]
    query = select(C.id, I.channel, I.external_id).join(IdentityRow, I.id == C.identity_id)
    found = connection.execute(query.where(I.external_index.in_([external_id for _, external_id in pairs])))
    return {identity_key(row.channel, row.external_id): row.id for row in found}


def _restriction(row: Row[Any], conversation_id: int | None = None) -> Restriction:
    return Restriction(
        row.id, Scope(row.scope), row.subject, Level(row.level), Signal(row.signal), row.signals, row.since, row.until,
        row.seen_by, row.lifted_by, row.lifted_at, conversation_id,
    )  # fmt: skip
