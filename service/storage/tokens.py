"""Random keys: API tokens of staff, kept as hashes; a token is shown once, when it is made."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from service.storage.tables import ApiTokenRow, StaffRow, insert_row, table

T = table(ApiTokenRow).c
S = table(StaffRow).c
TOKEN_PREFIX = "otk_"  # noqa: S105 - a mark by which leaked tokens are recognised, not a secret
FIRST_NAME = "first"
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiToken:
    """A token as its owner sees it in the list; the token itself is not kept."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def hash_key(key: str) -> str:
    """What is kept of a random key. 256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def add(
    connection: Connection, staff_id: int, name: str, now: datetime, expires_at: datetime | None = None
) -> tuple[int, str]:
    """A new token: its id, and the token to hand over."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    values = {
        "staff_id": staff_id, "name": name, "token_hash": hash_key(token), "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    return insert_row(connection, ApiTokenRow, values), token


def working(connection: Connection, staff_id: int, now: datetime) -> list[ApiToken]:
    """The tokens of a person that still work, oldest first."""
    query = (
        select(T.id, T.name, T.created_at, T.expires_at, T.last_used_at)
        .where(T.staff_id == staff_id, T.revoked_at.is_(None), or_(T.expires_at.is_(None), T.expires_at > now))
        .order_by(T.id)
    )
    return [ApiToken(*row) for row in connection.execute(query)]


def revoke(connection: Connection, staff_id: int, now: datetime, token_id: int | None = None) -> int:
    """Withdraw one token of a person, or all of them; returns how many stopped working."""
    which = [T.staff_id == staff_id, T.revoked_at.is_(None)]
    if token_id is not None:
        which.append(T.id == token_id)
    return connection.execute(update(table(ApiTokenRow)).where(*which).values(revoked_at=now)).rowcount


def owner(connection: Connection, token: str, now: datetime | None) -> tuple[int, int, datetime | None] | None:
    """(staff id, token id, last use) behind a token that works for a person who does; None otherwise.

    `now` None leaves the expiry out of the question.
    """
    query = (
        select(T.staff_id, T.id, T.last_used_at, T.expires_at)
        .join(StaffRow, S.id == T.staff_id)
        .where(T.token_hash == hash_key(token), T.revoked_at.is_(None), S.disabled_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None or (now is not None and row.expires_at is not None and row.expires_at <= now):
        return None
    return row.staff_id, row.id, row.last_used_at


def is_use_worth_noting(last_used_at: datetime | None, now: datetime) -> bool:
    """The last use is kept to the minute, so that reading doesn't write at every call."""
    return last_used_at is None or abs(now - last_used_at) >= NOTED_EVERY


def note_use(connection: Connection, token_id: int, now: datetime) -> None:
    """Remember when a token was used."""
    connection.execute(update(table(ApiTokenRow)).where(T.id == token_id).values(last_used_at=now))
