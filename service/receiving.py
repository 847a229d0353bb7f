"""What platforms send us: verified, parsed and put down; when that is committed, the platform is answered.

Nothing is understood here: `reception.py` makes messages of what was put down, in order for each client and in threads
of its own. However much comes, the platform waits for one small insert.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from service import inbox
from service.channel_book import Condition
from service.channels import is_connector
from service.channels.base import (
    Acknowledges,
    Connector,
    DeliveryReported,
    Event,
    Ignored,
    Malformed,
    MessageCame,
    ReachChanged,
    RemoteFile,
    SignatureRefused,
    WebhookAnswer,
    WebhookRequest,
)
from service.domain.messages import Button, InboundMessage
from service.errors import InvalidInput, MessageMismatch, NotFound, StorageUnavailable, Unauthorized
from service.events import conversation_topic
from service.guard import sender_of
from service.office import Office
from service.policies.button_layout import chosen
from service.storage import arrivals, clients, conversations, messages, records, reports
from service.storage.arrivals import NewArrival

log = logging.getLogger(__name__)
ALBUM_SECONDS = 2.0
"""So long the parts of an album wait for each other."""
LONGEST_CHOICE = 6
EARLY_HOURS = 24


def take(name: str, request: WebhookRequest, office: Office) -> WebhookAnswer:
    """One request of a platform; when this returns, everything in it is stored for good.

    Raises NotFound for a channel that is not set up, Unauthorized for a wrong signature, InvalidInput for a body that
    is not in the platform's format, and StorageUnavailable (also while the channel is switched off): then the platform
    sends it again.
    """
    entry = office.channels.entry(name) if name in office.channels else None
    if entry is None or not is_connector(type(entry.channel)) or entry.condition is Condition.NOT_SET_UP:
        raise NotFound("there is no such channel, or it is not set up")
    channel: Connector = entry.channel  # type: ignore[assignment] # it has settings, so it is one
    try:
        channel.verify(request, office.clock())
        if entry.condition is Condition.SWITCHED_OFF:
            raise StorageUnavailable(f"the channel {name} is switched off; send it again later")
        inbound = channel.parse(request)
    except SignatureRefused as refusal:
        log.warning("a webhook was refused", extra={"channel": name, "problem": str(refusal)})
        raise Unauthorized(str(refusal)) from None
    except Malformed as error:
        log.warning("a webhook is malformed", extra={"channel": name, "problem": str(error)})
        raise InvalidInput(str(error)) from None
    handle(name, inbound.events, office)
    return inbound.answer


def handle(name: str, events: Sequence[Event], office: Office) -> None:
    """Everything that happened; it is committed when this returns. Any of it may come again."""
    came = [event for event in events if isinstance(event, MessageCame)]
    if came:
        _put_down(name, came, office)
    for event in events:
        match event:
            case ReachChanged():
                change_reach(name, event, office)
            case DeliveryReported():
                _take_report(name, event, office)
            case Ignored(what=what):
                log.info("an event was ignored", extra={"channel": name, "what": what})


def _put_down(name: str, came: Sequence[MessageCame], office: Office) -> None:
    now = office.clock()
    for event in came:
        office.guard.admit(sender_of(event.message), office.kind_of(name), now)
    new: list[bool] = []

    def work(connection: Connection) -> None:
        new[:] = [arrivals.add(connection, _arrival(event, now), now) for event in came]

    office.database.write_together(work)
    office.metrics.duplicates.labels(name).inc(new.count(False))
    office.doorbell.ring()
    channel = office.channels[name]
    for event in came:
        if event.acknowledge is not None and isinstance(channel, Acknowledges):
            office.courtesies.do(name, partial(channel.acknowledge, event.acknowledge))


def _arrival(came: MessageCame, now: datetime) -> NewArrival:
    message = came.message
    album = f"{message.client_external_id}/{came.album}"[:200] if came.album else None
    wait = timedelta(seconds=ALBUM_SECONDS if came.album else 0)
    return NewArrival(
        message.channel,
        message.external_id,
        message.client_external_id,
        to_json(came),
        now + wait,
        album,
        has_files=album is not None or bool(came.files),
    )


def give_to_inbox(message: InboundMessage, office: Office) -> None:
    """`inbox.handle_message`; an id that came before with other words is the same message, and the first one counts."""
    # First: the answer to it may be on its way before the next line.
    change_reach(message.channel, ReachChanged(message.client_external_id, reachable=True), office)
    try:
        inbox.handle_message(read_choice(message, office), office, admitted=True)
    except MessageMismatch:
        log.warning("a message came again with another text", extra={"channel": message.channel})


def read_choice(message: InboundMessage, office: Office) -> InboundMessage:
    """«2» as the second choice of the list that the client was shown, and a press without words with its title."""
    typed = (
        message.button is None and len(message.text.strip()) <= LONGEST_CHOICE and any(map(str.isdigit, message.text))
    )
    pressed = message.button is not None and not message.text.strip()
    if not typed and not pressed:
        return message
    buttons = _last_buttons(message, office)
    if typed:
        button = chosen(message.text.strip(), buttons, office.channels[message.channel].rules.buttons)
        return replace(message, text=button.text, button=button.payload) if button else message
    title = next((each.text for each in buttons if each.payload == message.button), message.button or "")
    return replace(message, text=title)


def _last_buttons(message: InboundMessage, office: Office) -> tuple[Button, ...]:
    kind = office.kind_of(message.channel)
    with office.database.read() as connection:
        found = conversations.find(connection, message.channel, message.client_external_id, kind)
        recent = messages.last_messages(connection, found.id or 0, 10) if found else []
    return next((each.buttons for each in reversed(recent) if each.buttons), ())


def to_json(came: MessageCame) -> dict[str, Any]:
    """A message with its files as it is put down."""
    return {"message": asdict(came.message), "files": [asdict(file) for file in came.files]}


def from_json(content: Mapping[str, Any]) -> tuple[InboundMessage, tuple[RemoteFile, ...]]:
    """What `to_json` has put down."""
    fields = dict(content["message"]) | {"files": (), "refused_files": ()}
    return InboundMessage(**fields), tuple(RemoteFile(**file) for file in content["files"])


def change_reach(channel: str, event: ReachChanged, office: Office) -> None:
    """Remember whether messages reach a client, where that is news."""
    with office.database.read() as connection:
        if not clients.reach_differs(connection, channel, event.client_external_id, event.reachable):
            return
    with office.database.write(urgent=True) as connection:
        changed = clients.set_reachable(connection, channel, event.client_external_id, event.reachable)
        if changed is not None:
            kind = "unblocked" if event.reachable else "blocked"
            records.add_fact(connection, changed, kind, "client", {}, office.clock())
    if changed is not None:
        office.events.publish(conversation_topic(changed))


def _take_report(channel: str, report: DeliveryReported, office: Office) -> None:
    with office.database.write(urgent=True) as connection:
        moved: list[int] = []
        if report.key is not None:
            moved += reports.report_key(connection, channel, report.key, report.state, report.error)
        elif report.platform_id is not None:
            moved += reports.report_one(
                connection, channel, report.platform_id, report.state, report.error, office.clock()
            )
            if report.and_before:
                moved += reports.report_before(connection, channel, report.platform_id, report.state)
        elif report.client_external_id is not None and report.up_to is not None:
            moved += reports.report_until(connection, channel, report.client_external_id, report.up_to, report.state)
    for conversation_id in set(moved):
        office.events.publish(conversation_topic(conversation_id))


def forget_early_reports(office: Office) -> None:
    """Delete what platforms told about messages that are none of ours."""
    before = office.clock() - timedelta(hours=EARLY_HOURS)
    with office.database.read() as connection:
        if not reports.any_early(connection, before):
            return
    with office.database.write() as connection:
        reports.forget_early(connection, before)
