"""Platforms' words on messages of ours: delivered, read, failed. In any order, repeated, even before we know the id."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.messages import DeliveryState
from service.storage.outbox import refresh_messages
from service.storage.tables import ConversationRow, EarlyReportRow, IdentityRow, MessageRow, OutboxRow, table

O = table(OutboxRow).c  # noqa: E741
M = table(MessageRow).c
C = table(ConversationRow).c
I = table(IdentityRow).c  # noqa: E741
E = table(EarlyReportRow).c
BEFORE = {
    DeliveryState.SENT: (DeliveryState.UNKNOWN,),
    DeliveryState.DELIVERED: (DeliveryState.UNKNOWN, DeliveryState.SENT),
    DeliveryState.SEEN: (DeliveryState.UNKNOWN, DeliveryState.SENT, DeliveryState.DELIVERED),
    DeliveryState.FAILED: (DeliveryState.UNKNOWN, DeliveryState.SENT),
}
"""From which states each report leads on; what was delivered can't fail any more."""


def report_one(
    connection: Connection, channel: str, platform_id: str, state: DeliveryState, error: str | None, now: datetime
) -> list[int]:
    """Move the request that the platform knows as `platform_id` on; kept for later when there is none yet.

    Returns the conversation in which something changed.
    """
    found = connection.execute(select(O.id).where(O.channel == channel, O.platform_id == platform_id)).first()
    if found is None:
        _keep(connection, channel, platform_id, state, error, now)
        return []
    return _move(connection, and_(O.channel == channel, O.platform_id == platform_id), state, error)


def report_key(connection: Connection, channel: str, key: str, state: DeliveryState, error: str | None) -> list[int]:
    """Move the request that we sent with `key` on; returns the conversation in which something changed."""
    message, _, part = key.rpartition("/")
    whole = and_(M.external_id == key, O.part == 0)
    one = and_(M.external_id == message, O.part == int(part)) if part.isdigit() and len(part) < 4 else whole
    query = select(O.id).join(MessageRow, M.id == O.message_id).where(O.channel == channel, M.channel == channel)
    ids = list(connection.execute(query.where(or_(whole, one)).order_by(M.external_id == message)).scalars())
    return _move(connection, O.id == ids[0], state, error) if ids else []


def report_before(connection: Connection, channel: str, platform_id: str, state: DeliveryState) -> list[int]:
    """Move everything on that was sent in the same conversation before the request known as `platform_id`."""
    query = select(O.id, O.conversation_id).where(O.channel == channel, O.platform_id == platform_id)
    row = connection.execute(query).first()
    if row is None:
        return []
    return _move(connection, and_(O.conversation_id == row.conversation_id, O.id <= row.id), state, None)


def report_until(
    connection: Connection, channel: str, client_external_id: str, until: datetime, state: DeliveryState
) -> list[int]:
    """Move everything on that was sent to this client until a moment."""
    query = select(C.id).join(IdentityRow, I.id == C.identity_id)
    own = connection.execute(
        query.where(I.channel == channel, I.external_index == client_external_id)
    ).scalar_one_or_none()
    if own is None:
        return []
    return _move(connection, and_(O.conversation_id == own, O.sent_at <= until), state, None)


def take_early(connection: Connection, channel: str, platform_id: str) -> list[int]:
    """Heed what was said about a request before we had written down the platform's id of it."""
    row = connection.execute(
        select(table(EarlyReportRow)).where(E.channel == channel, E.platform_id == platform_id)
    ).one_or_none()
    if row is None:
        return []
    connection.execute(delete(EarlyReportRow).where(E.channel == channel, E.platform_id == platform_id))
    condition = and_(O.channel == channel, O.platform_id == platform_id)
    return _move(connection, condition, DeliveryState(row.state), row.error)


def any_early(connection: Connection, before: datetime) -> bool:
    """Whether there are reports from before that moment that no request was found for."""
    return connection.execute(select(E.channel).where(E.created_at < before).limit(1)).first() is not None


def forget_early(connection: Connection, before: datetime) -> None:
    """Delete reports about messages that are none of ours."""
    connection.execute(delete(EarlyReportRow).where(E.created_at < before))


def _keep(
    connection: Connection, channel: str, platform_id: str, state: DeliveryState, error: str | None, now: datetime
) -> None:
    values = {"channel": channel, "platform_id": platform_id, "state": state.value, "error": error, "created_at": now}
    try:
        with connection.begin_nested():
            connection.execute(insert(table(EarlyReportRow)).values(**values))
    except IntegrityError:
        earlier = [each.value for each in BEFORE[state]]
        known = and_(E.channel == channel, E.platform_id == platform_id, E.state.in_(earlier))
        connection.execute(update(EarlyReportRow).where(known).values(state=state.value, error=error))


def _move(connection: Connection, which: ColumnElement[bool], state: DeliveryState, error: str | None) -> list[int]:
    earlier = [each.value for each in BEFORE[state]]
    query = select(O.id, O.message_id, O.conversation_id).where(which, O.state.in_(earlier)).with_for_update()
    rows = list(connection.execute(query))
    if rows:
        ids = [row.id for row in rows]
        connection.execute(update(OutboxRow).where(O.id.in_(ids)).values(state=state.value, error=error))
        refresh_messages(connection, sorted({row.message_id for row in rows}))
    return sorted({row.conversation_id for row in rows})
