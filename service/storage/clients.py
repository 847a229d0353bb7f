"""Clients: who they are, how they reach us, which of them staff found to be one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from service.domain.console import ClientMerge, LinkedChannel, PastRequest
from service.domain.conversations import ConversationState
from service.storage.staff import StaffMember
from service.storage.tables import (
    ClientRow,
    ConversationRow,
    HandoffRow,
    IdentityRow,
    MergeRow,
    StaffRow,
    table,
)
from service.storage.visibility import visible

C = table(ConversationRow).c
I = table(IdentityRow).c  # noqa: E741
H = table(HandoffRow).c
G = table(MergeRow).c
MOST_CONVERSATIONS = 50
"""A client has one conversation a channel; more than these are no client but an accident."""


def lock(connection: Connection, client_ids: Sequence[int], *, with_conversations: bool = True) -> None:
    """Hold these clients until the end of the transaction, always in the same order; their conversations before them.

    Without those for who handles a message: one conversation is held already, and waiting for another might last.
    """
    if with_conversations:
        theirs = select(C.id).where(C.client_id.in_(client_ids)).order_by(C.id)
        connection.execute(theirs.with_for_update())
    connection.execute(
        select(ClientRow.id).where(ClientRow.id.in_(client_ids)).order_by(ClientRow.id).with_for_update()
    )


def find(connection: Connection, client_id: int) -> int | None:
    """The client of this number, if there is one."""
    return connection.execute(select(ClientRow.id).where(ClientRow.id == client_id)).scalar_one_or_none()


def find_by_identity(connection: Connection, channel: str, external_id: str) -> int | None:
    """The client whom a channel knows under this name, if there is one."""
    query = select(I.client_id).where(I.channel == channel, I.external_index == external_id)
    return connection.execute(query).scalar_one_or_none()


def silent_since(connection: Connection, moment: datetime, limit: int) -> list[int]:
    """Clients none of whose conversations has changed since, and who wait for nobody."""
    lively = (C.updated_at >= moment) | C.state.in_((ConversationState.QUEUED, ConversationState.OPERATOR))
    alive = select(C.id).where(C.client_id == ClientRow.id, lively).exists()
    moved = select(G.id).where(G.from_client == ClientRow.id, G.undone_at.is_(None)).exists()  # goes with the other one
    query = select(ClientRow.id).where(ClientRow.created_at < moment, ~alive, ~moved)
    query = query.order_by(ClientRow.id).limit(limit)
    return list(connection.execute(query).scalars())


def about(connection: Connection, client_id: int) -> Row[*tuple[Any, ...]]:
    """Name, segment and created_at of a client."""
    return connection.execute(select(table(ClientRow)).where(ClientRow.id == client_id)).one()


def channels(connection: Connection, client_id: int, staff: StaffMember) -> list[LinkedChannel]:
    """The client's conversations that `staff` may see, oldest first."""
    query = (
        select(C.id, C.channel, C.state, C.language, C.created_at, I.subscribed)
        .join(IdentityRow, I.id == C.identity_id)
        .where(C.client_id == client_id, visible(staff))
        .order_by(C.id)
        .limit(MOST_CONVERSATIONS)
    )
    return [
        LinkedChannel(row.id, row.channel, ConversationState(row.state), row.language, row.subscribed, row.created_at)
        for row in connection.execute(query)
    ]


def requests(connection: Connection, conversation_ids: Sequence[int], limit: int) -> list[PastRequest]:
    """Requests to people that have ended, newest first."""
    query = (
        select(table(HandoffRow), C.channel, StaffRow.name.label("operator"))
        .join(ConversationRow, C.id == H.conversation_id)
        .outerjoin(StaffRow, StaffRow.id == H.taken_by)
        .where(H.conversation_id.in_(conversation_ids), H.ended_at.is_not(None))
        .order_by(H.id.desc())
        .limit(limit)
    )
    return [
        PastRequest(
            row.conversation_id, row.channel, row.department, row.intent, row.reason, row.operator, row.created_at,
            row.ended_at, row.ended_how,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def merge(connection: Connection, from_client: int, into_client: int, reason: str, staff_id: int, now: datetime) -> int:
    """Move all identities and conversations of one client to another; returns the id of the merge."""
    moved = list(connection.execute(select(I.id).where(I.client_id == from_client).order_by(I.id)).scalars())
    _move(connection, moved, into_client)
    values = {
        "from_client": from_client, "into_client": into_client, "identities": moved, "reason": reason,
        "staff_id": staff_id, "created_at": now,
    }  # fmt: skip
    key = connection.execute(insert(table(MergeRow)).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def unmerge(connection: Connection, merge_id: int, staff_id: int, now: datetime) -> bool:
    """Move the identities back; False when they are no longer where the merge has put them."""
    row = connection.execute(select(table(MergeRow)).where(G.id == merge_id)).one()
    here = select(I.id).where(I.id.in_(row.identities), I.client_id == row.into_client)
    if len(connection.execute(here).all()) != len(row.identities):
        return False
    _move(connection, row.identities, row.from_client)
    connection.execute(update(MergeRow).where(G.id == merge_id).values(undone_by=staff_id, undone_at=now))
    return True


def _move(connection: Connection, identities: Sequence[int], client_id: int) -> None:
    connection.execute(update(IdentityRow).where(I.id.in_(identities)).values(client_id=client_id))
    connection.execute(update(ConversationRow).where(C.identity_id.in_(identities)).values(client_id=client_id))


def get_merge(connection: Connection, merge_id: int) -> ClientMerge | None:
    """A merge by its id; None if there is none."""
    row = connection.execute(_merges().where(G.id == merge_id)).one_or_none()
    return _merge(row) if row is not None else None


def conversations_moved(connection: Connection, merge_id: int) -> list[int]:
    """The conversations that a merge moved."""
    moved = connection.execute(select(G.identities).where(G.id == merge_id)).scalar_one()
    return list(connection.execute(select(C.id).where(C.identity_id.in_(moved)).order_by(C.id)).scalars())


def merges_of(connection: Connection, client_id: int) -> list[ClientMerge]:
    """The merges into this client, newest first, also those undone."""
    query = _merges().where((G.into_client == client_id) | (G.from_client == client_id)).order_by(G.id.desc())
    return [_merge(row) for row in connection.execute(query)]


def _merges() -> Select[Any]:
    return select(table(MergeRow), StaffRow.name.label("by")).outerjoin(StaffRow, StaffRow.id == G.staff_id)


def _merge(row: Row[*tuple[Any, ...]]) -> ClientMerge:
    by_code = row.link_id is not None
    return ClientMerge(
        row.id, row.from_client, row.into_client, row.reason, row.by or "", row.created_at, row.undone_at, by_code
    )


def keep_thread(connection: Connection, identity_id: int, thread: str) -> None:
    """Keep what a channel needs to answer this client in the same place."""
    connection.execute(update(IdentityRow).where(I.id == identity_id).values(thread=thread))


def reach_differs(connection: Connection, channel: str, external_id: str, reachable: bool) -> bool:
    """Whether a client is known whose messages reach them, or don't, other than `reachable` says."""
    query = select(I.id).where(I.channel == channel, I.external_index == external_id, I.reachable.is_not(reachable))
    return connection.execute(query).one_or_none() is not None


def set_reachable(connection: Connection, channel: str, external_id: str, reachable: bool) -> int | None:
    """Remember whether messages can reach this client; their conversation where that has changed, None otherwise."""
    query = select(I.id, C.id.label("conversation_id")).join(ConversationRow, C.identity_id == I.id)
    known = connection.execute(
        query.where(I.channel == channel, I.external_index == external_id, I.reachable.is_not(reachable))
    ).one_or_none()
    if known is None:
        return None
    connection.execute(update(IdentityRow).where(I.id == known.id).values(reachable=reachable))
    return int(known.conversation_id)
