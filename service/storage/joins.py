"""Identities that proved to be of one client of the bank: joined under one client of ours, and parted again.

A join is a row of `client_merges` that names the link by which it was proved. Only the proved identity moves: whatever
else its former client has was proved by nobody.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from service.storage.tables import AccountLinkRow, ConversationRow, IdentityRow, MergeRow, table

I = table(IdentityRow).c  # noqa: E741
C = table(ConversationRow).c
G = table(MergeRow).c
L = table(AccountLinkRow).c


@dataclass(frozen=True)
class Join:
    """An identity that was moved from one client to another by its link to `account`."""

    merge_id: int
    link_id: int
    identity_id: int
    account: str
    from_client: int


def client_of(connection: Connection, identity_id: int) -> int:
    """The client of ours whom an identity belongs to now."""
    found: int = connection.execute(select(I.client_id).where(I.id == identity_id)).scalar_one()
    return found


def host_of(connection: Connection, account: str, identity_id: int, now: datetime) -> int | None:
    """The client of ours to whom the other identities linked to `account` belong, by the oldest link; None if alone."""
    others = (L.account == account, L.identity_id != identity_id, L.ended_at.is_(None), L.expires_at > now)
    query = select(I.client_id).join(AccountLinkRow, L.identity_id == I.id).where(*others).order_by(L.id).limit(1)
    return connection.execute(query).scalar_one_or_none()


def join(connection: Connection, identity_id: int, into_client: int, link_id: int, now: datetime) -> int:
    """Move one identity with its conversation; returns the number of the merge."""
    from_client = client_of(connection, identity_id)
    _move(connection, identity_id, into_client)
    values = {
        "from_client": from_client, "into_client": into_client, "identities": [identity_id], "reason": "",
        "link_id": link_id, "created_at": now,
    }  # fmt: skip
    key = connection.execute(insert(table(MergeRow)).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def of_identity(connection: Connection, identity_id: int) -> Join | None:
    """The join of an identity that stands; None for one that is where it began."""
    return next(iter(_standing(connection, L.identity_id == identity_id)), None)


def of_account(connection: Connection, account: str) -> list[Join]:
    """The joins by links to this client of the bank that stand, oldest first."""
    return _standing(connection, L.account == account)


def part(connection: Connection, made: Join, now: datetime) -> None:
    """Move the identity back to where it was before the join."""
    _move(connection, made.identity_id, made.from_client)
    connection.execute(update(MergeRow).where(G.id == made.merge_id).values(undone_at=now))


def _standing(connection: Connection, condition: ColumnElement[bool]) -> list[Join]:
    query = (
        select(G.id, G.link_id, L.identity_id, L.account, G.from_client)
        .join(AccountLinkRow, L.id == G.link_id)
        .where(G.undone_at.is_(None), condition)
        .order_by(G.id)
    )
    return [Join(*row) for row in connection.execute(query)]


def _move(connection: Connection, identity_id: int, client_id: int) -> None:
    # The conversation first: whoever handles a message of it is waited for before anything else of it is held.
    connection.execute(update(ConversationRow).where(C.identity_id == identity_id).values(client_id=client_id))
    connection.execute(update(IdentityRow).where(I.id == identity_id).values(client_id=client_id))
