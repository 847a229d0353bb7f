"""Identities linked to clients of the bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, String, Subquery, func, literal, or_, select, update

from service.domain.verification import Link
from service.storage.tables import AccountLinkRow, insert_row, table

L = table(AccountLinkRow).c
COLUMNS = (
    L.account.label("link_account"), L.linked_at.label("link_linked_at"), L.verified_at.label("link_verified_at"),
    L.expires_at.label("link_expires_at"), L.address.label("link_address"), L.segment.label("link_segment"),
)  # fmt: skip
"""What a query that joins `is_active` reads, for `link_of`."""


def is_active(identity_id: Column[Any]) -> ColumnElement[bool]:
    """The condition of the join: the link of this identity that has not ended."""
    return (L.identity_id == identity_id) & L.ended_at.is_(None)


def link_of(row: Row[*tuple[Any, ...]]) -> Link | None:
    """The link among the columns of a row that has `COLUMNS`."""
    if row.link_account is None:
        return None
    return Link(
        row.link_account, row.link_linked_at, row.link_verified_at, row.link_expires_at, row.link_address,
        row.link_segment,
    )  # fmt: skip


EXPIRED = "expired"
OWNER = "owner"
"""Who ended a link that was not made by the owner of the account."""
_PROVED = (L.phone_index.is_not(None), or_(L.ended_by.is_(None), L.ended_by == EXPIRED))


@dataclass(frozen=True)
class LinkedIdentity:
    """A link with what it hangs on."""

    id: int
    identity_id: int
    link: Link


def active(connection: Connection, identity_id: int) -> LinkedIdentity | None:
    """The link of an identity that has not ended; whether it has expired is for the caller."""
    query = select(L.id, L.identity_id, *COLUMNS).where(is_active(L.identity_id), L.identity_id == identity_id)
    row = connection.execute(query).one_or_none()
    link = link_of(row) if row is not None else None
    return LinkedIdentity(row.id, row.identity_id, link) if row is not None and link is not None else None


def last_account(connection: Connection, identity_id: int) -> str | None:
    """The client of the bank to whom an identity was linked last, whether that has ended or not."""
    query = select(L.account).where(L.identity_id == identity_id).order_by(L.id.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def begin(connection: Connection, identity_id: int, link: Link, phone: str | None = None) -> int:
    """Link an identity; a link it had ends. Returns the number of the new one.

    `phone` (E.164) is what the client proved to be theirs; without one that of a former proof of the same account.
    """
    former = _proved_phone(connection, identity_id, link.account) if phone is None else None
    end(connection, identity_id, link.linked_at, "linked_again")
    number = insert_row(
        connection,
        AccountLinkRow,
        {
            "identity_id": identity_id,
            "account": link.account,
            "address": link.address,
            "phone_index": phone,
            "segment": link.segment,
            "linked_at": link.linked_at,
            "verified_at": link.verified_at,
            "expires_at": link.expires_at,
        },
    )
    if former is not None:  # a hash already: written past the column's own hashing
        connection.execute(update(AccountLinkRow).where(L.id == number).values(phone_index=literal(former, String)))
    return number


def _proved_phone(connection: Connection, identity_id: int, account: str) -> str | None:
    """The hash of the phone with which this identity proved this account the last time."""
    query = select(L.phone_index).where(L.identity_id == identity_id, L.account == account, L.ended_at.is_(None))
    return connection.execute(query).scalar_one_or_none()


def proved_phones(connection: Connection, identity_ids: Sequence[int]) -> tuple[str, ...]:
    """The hashes of the phones that these identities proved to be theirs; not where a person has ended the link."""
    query = select(L.phone_index).where(L.identity_id.in_(identity_ids), *_PROVED)
    return tuple(connection.execute(query.distinct().order_by(L.phone_index)).scalars())


def last_proved() -> Subquery:
    """identity_id -> phone_index, the hash of the phone that it proved last; as `proved_phones` otherwise."""
    last = select(func.max(L.id)).where(*_PROVED).group_by(L.identity_id)
    return select(L.identity_id, L.phone_index).where(L.id.in_(last)).subquery()


def end(connection: Connection, identity_id: int, now: datetime, by: str) -> bool:
    """End the link of an identity; False when it has none."""
    query = update(AccountLinkRow).where(is_active(L.identity_id), L.identity_id == identity_id)
    return connection.execute(query.values(ended_at=now, ended_by=by)).rowcount == 1


def disown(connection: Connection, link_id: int, now: datetime) -> tuple[int, str] | None:
    """The owner says that a link isn't theirs: it ends. The identity and the account; None when they said so before."""
    mine = update(AccountLinkRow).where(L.id == link_id, or_(L.ended_by.is_(None), L.ended_by != OWNER))
    changed = connection.execute(mine.values(ended_by=OWNER, ended_at=func.coalesce(L.ended_at, now)))
    if changed.rowcount == 0:
        return None
    row = connection.execute(select(L.identity_id, L.account).where(L.id == link_id)).one()
    # A fresh code has begun another link to the same account, of which no letter told.
    later = update(AccountLinkRow).where(is_active(L.identity_id), L.identity_id == row.identity_id)
    connection.execute(later.where(L.account == row.account).values(ended_by=OWNER, ended_at=now))
    return row.identity_id, row.account


def end_expired(connection: Connection, now: datetime) -> int:
    """End what has expired; returns how many."""
    query = update(AccountLinkRow).where(L.ended_at.is_(None), L.expires_at <= now)
    return connection.execute(query.values(ended_at=now, ended_by=EXPIRED)).rowcount
