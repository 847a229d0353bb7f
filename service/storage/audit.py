"""The audit trail: added to in the transaction of the action, never changed.

What staff do with conversations stands in `facts` and `messages` already, with who and when; the list reads those too
instead of keeping them twice. Texts of messages and personal data of clients are never part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Select,
    String,
    and_,
    cast,
    insert,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from service.domain.messages import Author
from service.storage.audit_chain import new_nonce, seal_of
from service.storage.columns import LARGEST_ID, UtcDateTime
from service.storage.tables import AuditRow, FactRow, MessageRow, StaffRow, table

A = table(AuditRow).c
F = table(FactRow).c
M = table(MessageRow).c
S = table(StaffRow).c
NOT_STAFF = ("client", "bot", "system")
SHOWN_OF_FACTS = frozenset(
    {"seq", "intent", "resolution", "department", "from_department", "person", "from_person", "operator_id", "tag",
     "intents", "until", "reason", "merge", "with", "from", "to"}
)  # fmt: skip


@dataclass(frozen=True)
class AuditEntry:
    """One line of the trail."""

    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    data: Mapping[str, Any]
    address: str | None


@dataclass(frozen=True)
class AuditFilter:
    """Which lines are asked for; None means any. `since` is included, `until` isn't."""

    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record_audit(
    connection: Connection, actor: str, action: str, object_kind: str, object_id: str | int, data: Mapping[str, Any],
    now: datetime, address: str | None = None,
) -> None:  # fmt: skip
    """Write one line, sealed, in the transaction of the action.

    `data`: what it was before and is after, nothing personal.
    """
    values = {
        "actor": actor[:100], "action": action, "object_kind": object_kind, "object_id": str(object_id)[:100],
        "data": dict(data), "address": address[:64] if address else None, "created_at": now,
    }  # fmt: skip
    nonce = new_nonce()
    sealed = values | {"nonce": nonce, "mac": seal_of(connection, values, nonce)}
    connection.execute(insert(table(AuditRow)).values(**sealed))


def entries(connection: Connection, wanted: AuditFilter, limit: int = 100, offset: int = 0) -> list[AuditEntry]:
    """Lines of the trail, newest first: accounts and settings, and what staff did with conversations."""
    parts = [
        part
        for kind, part in (("", _own(wanted)), ("conversation", _facts(wanted)), ("conversation", _replies(wanted)))
        if not kind or wanted.object_kind in (None, kind)
    ]
    every = union_all(*parts).subquery()
    query = select(every).order_by(every.c.at.desc(), every.c.source, every.c.id.desc()).limit(limit).offset(offset)
    return [
        AuditEntry(
            row.at, row.actor, row.action, row.object_kind, row.object_id,
            _shown(row.data or {}) if row.source == "fact" else row.data or {}, row.address,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _own(wanted: AuditFilter) -> Select[Any]:
    return select(
        A.created_at.label("at"), A.actor, A.action, A.object_kind, A.object_id, A.data, A.address,
        literal("audit").label("source"), A.id,
    ).where(
        _fits(A.actor, wanted.actor), _fits(A.action, wanted.action), _fits(A.object_kind, wanted.object_kind),
        _fits(A.object_id, wanted.object_id), _between(A.created_at, wanted),
    )  # fmt: skip


def _facts(wanted: AuditFilter) -> Select[Any]:
    return select(
        F.created_at.label("at"), F.actor, F.kind.label("action"), literal("conversation").label("object_kind"),
        cast(F.conversation_id, String).label("object_id"), F.data, cast(null(), String).label("address"),
        literal("fact").label("source"), F.id,
    ).where(
        F.actor.not_in(NOT_STAFF), _fits(F.actor, wanted.actor), _fits(F.kind, wanted.action),
        _numbered(F.conversation_id, wanted.object_id), _between(F.created_at, wanted),
    )  # fmt: skip


def _replies(wanted: AuditFilter) -> Select[Any]:
    return (
        select(
            M.created_at.label("at"), S.login.label("actor"), literal("replied").label("action"),
            literal("conversation").label("object_kind"), cast(M.conversation_id, String).label("object_id"),
            cast(null(), JSON).label("data"), cast(null(), String).label("address"),
            literal("message").label("source"), M.id,
        )
        .join(StaffRow, S.id == M.operator_id)
        .where(
            M.operator_id.is_not(None), M.author == Author.OPERATOR.value, _fits(S.login, wanted.actor),
            _fits(literal("replied"), wanted.action), _numbered(M.conversation_id, wanted.object_id),
            _between(M.created_at, wanted),
        )
    )  # fmt: skip


def _fits(column: Any, value: str | None) -> Any:
    return literal(True) if value is None else column == value


def _numbered(column: Any, value: str | None) -> Any:
    if value is None:
        return literal(True)
    known = value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= LARGEST_ID
    return column == int(value) if known else literal(False)


def _between(column: Any, wanted: AuditFilter) -> Any:
    limits = [literal(True)]
    if wanted.since is not None:
        limits.append(column >= type_coerce(wanted.since, UtcDateTime))
    if wanted.until is not None:
        limits.append(column < type_coerce(wanted.until, UtcDateTime))
    return and_(*limits)


def _shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of a fact is fit to be shown: keys that hold no words of people."""
    return {key: value for key, value in data.items() if key in SHOWN_OF_FACTS}
