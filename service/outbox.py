"""Deliver what is due, after the commit: retries with growing pauses, order kept, unknown fates shown.

`deliver_parcel` makes one request and writes down how it ended. Who calls it, when and how often is the business of
`couriers.py`: a courier a channel, so that a slow platform delays nobody else.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service import channel_health, texts
from service.channel_book import Condition
from service.channels.base import (
    AccountBroken,
    Channel,
    Delivery,
    FateUnknown,
    OutFile,
    RecipientMoved,
    RetryLater,
    Undeliverable,
    problem_of,
)
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import DeliveryState, Reply
from service.domain.resolutions import Resolution
from service.events import QUEUE_TOPIC, conversation_topic, inbox_topic, person_topic
from service.office import Office
from service.policies.parting import Part, part_message
from service.policies.reach import Reach, reach
from service.policies.retrying import next_try
from service.storage import clients, conversations, queue, records, reports
from service.storage import outbox as shelf
from service.storage.outbox import Parcel

log = logging.getLogger(__name__)

FIRST_STATE = DeliveryState.QUEUED
ROUNDS = 20
PUT_IN = "outbox"
"""The whisper that something is on its way in a channel: its courier need not wait for its next look."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    `away_seconds`: the platform as a whole is away (0 for "nobody knows how long"). `silent`: it never answered.
    """

    state: DeliveryState
    error: str | None = None
    platform_id: str | None = None
    retry_at: datetime | None = None
    away_seconds: float | None = None
    unreachable: bool = False
    moved_to: str | None = None
    broken: bool = False
    passed_on: bool = False
    silent: bool = False


def put_in(
    connection: Connection, message_id: int, reply: Reply, conversation: ConversationView, office: Office, now: datetime
) -> None:
    """Put a message of ours on its way, in the transaction that wrote it."""
    rules = office.channels[conversation.channel].rules
    parts = part_message(reply.text, reply.buttons, reply.files, rules, _hint(conversation.language))
    shelf.enqueue(connection, message_id, len(parts), conversation.id or 0, conversation.channel, now)


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


def send_soon(channel: str, office: Office) -> None:
    """After a commit: let the courier of a channel that pushes look at once, in whichever process it is."""
    if office.channels[channel].pushes:
        office.events.whisper(PUT_IN, {"channel": channel})


def show_typing(conversation: ConversationView, office: Office) -> None:
    """Let the client see that an answer is being made, where their channel shows it; returns at once, never raises."""
    if conversation.external_id and _works(conversation.channel, office):
        office.courtesies.show_typing(office.channels[conversation.channel], conversation.external_id)


def deliver_due(office: Office) -> int:
    """Send everything that is due in all channels, here and now, one after the other; returns how many were sent.

    The service itself leaves that to its couriers.
    """
    sent = 0
    for _ in range(ROUNDS):
        with office.database.read() as connection:
            due = [each for each in shelf.channels_due(connection, office.clock()) if _works(each, office)]
        if not due:
            break
        claimed: list[Parcel] = []
        for channel in due:
            with office.database.write() as connection:
                claimed += shelf.claim_due(connection, channel, office.clock())
        if not claimed:
            break
        outcomes = [deliver_parcel(parcel, office) for parcel in claimed]
        sent += sum(each is not None and each.state is DeliveryState.SENT for each in outcomes)
    return sent


def _works(channel: str, office: Office) -> bool:
    return channel in office.channels and office.channels.entry(channel).condition is Condition.WORKING


def find_lost(office: Office, channel: str | None = None) -> int:
    """Mark as unknown what a dead worker had begun to send; returns how many conversations that concerns."""
    keyed = [name for name, each in office.channels.items() if each.rules.has_idempotency_key]
    with office.database.write() as connection:
        lost = shelf.mark_lost(connection, office.clock(), keyed, channel)
    for conversation_id in set(lost):
        office.events.publish(conversation_topic(conversation_id))
    if lost:
        log.warning("deliveries with unknown fate", extra={"count": len(lost)})
    return len(lost)


def deliver_parcel(parcel: Parcel, office: Office) -> Outcome | None:
    """Make one request and write down how it ended; None when somebody else had the parcel by then."""
    now = office.clock()
    channel = office.channels[parcel.channel]
    refusal = _refuse_unsent(parcel, channel, now)
    with office.database.write() as connection:
        if not shelf.begin_sending(connection, parcel, now):
            return None
    outcome = refusal or _attempt(parcel, channel, office)
    _settle(parcel, outcome, office)
    office.metrics.deliveries.labels(parcel.channel, outcome.state.value).inc()
    office.events.publish(conversation_topic(parcel.conversation_id))  # no list shows how a delivery went
    return outcome


def _refuse_unsent(parcel: Parcel, channel: Channel, now: datetime) -> Outcome | None:
    if not parcel.reachable:
        return Outcome(DeliveryState.FAILED, "blocked")
    if reach(channel.rules, parcel.author, parcel.last_client_at, now) is Reach.CLOSED:
        return Outcome(DeliveryState.FAILED, "window_closed")
    return None


def _attempt(parcel: Parcel, channel: Channel, office: Office) -> Outcome:
    try:
        with office.way.aside():
            receipt = channel.deliver(_delivery(parcel, channel, office))
    except RetryLater as refusal:
        retry_at = next_try(parcel.attempts + 1, refusal.after_seconds, parcel.written_at, office.clock())
        state = DeliveryState.QUEUED if retry_at else DeliveryState.FAILED
        away = (refusal.after_seconds or 0.0) if refusal.platform_away else None
        return Outcome(state, problem_of(refusal), retry_at=retry_at, away_seconds=away)
    except FateUnknown as unknown:
        retry_at = None
        if channel.rules.has_idempotency_key:
            retry_at = next_try(parcel.attempts + 1, None, parcel.written_at, office.clock())
        state = DeliveryState.QUEUED if retry_at else DeliveryState.UNKNOWN
        return Outcome(state, problem_of(unknown), retry_at=retry_at, silent=True)
    except AccountBroken as trouble:
        return Outcome(
            DeliveryState.QUEUED, problem_of(trouble), retry_at=office.clock(), away_seconds=0.0, broken=True
        )
    except RecipientMoved as moved:
        return Outcome(DeliveryState.QUEUED, str(moved), retry_at=office.clock(), moved_to=moved.recipient)
    except Undeliverable as refusal:
        return Outcome(DeliveryState.FAILED, problem_of(refusal), unreachable=refusal.unreachable)
    except Exception as bug:
        # A channel must not raise anything else; whether the message left is then anybody's guess.
        log.exception("a channel failed unexpectedly", extra={"channel": parcel.channel})
        return Outcome(DeliveryState.UNKNOWN, f"unknown: {type(bug).__name__}")
    return Outcome(DeliveryState.SENT, platform_id=receipt.platform_id, passed_on=receipt.passed_on)


def _settle(parcel: Parcel, outcome: Outcome, office: Office) -> None:
    now = office.clock()
    with office.database.write() as connection:
        if outcome.moved_to is not None:
            try:
                with connection.begin_nested():
                    shelf.move_recipient(connection, parcel.identity_id, outcome.moved_to)
            except IntegrityError:
                outcome = Outcome(DeliveryState.FAILED, "moved_elsewhere")
        shelf.settle(
            connection, parcel, outcome.state, now, platform_id=outcome.platform_id, error=outcome.error,
            retry_at=outcome.retry_at, counts=outcome.away_seconds is None,
        )  # fmt: skip
        if outcome.platform_id is not None:
            reports.take_early(connection, parcel.channel, outcome.platform_id)
        if outcome.unreachable:
            clients.set_reachable(connection, parcel.channel, parcel.recipient, False)
        left = _pass_on(connection, parcel, now) if outcome.passed_on else None
        stopped = outcome.broken and channel_health.stop(connection, parcel.channel, outcome.error or "", now)
    if stopped:
        channel_health.tell(parcel.channel, office)
    if left is not None:
        announce(left.id or 0, office, (left.department,))


def _pass_on(connection: Connection, parcel: Parcel, now: datetime) -> ConversationView | None:
    """Who waited here is served by the platform's own people; None when somebody of ours was faster."""
    conversation = conversations.get(connection, parcel.conversation_id, lock=True)
    if conversation.state is not ConversationState.QUEUED:
        return None
    queue.change_open(connection, parcel.conversation_id, ended_at=now, ended_how=Resolution.ELSEWHERE.value)
    conversations.change(connection, conversation, updated_at=now, **queue.with_bot(ConversationState.CLOSED))
    data = {"channel": parcel.channel}
    records.add_fact(connection, parcel.conversation_id, "passed_on", "bot", data, now, seq=conversation.last_seq)
    return conversation


def _delivery(parcel: Parcel, channel: Channel, office: Office) -> Delivery:
    parts = part_message(parcel.text, parcel.buttons, parcel.files, channel.rules, _hint(parcel.language))
    part = parts[min(parcel.part, len(parts) - 1)] if parts else Part(parcel.text)
    late = reach(channel.rules, parcel.author, parcel.last_client_at, office.clock()) is Reach.LATE
    files = tuple(OutFile(each.name, each.media_type, each.size, office.files.path(each.key)) for each in part.files)
    return Delivery(
        parcel.recipient, parcel.key, part.text, part.buttons, files, parcel.author, parcel.thread, late=late,
        waits=parcel.waits,
    )  # fmt: skip


def _hint(language: str) -> str:
    return texts.text("answer_with_number", language)
