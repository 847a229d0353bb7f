"""What push channels still have to deliver: claimed by one worker at a time, in order within a conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from service.domain.messages import Button, DeliveryState
from service.storage.tables import ConversationRow, IdentityRow, MessageRow, OutboxRow, table

O = table(OutboxRow).c  # noqa: E741
M = table(MessageRow).c
LEASE_SECONDS = 300
"""Longer than any platform is waited for; after it a worker counts as dead."""
CLAIMED, SENDING = "claimed", "sending"


@dataclass(frozen=True)
class Parcel:
    """One message on its way to a platform; `key` is stable across attempts."""

    outbox_id: int
    message_id: int
    conversation_id: int
    channel: str
    recipient: str
    key: str
    text: str
    buttons: tuple[Button, ...]
    attempts: int


def enqueue(connection: Connection, message_id: int, conversation_id: int, channel: str, now: datetime) -> None:
    """Put a message of ours on its way; in the transaction that wrote it."""
    connection.execute(
        insert(table(OutboxRow)).values(
            message_id=message_id, conversation_id=conversation_id, channel=channel, due_at=now
        )
    )


def is_anything_due(connection: Connection, now: datetime) -> bool:
    """Whether any parcel is due."""
    query = select(O.id).where(O.state == DeliveryState.QUEUED, O.due_at <= now).limit(1)
    return connection.execute(query).one_or_none() is not None


def claim_due(connection: Connection, now: datetime, limit: int = 50) -> list[Parcel]:
    """Claim what is due: the oldest parcel of each conversation only, so that replies keep their order.

    A claim says «this worker has it in hand»; `begin_sending` says «it may have left».
    """
    first = (
        select(func.min(O.id))
        .where(O.state.in_((DeliveryState.QUEUED, CLAIMED, SENDING)))
        .group_by(O.conversation_id)
        .scalar_subquery()
    )
    due = (
        select(O.id)
        .where(O.id.in_(first), O.state == DeliveryState.QUEUED, O.due_at <= now)
        .order_by(O.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(due).scalars())
    if not ids:
        return []
    lease = now + timedelta(seconds=LEASE_SECONDS)
    connection.execute(update(OutboxRow).where(O.id.in_(ids)).values(state=CLAIMED, leased_until=lease))
    return _parcels(connection, ids)


def begin_sending(connection: Connection, parcel: Parcel, now: datetime) -> bool:
    """Write down, before the platform is called, that it is; False when the claim was lost in the meantime."""
    lease = now + timedelta(seconds=LEASE_SECONDS)
    mine = update(OutboxRow).where(O.id == parcel.outbox_id, O.state == CLAIMED)
    result = connection.execute(mine.values(state=SENDING, leased_until=lease, attempts=O.attempts + 1))
    return result.rowcount == 1


def _parcels(connection: Connection, ids: list[int]) -> list[Parcel]:
    query = (
        select(table(OutboxRow), M.text, M.buttons, M.external_id, IdentityRow.external_id.label("recipient"))
        .join(MessageRow, M.id == O.message_id)
        .join(ConversationRow, ConversationRow.id == O.conversation_id)
        .join(IdentityRow, IdentityRow.id == ConversationRow.identity_id)
        .where(O.id.in_(ids))
        .order_by(O.id)
    )
    return [
        Parcel(
            outbox_id=row.id,
            message_id=row.message_id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            recipient=row.recipient,
            key=row.external_id,
            text=row.text,
            buttons=tuple(Button(**button) for button in row.buttons or ()),
            attempts=row.attempts,
        )
        for row in connection.execute(query)
    ]


def settle(
    connection: Connection, parcel: Parcel, state: DeliveryState, *, platform_id: str | None = None,
    error: str | None = None, retry_at: datetime | None = None,
) -> None:  # fmt: skip
    """Write down how an attempt ended; QUEUED with `retry_at` puts it back in line."""
    values: dict[str, Any] = {"state": state.value, "leased_until": None, "error": error, "platform_id": platform_id}
    if retry_at is not None:
        values["due_at"] = retry_at
    connection.execute(update(OutboxRow).where(O.id == parcel.outbox_id).values(**values))
    connection.execute(update(MessageRow).where(M.id == parcel.message_id).values(state=state.value))


def mark_lost(connection: Connection, now: datetime) -> int:
    """What a dead worker left: only claimed, it goes back in line; being sent, nobody knows whether it arrived.

    The latter becomes unknown: shown, never guessed. Returns how many did.
    """
    expired = O.leased_until < now
    connection.execute(
        update(OutboxRow).where(O.state == CLAIMED, expired).values(state=DeliveryState.QUEUED.value, leased_until=None)
    )
    lost = list(connection.execute(select(O.id, O.message_id).where(O.state == SENDING, expired)))
    for outbox_id, message_id in lost:
        connection.execute(
            update(OutboxRow).where(O.id == outbox_id).values(state=DeliveryState.UNKNOWN.value, leased_until=None)
        )
        connection.execute(update(MessageRow).where(M.id == message_id).values(state=DeliveryState.UNKNOWN.value))
    return len(lost)
