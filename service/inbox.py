"""ONE CLIENT MESSAGE, TOP TO BOTTOM. Start reading here.

handle_message: too much? -> recorded already? -> suspicious? -> understand -> one transaction: record, decide, act ->
deliver. Short messages in a row wait for each other (see policies/bursts.py) and are answered by answer_waiting.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service import filing, outbox, texts
from service.acts import act, storable
from service.deciding import decide_message, decide_turn
from service.dialogues.base import Turn
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import Decision, HandOff, Wait, describe
from service.domain.messages import InboundMessage, StoredMessage
from service.domain.understanding import Understanding
from service.errors import Conflict, MessageMismatch, StorageUnavailable
from service.events import identity_topic
from service.guard import sender_of
from service.office import Office
from service.performers.base import Scene
from service.policies.identifying import find_codes, looks_like_a_code, plain_digits
from service.procedures import Led
from service.storage import clients, conversations, files, messages
from service.understanding import Context, Question

log = logging.getLogger(__name__)
ATTEMPTS = 5
COVER = "••••••"


class Status(StrEnum):
    """What became of an incoming message."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Outcome:
    """The message as it is stored, who holds the conversation now, and what was decided (None for a duplicate)."""

    status: Status
    message: StoredMessage
    state: ConversationState
    decision: Decision | None = None


def handle_message(message: InboundMessage, office: Office, *, admitted: bool = False) -> Outcome:
    """Take one client message; when this returns it is stored for good and decided exactly once.

    Raises MessageMismatch when the id came before with another text, TooManyRequests in the web chat for who writes too
    much (unless `admitted`: counted when it arrived), and StorageUnavailable. Then nothing was stored: send it again.
    """
    now, kind = office.clock(), office.kind_of(message.channel)
    if not admitted:
        office.guard.admit(sender_of(message), kind, now)
    text, hold = storable(message.text), None
    for attempt in range(ATTEMPTS):
        with office.database.read() as connection:
            recorded = already_recorded(connection, message, office)
            if recorded is not None:
                return recorded
            seen = conversations.find(connection, message.channel, message.client_external_id, kind)
            waiting = waiting_texts(connection, seen)
        if attempt == 0:  # after the look for a repeat: a network that sends twice is no attack
            hold = office.guard.judge(message, seen, now)
        before = seen or ConversationView(
            language=texts.spoken(message.language_hint or "ru"), channel=message.channel, channel_kind=kind,
            external_id=message.client_external_id,
        )  # fmt: skip
        # Before the transaction: no lock while a model thinks. As it was written: what covers card numbers for the
        # database is another cover than the one the model was trained with.
        understanding = understand(message.text, waiting, before, office, now)
        try:
            with office.database.write() as connection:
                conversation = seen and conversations.find(
                    connection, message.channel, message.client_external_id, kind, lock=True
                )
                if conversation is None and seen is not None:
                    continue  # erased a moment ago: a new client
                if conversation is None:
                    conversation = conversations.begin(
                        connection, message.channel, message.client_external_id, kind,
                        before.language, message.client_name, now,
                    )  # fmt: skip
                elif conversation.version != before.version:
                    continue  # another message came in between: understand this one in the new light
                if message.button is None:  # the words on a button are ours
                    conversation = replace(conversation, language=language_of(understanding, conversation))
                conversation = replace(conversation, in_group=message.in_group)
                turn = Turn(
                    " ".join((*waiting, text)), message.button, conversation.language, now,
                    with_file=bool(message.files),
                )  # fmt: skip
                scene = Scene(connection, office, conversation, now, message.address)
                decision, led = decide_message(message, turn, understanding, scene, hold)
                kept, understood = cover(text, understanding, led)
                stored = record(connection, message, kept, conversation, understood, decision, now)
                state = act(connection, conversation, decision, led, understood, (*waiting, kept), office, now)
        except IntegrityError:
            continue  # the same message or client was written by somebody else a moment ago: look again
        if seen is None:
            office.events.publish(identity_topic(message.channel, message.client_external_id))
        keep_for_burst(conversation, decision, understood, office, now)
        after_commit(conversation, decision, led, office)
        return Outcome(Status.RECORDED, stored, state, decision)
    raise StorageUnavailable("the conversation is changing too fast; nothing was stored, send the message again")


def already_recorded(connection: Connection, message: InboundMessage, office: Office) -> Outcome | None:
    """The outcome of the first time, when this id was here before."""
    found = messages.find_recorded(connection, message.channel, message.external_id)
    if found is None:
        return None
    stored, text_hash = found
    if not messages.is_same_text(connection, text_hash, message.text):
        raise MessageMismatch(f"message {message.external_id!r} was sent before with another text; use a new id")
    office.metrics.duplicates.labels(message.channel).inc()
    state = conversations.get(connection, stored.conversation_id).state
    return Outcome(Status.DUPLICATE, stored, state)


def waiting_texts(connection: Connection, conversation: ConversationView | None) -> tuple[str, ...]:
    """What the client wrote within this burst and was not answered yet."""
    if conversation is None or conversation.waiting_since is None or conversation.id is None:
        return ()
    return tuple(message.text for message in messages.unanswered(connection, conversation.id))


def understand(
    text: str, waiting: tuple[str, ...], conversation: ConversationView, office: Office, now: datetime
) -> Understanding:
    """The message together with the burst it belongs to; alone when it is clearer that way."""
    context = Context(conversation.language, conversation.channel_kind, conversation.last_article, conversation.key)
    with office.way.aside():  # readers have a processor of their own
        if not waiting:
            return office.reader.understand(text, context, now)
        burst = " ".join((*waiting, text))
        alone, together = office.reader.understand_all([Question(text, context), Question(burst, context)], now)
    return alone if alone.automatic and not together.automatic else together


def cover(text: str, understanding: Understanding, led: Led) -> tuple[str, Understanding]:
    """The message as it may be kept, and what was understood of it without the codes that it holds.

    Those that a procedure waited for, and any other that looks like one: typed too late, or in the wrong chat.
    """
    secrets = led.step.secrets
    if not secrets and (looks_like_a_code(text) or any(each.kind == "code" for each in understanding.entities)):
        secrets = find_codes(text)
    if not secrets:
        return text, understanding
    kept = plain_digits(text)
    for secret in secrets:
        kept = kept.replace(secret, COVER)
    return kept, replace(understanding, text=kept, entities=(), parts=(), repairs=())


def record(
    connection: Connection, message: InboundMessage, text: str, conversation: ConversationView,
    understanding: Understanding, decision: Decision | None, now: datetime,
) -> StoredMessage:  # fmt: skip
    """Store the client's message with what was understood and decided, and the files it refers to."""
    conversation_id, seq = conversation.id or 0, conversation.last_seq + 1
    if message.refused_files:
        notes = (texts.text("file_not_taken", conversation.language, name=name) for name in message.refused_files)
        text = "\n".join(each for each in (text, *notes) if each)
    sent = filing.take_for_message(connection, message.files, message.channel, owner=message.client_external_id)
    key = messages.add_client_message(
        connection,
        conversation_id=conversation_id,
        seq=seq,
        channel=message.channel,
        external_id=message.external_id,
        text=text,
        original_hash=messages.hash_text(message.text),
        understanding=understanding.to_json(),
        decision=describe(decision),
        now=now,
        files=sent,
    )
    if sent:
        files.attach(connection, message.files, conversation_id, key)
    if message.thread is not None:
        clients.keep_thread(connection, conversation.identity_id or 0, message.thread)
    return messages.just_written(key, conversation_id, seq, text, now, message.external_id, sent)


def keep_for_burst(
    conversation: ConversationView, decision: Decision | None, understanding: Understanding, office: Office,
    now: datetime,
) -> None:  # fmt: skip
    """Remember what was understood of a message that waits for more: when nothing comes, it is answered from this."""
    if isinstance(decision, Wait) and decision.held_by is None:
        office.kept.keep(conversation.id or 0, conversation.version + 1, understanding, now)


def after_commit(conversation: ConversationView, decision: Decision | None, led: Led, office: Office) -> None:
    """Tell those who watch, and send what a push channel has to send."""
    office.metrics.messages.labels(conversation.channel, describe(decision)["kind"]).inc()
    handed = decision.department if isinstance(decision, HandOff) else None
    outbox.announce(conversation.id or 0, office, (conversation.department, handed), (conversation.operator_id,))
    if led.step.errand is not None:
        office.bell.ring()
    if led.step.errand is not None or (isinstance(decision, Wait) and decision.held_by is None):
        outbox.show_typing(conversation, office)  # it takes a moment
    outbox.send_soon(conversation.channel, office)


def answer_waiting(conversation_id: int, office: Office) -> Decision | None:
    """Answer a burst whose window is over; None when another message or worker was faster."""
    now = office.clock()
    with office.database.read() as connection:
        before = conversations.get(connection, conversation_id)
        before = replace(before, channel_kind=office.kind_of(before.channel))
        waiting = messages.unanswered(connection, conversation_id)
    if before.waiting_since is None or not waiting:
        return None
    said = tuple(message.text for message in waiting)
    understanding = office.kept.take(conversation_id, before.version, now)
    if understanding is None:
        understanding = understand(said[-1], said[:-1], before, office, now)
    try:
        with office.database.write(urgent=True) as connection:  # the client has waited already
            current = conversations.get(connection, conversation_id, before.channel_kind, lock=True)
            if current.version != before.version:
                return None
            turn = Turn(" ".join(said), None, current.language, now)
            decision, led = decide_turn(turn, understanding, Scene(connection, office, current, now), may_wait=False)
            messages.set_decision(connection, waiting[-1].id, understanding.to_json(), describe(decision))
            act(connection, current, decision, led, understanding, said, office, now, client_messages=0)
    except Conflict:
        return None
    after_commit(current, decision, led, office)
    return decision


def language_of(understanding: Understanding, conversation: ConversationView) -> str:
    """The client's language: that of the message, unless it is too short to tell («ок», "balance") or a command.

    «/start» is what every messenger sends first, whatever the client speaks.
    """
    if understanding.text.startswith("/"):
        return conversation.language
    spoken = understanding.language in texts.LANGUAGES
    tells = understanding.words >= 2 or conversation.last_seq == 0
    return understanding.language if spoken and tells and understanding.words else conversation.language
