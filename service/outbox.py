"""Deliver what is due, after the commit: retries with growing pauses, order kept, unknown fates shown."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.channels.base import Delivery, FateUnknown, RetryLater, Undeliverable
from service.domain.conversations import ConversationView
from service.domain.messages import DeliveryState
from service.events import QUEUE_TOPIC, conversation_topic, inbox_topic, person_topic
from service.office import Office
from service.storage import outbox as shelf
from service.storage.outbox import Parcel

log = logging.getLogger(__name__)

FIRST_STATE = DeliveryState.QUEUED
RETRY_SECONDS = (1, 5, 30, 120, 600, 1800)
MOST_ATTEMPTS = len(RETRY_SECONDS) + 1
ROUNDS = 20


def put_in(connection: Connection, message_id: int, conversation: ConversationView, now: datetime) -> None:
    """Put a message of ours on its way, in the transaction that wrote it."""
    shelf.enqueue(connection, message_id, conversation.id or 0, conversation.channel, now)


def announce(
    conversation_id: int, office: Office, departments: Iterable[str | None] = (), people: Iterable[int | None] = ()
) -> None:
    """Tell everyone who watches this conversation, the queue, these departments' lists or these people to look again.

    Call it after the commit; name the department before and after the change, and the operator before and after.
    """
    office.events.publish(conversation_topic(conversation_id))
    office.events.publish(QUEUE_TOPIC)
    for department in {each for each in departments if each}:
        office.events.publish(inbox_topic(department))
    for person in {each for each in people if each}:
        office.events.publish(person_topic(person))


def anything_due(connection: Connection, office: Office) -> bool:
    """Whether a parcel waits to be sent now; a cheap look without a lock."""
    return shelf.is_anything_due(connection, office.clock())


def deliver_due(office: Office) -> int:
    """Send everything that is due, in order within each conversation; returns how many were sent."""
    sent = 0
    for _ in range(ROUNDS):  # one parcel of each conversation a round; bounded, the worker comes again
        with office.database.write() as connection:
            parcels = shelf.claim_due(connection, office.clock())
        if not parcels:
            break
        sent += sum(_deliver(parcel, office) for parcel in parcels)
    return sent


def find_lost(office: Office) -> int:
    """Mark as unknown what a dead worker had begun to send; returns how many."""
    with office.database.write() as connection:
        lost = shelf.mark_lost(connection, office.clock())
    if lost:
        log.warning("deliveries with unknown fate", extra={"count": lost})
    return lost


def _deliver(parcel: Parcel, office: Office) -> bool:
    with office.database.write() as connection:
        if not shelf.begin_sending(connection, parcel, office.clock()):
            return False
    channel = office.channels[parcel.channel]
    delivery = Delivery(parcel.recipient, parcel.key, parcel.text, parcel.buttons)
    platform_id: str | None = None
    retry_at: datetime | None = None
    error: str | None = None
    try:
        platform_id = channel.deliver(delivery).platform_id
        state = DeliveryState.SENT
    except RetryLater as refusal:
        error = str(refusal)
        retry_at = _next_try(parcel, office.clock(), refusal.after_seconds)
        state = DeliveryState.QUEUED if retry_at else DeliveryState.FAILED
    except FateUnknown as unknown:
        error = str(unknown)
        retry_at = _next_try(parcel, office.clock(), None) if channel.has_idempotency_key else None
        state = DeliveryState.QUEUED if retry_at else DeliveryState.UNKNOWN
    except Undeliverable as refusal:
        error, state = str(refusal), DeliveryState.FAILED
    except Exception as bug:
        # A channel must not raise anything else; whether the message left is then anybody's guess.
        log.exception("a channel failed unexpectedly", extra={"channel": parcel.channel})
        error, state = type(bug).__name__, DeliveryState.UNKNOWN
    with office.database.write() as connection:
        shelf.settle(connection, parcel, state, platform_id=platform_id, error=error, retry_at=retry_at)
    office.metrics.deliveries.labels(parcel.channel, state.value).inc()
    office.events.publish(conversation_topic(parcel.conversation_id))  # no list shows how a delivery went
    return state is DeliveryState.SENT


def _next_try(parcel: Parcel, now: datetime, after_seconds: float | None) -> datetime | None:
    attempt = parcel.attempts + 1
    if attempt >= MOST_ATTEMPTS:
        return None
    pause = after_seconds if after_seconds is not None else RETRY_SECONDS[attempt - 1]
    return now + timedelta(seconds=pause)
