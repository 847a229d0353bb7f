"""What push channels still have to send: claimed by one worker at a time, in order within a conversation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from service.domain.conversations import ConversationState
from service.domain.files import AttachedFile
from service.domain.messages import Author, Button, DeliveryState
from service.storage.channels import CLAIMED, OPEN, SENDING
from service.storage.tables import ConversationRow, IdentityRow, MessageRow, OutboxRow, table

O = table(OutboxRow).c  # noqa: E741
M = table(MessageRow).c
C = table(ConversationRow).c
I = table(IdentityRow).c  # noqa: E741
LEASE_SECONDS = 300
"""Longer than any platform is waited for; after it a worker counts as dead."""


@dataclass(frozen=True)
class Parcel:
    """One request to a platform: part `part` of a message; `key` is stable across attempts.

    `waits`: the client waits for a person.
    """

    outbox_id: int
    message_id: int
    part: int
    conversation_id: int
    identity_id: int
    channel: str
    recipient: str
    key: str
    text: str
    buttons: tuple[Button, ...]
    files: tuple[AttachedFile, ...]
    author: Author
    language: str
    thread: str | None
    reachable: bool
    last_client_at: datetime | None
    written_at: datetime
    attempts: int
    waits: bool = False


def enqueue(
    connection: Connection, message_id: int, parts: int, conversation_id: int, channel: str, now: datetime
) -> None:
    """Put the parts of a message of ours on their way; in the transaction that wrote it."""
    rows = [
        {"message_id": message_id, "part": part, "conversation_id": conversation_id, "channel": channel, "due_at": now}
        for part in range(parts)
    ]
    connection.execute(insert(table(OutboxRow)), rows)


def next_due(connection: Connection, channel: str) -> datetime | None:
    """When the first queued request of a channel is due; None when nothing waits."""
    query = select(func.min(O.due_at)).where(O.channel == channel, O.state == DeliveryState.QUEUED)
    due: datetime | None = connection.execute(query).scalar_one()
    return due


def channels_due(connection: Connection, now: datetime) -> list[str]:
    """The channels in which anything is due."""
    query = select(O.channel).where(O.state == DeliveryState.QUEUED, O.due_at <= now).distinct()
    return list(connection.execute(query).scalars())


def claim_due(
    connection: Connection, channel: str, now: datetime, limit: int = 50, resting: Collection[int] = ()
) -> list[Parcel]:
    """Claim what is due in a channel: the oldest request of each conversation only, so that replies keep their order.

    Conversations in `resting` are left alone. A claim says «this worker has it in hand»; `begin_sending` says «it may
    have left».
    """
    earlier = table(OutboxRow).alias("earlier")
    behind = (
        select(earlier.c.id)
        .where(earlier.c.conversation_id == O.conversation_id, earlier.c.state.in_(OPEN), earlier.c.id < O.id)
        .exists()
    )
    due = (
        select(O.id)
        .where(O.channel == channel, O.state == DeliveryState.QUEUED, O.due_at <= now, ~behind)
        .order_by(O.due_at, O.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if resting:
        due = due.where(O.conversation_id.not_in(list(resting)))
    ids = list(connection.execute(due).scalars())
    if not ids:
        return []
    lease = now + timedelta(seconds=LEASE_SECONDS)
    connection.execute(update(OutboxRow).where(O.id.in_(ids)).values(state=CLAIMED, leased_until=lease))
    return [_parcel(row) for row in connection.execute(_parcels().where(O.id.in_(ids)))]


def begin_sending(connection: Connection, parcel: Parcel, now: datetime) -> bool:
    """Write down, before the platform is called, that it is; False when the claim was lost in the meantime."""
    lease = now + timedelta(seconds=LEASE_SECONDS)
    mine = update(OutboxRow).where(O.id == parcel.outbox_id, O.state == CLAIMED)
    result = connection.execute(mine.values(state=SENDING, leased_until=lease, attempts=O.attempts + 1))
    return result.rowcount == 1


def give_back(connection: Connection, parcel: Parcel) -> None:
    """Put a claimed request back in line: its channel can't send now."""
    mine = update(OutboxRow).where(O.id == parcel.outbox_id, O.state == CLAIMED)
    connection.execute(mine.values(state=DeliveryState.QUEUED.value, leased_until=None))


def _parcels() -> Select[Any]:
    return (
        select(
            table(OutboxRow), M.text, M.buttons, M.files, M.author, M.external_id, M.created_at.label("written_at"),
            C.language, C.last_client_at, C.state.label("conversation_state"), I.id.label("identity_id"),
            I.external_id.label("recipient"), I.thread, I.reachable,
        )
        .join(MessageRow, M.id == O.message_id)
        .join(ConversationRow, C.id == O.conversation_id)
        .join(IdentityRow, I.id == C.identity_id)
        .order_by(O.id)
    )  # fmt: skip


def _parcel(row: Any) -> Parcel:
    return Parcel(
        outbox_id=row.id,
        message_id=row.message_id,
        part=row.part,
        conversation_id=row.conversation_id,
        identity_id=row.identity_id,
        channel=row.channel,
        recipient=row.recipient,
        key=row.external_id if row.part == 0 else f"{row.external_id}/{row.part}",
        text=row.text,
        buttons=tuple(Button(**button) for button in row.buttons or ()),
        files=tuple(AttachedFile(**file) for file in row.files or ()),
        author=Author(row.author),
        language=row.language,
        thread=row.thread,
        reachable=row.reachable,
        last_client_at=row.last_client_at,
        written_at=row.written_at,
        attempts=row.attempts,
        waits=row.conversation_state == ConversationState.QUEUED,
    )


def settle(
    connection: Connection, parcel: Parcel, state: DeliveryState, now: datetime, *, platform_id: str | None = None,
    error: str | None = None, retry_at: datetime | None = None, counts: bool = True,
) -> None:  # fmt: skip
    """Write down how an attempt ended; QUEUED with `retry_at` puts it back in line.

    With `counts=False` it was no attempt at this message: the platform as a whole was away.
    """
    values: dict[str, Any] = {"state": state.value, "leased_until": None, "error": error}
    if platform_id is not None:
        values["platform_id"] = platform_id
    if state is DeliveryState.SENT:
        values["sent_at"] = now
    if retry_at is not None:
        values["due_at"] = retry_at
    if not counts:
        values["attempts"] = O.attempts - 1
    connection.execute(update(OutboxRow).where(O.id == parcel.outbox_id).values(**values))
    refresh_messages(connection, [parcel.message_id])


_FAR = (DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN)


def refresh_messages(connection: Connection, message_ids: Sequence[int]) -> None:
    """Let messages say how far their parts have come: the worst of them."""
    parts: dict[int, set[str]] = {}
    for row in connection.execute(select(O.message_id, O.state).where(O.message_id.in_(message_ids))):
        parts.setdefault(row.message_id, set()).add(row.state)
    for message_id, states in parts.items():
        state = _worst(states)
        connection.execute(update(MessageRow).where(M.id == message_id).values(state=state.value))


def _worst(states: set[str]) -> DeliveryState:
    for bad in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
        if bad in states:
            return bad
    if states & set(OPEN):
        return DeliveryState.QUEUED
    return min((DeliveryState(each) for each in states), key=_FAR.index)


def mark_lost(
    connection: Connection, now: datetime, keyed: Collection[str] = (), channel: str | None = None
) -> list[int]:
    """What a dead worker left: only claimed, it goes back in line; being sent, nobody knows whether it arrived.

    The latter becomes unknown: shown, never guessed; in channels of `keyed` it is sent again, as their platforms
    recognise it. Looks at what was leased for too long or, with `channel`, at all of a channel whose worker is gone.
    Returns the conversations in which something has become unknown.
    """
    expired = O.leased_until < now if channel is None else O.channel == channel
    again = {"state": DeliveryState.QUEUED.value, "leased_until": None}
    connection.execute(update(OutboxRow).where(O.state == CLAIMED, expired).values(**again))
    connection.execute(update(OutboxRow).where(O.state == SENDING, expired, O.channel.in_(keyed)).values(**again))
    lost = list(connection.execute(select(O.id, O.message_id, O.conversation_id).where(O.state == SENDING, expired)))
    if lost:
        unknown = {"state": DeliveryState.UNKNOWN.value, "leased_until": None, "error": "service_stopped"}
        connection.execute(update(OutboxRow).where(O.id.in_([row.id for row in lost])).values(**unknown))
        refresh_messages(connection, [row.message_id for row in lost])
    return [row.conversation_id for row in lost]


def move_recipient(connection: Connection, identity_id: int, recipient: str) -> None:
    """The platform has given a client another id; IntegrityError when another client has it."""
    named = {"external_id": recipient, "external_index": recipient}
    connection.execute(update(IdentityRow).where(I.id == identity_id).values(**named))


def errors_of(connection: Connection, message_ids: Sequence[int]) -> dict[int, str]:
    """Why messages of ours were not delivered, for those that were not."""
    bad = (DeliveryState.FAILED.value, DeliveryState.UNKNOWN.value)
    query = select(O.message_id, O.error).where(O.message_id.in_(message_ids), O.state.in_(bad), O.error.is_not(None))
    return {row.message_id: row.error for row in connection.execute(query.order_by(O.id.desc()))}
