"""Conversations: found or begun, locked while they change, changed by compare-and-set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from service.domain.conversations import ChannelKind, ConversationState, ConversationView, read_dialogue
from service.domain.intents import Priority
from service.errors import Conflict, NotFound
from service.storage import links
from service.storage.tables import AccountLinkRow, ClientRow, ConversationRow, IdentityRow, insert_row, table

C = table(ConversationRow).c
_COLUMNS = (
    C.id, C.version, C.state, C.language, C.channel, C.clarifications, C.last_article, C.last_intent, C.last_answer_at,
    C.last_client_at, C.repeats, C.department, C.priority, C.told_waiting, C.dialogue, C.waiting_since, C.last_seq,
    C.client_id, C.identity_id, C.operator_id, C.snoozed_until, C.held_by,
    select(ClientRow.segment).where(ClientRow.id == C.client_id).scalar_subquery().label("segment"),
    select(IdentityRow.external_id).where(IdentityRow.id == C.identity_id).correlate(ConversationRow)
    .scalar_subquery().label("external_id"),
    *links.COLUMNS,
)  # fmt: skip
_BY_IDENTITY = (
    select(*_COLUMNS)
    .join(IdentityRow, IdentityRow.id == C.identity_id)
    .outerjoin(AccountLinkRow, links.is_active(C.identity_id))
    .where(IdentityRow.channel == bindparam("channel"), IdentityRow.external_index == bindparam("external_id"))
)
_BY_ID = (
    select(*_COLUMNS)
    .select_from(ConversationRow)
    .outerjoin(AccountLinkRow, links.is_active(C.identity_id))
    .where(C.id == bindparam("id"))
)
_LOCKED_BY_IDENTITY = _BY_IDENTITY.with_for_update(of=ConversationRow)
_LOCKED_BY_ID = _BY_ID.with_for_update(of=ConversationRow)


def find(
    connection: Connection, channel: str, external_id: str, kind: ChannelKind, *, lock: bool = False
) -> ConversationView | None:
    """The conversation of an identity, or None for one who has not written yet; `lock` inside a write."""
    query = _LOCKED_BY_IDENTITY if lock else _BY_IDENTITY
    row = connection.execute(query, {"channel": channel, "external_id": external_id}).one_or_none()
    return _view(row, kind) if row is not None else None


def get(
    connection: Connection, conversation_id: int, kind: ChannelKind = ChannelKind.WEB, *, lock: bool = False
) -> ConversationView:
    """The conversation by its id; NotFound if there is none."""
    row = connection.execute(_LOCKED_BY_ID if lock else _BY_ID, {"id": conversation_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    return _view(row, kind)


def of_identity(connection: Connection, identity_id: int, *, lock: bool = False) -> ConversationView:
    """The conversation of an identity that has written; NotFound otherwise."""
    number = connection.execute(select(C.id).where(C.identity_id == identity_id)).scalar_one_or_none()
    return get(connection, number or 0, lock=lock)


def begin(
    connection: Connection,
    channel: str,
    external_id: str,
    kind: ChannelKind,
    language: str,
    name: str | None,
    now: datetime,
) -> ConversationView:
    """A new client with one identity and a conversation that the bot holds."""
    client = insert_row(connection, ClientRow, {"name": name, "created_at": now})
    identity = insert_row(
        connection,
        IdentityRow,
        {"client_id": client, "channel": channel, "external_id": external_id, "subscribed": True, "created_at": now},
    )
    conversation = insert_row(
        connection,
        ConversationRow,
        {
            "identity_id": identity,
            "client_id": client,
            "channel": channel,
            "language": language,
            "created_at": now,
            "updated_at": now,
        },
    )
    return ConversationView(
        id=conversation, language=language, channel=channel, channel_kind=kind, client_id=client, identity_id=identity,
        external_id=external_id,
    )  # fmt: skip


_CHANGES: dict[frozenset[str], Any] = {}


def change(connection: Connection, view: ConversationView, **values: Any) -> int:
    """Compare-and-set: apply `values` if the conversation is still at `view.version`; returns the new version.

    Raises Conflict when somebody changed it since it was read.
    """
    columns = frozenset(values)
    if columns not in _CHANGES:  # one compiled statement for each set of columns: this is the hot path
        _CHANGES[columns] = (
            update(table(ConversationRow))
            .where(C.id == bindparam("_id"), C.version == bindparam("_version"))
            .values({column: bindparam(f"_{column}") for column in columns} | {"version": C.version + 1})
        )
    parameters = {f"_{column}": value for column, value in values.items()} | {"_id": view.id, "_version": view.version}
    if connection.execute(_CHANGES[columns], parameters).rowcount != 1:
        raise Conflict("the conversation was changed by somebody else at the same moment; read it again")
    return view.version + 1


def mark(connection: Connection, conversation_id: int, column: str, seq: int) -> bool:
    """Move a mark (client_delivered_seq, client_seen_seq, staff_seen_seq) forward to `seq`, never back."""
    marked = C[column]
    result = connection.execute(
        update(ConversationRow).where(C.id == conversation_id, marked < seq, C.last_seq >= seq).values({column: seq})
    )
    return result.rowcount == 1


def operator_has_seen(connection: Connection, conversation_id: int) -> int:
    """The seq up to which people have read, by both marks; 0 for a conversation that isn't there."""
    query = select(C.operator_seen_seq, C.staff_seen_seq).where(C.id == conversation_id)
    row = connection.execute(query).one_or_none()
    return min(row) if row is not None else 0


@dataclass(frozen=True)
class Marks:
    """How far each side has come, as the seq of the last message."""

    client_delivered: int
    client_seen: int
    staff_seen: int


def marks(connection: Connection, conversation_id: int) -> Marks | None:
    """The marks of a conversation; None if there is none."""
    query = select(C.client_delivered_seq, C.client_seen_seq, C.staff_seen_seq).where(C.id == conversation_id)
    row = connection.execute(query).one_or_none()
    return Marks(*row) if row is not None else None


def due_for_answer(connection: Connection, now: datetime, limit: int = 100) -> list[tuple[int, datetime]]:
    """(conversation, when its burst window ended), oldest first; also those of a clock that was set back."""
    is_due = (C.answer_due_at <= now) | (C.waiting_since > now)
    query = select(C.id, C.answer_due_at).where(is_due).order_by(C.answer_due_at).limit(limit)
    return [(row.id, row.answer_due_at or now) for row in connection.execute(query)]


def due_to_wake(connection: Connection, now: datetime, limit: int = 100) -> list[int]:
    """Snoozed conversations whose time has come, oldest first."""
    query = select(C.id).where(C.snoozed_until <= now).order_by(C.snoozed_until).limit(limit)
    return list(connection.execute(query).scalars())


def held_by(connection: Connection, staff_id: int) -> list[tuple[int, str | None]]:
    """(conversation, department) of what a member of staff holds, by id."""
    query = select(C.id, C.department).where(C.operator_id == staff_id, C.state == ConversationState.OPERATOR.value)
    return [(row.id, row.department) for row in connection.execute(query.order_by(C.id))]


def place_in_queue(connection: Connection, conversation_id: int) -> datetime | None:
    """Since when a conversation waits or has waited: its place in the queue."""
    return connection.execute(select(C.queued_at).where(C.id == conversation_id)).scalar_one_or_none()


def set_subscribed(connection: Connection, identity_id: int, subscribed: bool) -> None:
    """Remember whether this identity wants mailings."""
    connection.execute(update(IdentityRow).where(IdentityRow.id == identity_id).values(subscribed=subscribed))


def _view(row: Row[*tuple[Any, ...]], kind: ChannelKind) -> ConversationView:
    return ConversationView(
        id=row.id,
        version=row.version,
        state=ConversationState(row.state),
        language=row.language,
        channel=row.channel,
        channel_kind=kind,
        clarifications=row.clarifications,
        last_article=row.last_article,
        last_intent=row.last_intent,
        last_answer_at=row.last_answer_at,
        last_client_at=row.last_client_at,
        repeats=row.repeats,
        department=row.department,
        priority=Priority(row.priority),
        told_waiting=row.told_waiting,
        dialogue=read_dialogue(row.dialogue),
        waiting_since=row.waiting_since,
        last_seq=row.last_seq,
        client_id=row.client_id,
        identity_id=row.identity_id,
        operator_id=row.operator_id,
        snoozed_until=row.snoozed_until,
        held_by=row.held_by,
        segment=row.link_segment or row.segment,
        external_id=row.external_id,
        link=links.link_of(row),
    )
