"""What staff do: take a conversation, reply, give it back to the bot, close it. The console and the API come here.

Each action is one transaction; ownership changes by compare-and-set, so that of two who press «take» one wins and
the other is told at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service import outbox, texts
from service.acts import storable, write_replies
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import Author, Reply, StoredMessage
from service.errors import Conflict, Forbidden, InvalidInput, MessageMismatch, NotFound, NotHolder
from service.office import Office
from service.storage import conversations, messages, queue, records
from service.storage.queue import QueueEntry
from service.storage.staff import Role, StaffMember

OPEN_STATES = (ConversationState.QUEUED, ConversationState.OPERATOR)


def list_queue(
    staff: StaffMember,
    office: Office,
    *,
    states: Sequence[ConversationState] = OPEN_STATES,
    limit: int = 100,
    offset: int = 0,
) -> list[QueueEntry]:
    """Who waits or is being served in the departments of `staff`, most urgent and longest waiting first."""
    _must_serve_clients(staff)
    with office.database.read() as connection:
        return queue.entries(connection, visible_departments(staff, office), states, limit, offset, office.ageing())


def visible_departments(staff: StaffMember, office: Office) -> tuple[str, ...]:
    """The row-level rule as a list: the departments whose conversations this person may see."""
    return tuple(each for each in office.rules.departments if staff.may_see(each))


def take(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """Take a waiting conversation; Conflict when somebody else was faster. Taking one's own again changes nothing."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> Sequence[Reply]:
        if conversation.state is ConversationState.OPERATOR:
            if queue.operator_of(connection, conversation_id) == staff.id:
                return ()
            raise Conflict("a colleague has just taken this conversation")
        if conversation.state is not ConversationState.QUEUED:
            raise Conflict("this conversation does not wait for a person any more")
        queue.change_open(connection, conversation_id, taken_at=now, taken_by=staff.id)
        said = texts.text("operator_joined", conversation.language, name=staff.name)
        return _moved(
            connection, conversation, (Reply(said, author=Author.SYSTEM),), office, now,
            state=ConversationState.OPERATOR.value, operator_id=staff.id, staff_seen_seq=conversation.last_seq,
            operator_seen_seq=conversation.last_seq,
        )  # fmt: skip

    return _act(conversation_id, staff, office, "taken", change)


def reply(conversation_id: int, staff: StaffMember, office: Office, *, key: str, text: str) -> StoredMessage:
    """Say something to the client as the operator who holds the conversation.

    `key` is the caller's own id of the reply: sent again it returns the first one. Raises NotHolder when the
    conversation is not (or no longer) theirs, and MessageMismatch when the key came before with another text.
    """
    said = storable(text)
    if not said:
        raise InvalidInput("an empty reply can't be sent; write something or close the conversation")
    if len(said) > office.settings.max_message_chars:
        raise InvalidInput(
            f"the reply has {len(said)} characters, at most {office.settings.max_message_chars} are allowed"
        )
    external_id = f"reply/{conversation_id}/{staff.id}/{key}"

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if messages.find_recorded(connection, conversation.channel, external_id) is not None:
            return
        _must_hold(connection, conversation, staff)
        seq = conversation.last_seq + 1
        write_replies(
            connection, conversation, seq, (Reply(said, author=Author.OPERATOR),), office, now,
            operator_id=staff.id, author_name=staff.name, external_ids=[external_id],
        )  # fmt: skip
        conversations.change(
            connection,
            conversation,
            last_seq=seq,
            staff_seen_seq=conversation.last_seq,
            operator_seen_seq=conversation.last_seq,
            updated_at=now,
        )
        queue.note_first_reply(connection, conversation_id, now)

    view = _act(conversation_id, staff, office, None, change)
    with office.database.read() as connection:
        found = messages.find_recorded(connection, view.channel, external_id)
    if found is None:
        raise NotFound("the reply was not stored; send it again")
    if found[1] != messages.hash_text(said):
        raise MessageMismatch("a reply with this key was sent before with another text; use a new key")
    return found[0]


def return_to_bot(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """Let the bot lead again; the client is told."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        _must_hold(connection, conversation, staff)
        queue.change_open(connection, conversation_id, ended_at=now, ended_how="returned_to_bot")
        said = Reply(texts.text("operator_returned", conversation.language), author=Author.SYSTEM)
        _moved(connection, conversation, (said,), office, now, **_with_bot(ConversationState.BOT))

    return _act(conversation_id, staff, office, "returned_to_bot", change)


def close(
    conversation_id: int, staff: StaffMember, office: Office, *, resolution: str | None = None
) -> ConversationView:
    """Close the request; when the client writes again the bot answers. Closing a closed one changes nothing."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.state is ConversationState.CLOSED:
            return
        if conversation.state is ConversationState.OPERATOR:
            _must_hold(connection, conversation, staff)
        queue.change_open(connection, conversation_id, ended_at=now, ended_how=resolution or "closed")
        said = Reply(texts.text("closed", conversation.language), author=Author.SYSTEM)
        _moved(connection, conversation, (said,), office, now, **_with_bot(ConversationState.CLOSED))

    return _act(conversation_id, staff, office, "closed", change, resolution=resolution)


def read_conversation(
    conversation_id: int, staff: StaffMember, office: Office, *, after: int = 0, limit: int = 200
) -> tuple[ConversationView, list[StoredMessage], dict[str, Any] | None]:
    """The conversation, its timeline and the hand-off in progress; the client sees that it was read."""
    with office.database.read() as connection:
        conversation = _visible(connection, conversation_id, staff)
        timeline = messages.timeline(connection, conversation_id, after, limit)
        handoff = queue.open_summary(connection, conversation_id)
    if conversation.state is ConversationState.OPERATOR and timeline:
        with office.database.write() as connection:
            holds = queue.operator_of(connection, conversation_id) == staff.id
            seen = timeline[-1].seq
            moved = holds and conversations.mark(connection, conversation_id, "staff_seen_seq", seen)
            if holds:
                conversations.mark(connection, conversation_id, "operator_seen_seq", seen)
        if moved:
            outbox.announce(conversation_id, office)
    return conversation, timeline, handoff


def is_holder(conversation_id: int, staff: StaffMember, office: Office) -> bool:
    """Whether `staff` holds this conversation now; NotFound when they may not see it."""
    with office.database.read() as connection:
        conversation = _visible(connection, conversation_id, staff)
        holder = queue.operator_of(connection, conversation_id)
    return conversation.state is ConversationState.OPERATOR and holder == staff.id


def correct_intent(conversation_id: int, seq: int, intent: str, staff: StaffMember, office: Office) -> None:
    """Say what a client's message was really about; becomes a label for training."""
    if intent not in office.rules.intents and intent != "out_of_scope":
        raise InvalidInput(f"there is no intent {intent!r}")

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        message = messages.get_by_seq(connection, conversation_id, seq)
        if message is None or message.author is not Author.CLIENT:
            raise NotFound(f"message {seq} of conversation {conversation_id} is not a client's message")
        understood = (message.understanding or {}).get("ranking")
        data = {"seq": seq, "intent": intent, "ranking": understood}
        records.add_fact(connection, conversation_id, "intent_corrected", staff.login, data, now)

    _act(conversation_id, staff, office, None, change)


def _act(
    conversation_id: int, staff: StaffMember, office: Office, fact: str | None,
    change: Callable[[Connection, ConversationView, datetime], Any], **data: Any,
) -> ConversationView:  # fmt: skip
    now = office.clock()
    try:
        with office.database.write() as connection:
            conversation = _visible(connection, conversation_id, staff, lock=True)
            change(connection, replace(conversation, channel_kind=office.kind_of(conversation.channel)), now)
            if fact is not None:
                records.add_fact(connection, conversation_id, fact, staff.login, data, now)
            after = conversations.get(connection, conversation_id)
    except IntegrityError as error:
        raise Conflict("the same action was done at the same moment by somebody else; read the conversation") from error
    outbox.announce(conversation_id, office)
    if office.channels[after.channel].pushes:
        outbox.deliver_due(office)
    return after


def _visible(
    connection: Connection, conversation_id: int, staff: StaffMember, *, lock: bool = False
) -> ConversationView:
    _must_serve_clients(staff)
    conversation = conversations.get(connection, conversation_id, lock=lock)
    if not staff.may_see(conversation.department):
        # The same words as for one that isn't there: what others have is nobody's business.
        raise NotFound(f"there is no conversation {conversation_id}")
    return conversation


def _must_serve_clients(staff: StaffMember) -> None:
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets, not clients' conversations")


def _must_hold(connection: Connection, conversation: ConversationView, staff: StaffMember) -> None:
    holder = queue.operator_of(connection, conversation.id or 0)
    if conversation.state is not ConversationState.OPERATOR or holder != staff.id:
        raise NotHolder("take the conversation first: it is not with you")


def _with_bot(state: ConversationState) -> dict[str, Any]:
    return {
        "state": state.value, "operator_id": None, "queued_at": None, "clarifications": 0, "repeats": 0,
        "dialogue": None, "last_article": None, "told_waiting": False, "waiting_since": None, "answer_due_at": None,
    }  # fmt: skip


def _moved(
    connection: Connection,
    conversation: ConversationView,
    replies: Sequence[Reply],
    office: Office,
    now: datetime,
    **values: Any,
) -> tuple[Reply, ...]:
    write_replies(connection, conversation, conversation.last_seq + 1, replies, office, now)
    last = conversation.last_seq + len(replies)
    conversations.change(connection, conversation, last_seq=last, updated_at=now, **values)
    return tuple(replies)
