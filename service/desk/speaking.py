"""Say something: to the client as their operator, or to colleagues in a note; and show that one is typing."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from service import filing, outbox
from service.acts import storable, write_replies
from service.desk.acting import act_on, must_hold, see, words
from service.domain.console import StaffNote
from service.domain.conversations import ConversationView
from service.domain.messages import Author, Reply, StoredMessage
from service.errors import InvalidInput, MessageMismatch, NotFound
from service.office import Office
from service.storage import conversations, files, marks, messages, queue
from service.storage import search as index
from service.storage.staff import StaffMember

LONGEST_NOTE = 4000
LONGEST_KEY = 80


def reply(
    conversation_id: int, staff: StaffMember, office: Office, *, key: str, text: str, attached: tuple[str, ...] = (),
    along: Callable[[Connection, StoredMessage], None] | None = None,
) -> StoredMessage:  # fmt: skip
    """Say something to the client as the operator who holds the conversation; `attached` are keys of one's files.

    `key` is the caller's own id of the reply: sent again it returns the first one. Raises NotHolder when the
    conversation is not (or no longer) theirs, and MessageMismatch when the key came before with another text.
    `along` is done in the transaction that writes the reply, never again for a repeated one; what it raises undoes
    the reply.
    """
    said = storable(text)
    if not said and not attached:
        raise InvalidInput("an empty reply can't be sent; write something or close the conversation")
    if len(said) > office.settings.max_message_chars:
        raise InvalidInput(
            f"the reply has {len(said)} characters, at most {office.settings.max_message_chars} are allowed"
        )
    external_id = f"reply/{conversation_id}/{staff.id}/{key}"

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if messages.find_recorded(connection, conversation.channel, external_id) is not None:
            return
        must_hold(conversation, staff)
        sent = filing.take_for_message(
            connection, attached, conversation.channel, staff_id=staff.id, conversation_id=conversation_id
        )
        seq = conversation.last_seq + 1
        write_replies(
            connection, conversation, seq, (Reply(said, author=Author.OPERATOR, files=sent),), office, now,
            operator_id=staff.id, author_name=staff.name, external_ids=[external_id],
        )  # fmt: skip
        if sent:
            written = messages.get_by_seq(connection, conversation_id, seq)
            files.attach(connection, attached, conversation_id, written.id if written else 0)
        seen = conversation.last_seq
        conversations.change(
            connection, conversation, last_seq=seq, staff_seen_seq=seen, operator_seen_seq=seen, updated_at=now
        )
        queue.note_first_reply(connection, conversation_id, now)
        stored = messages.find_recorded(connection, conversation.channel, external_id)
        if along is not None and stored is not None:
            along(connection, stored[0])

    view = act_on(conversation_id, staff, office, change)
    office.typing.set(conversation_id, Author.OPERATOR.value, False)
    with office.database.read() as connection:
        found = messages.find_recorded(connection, view.channel, external_id)
        same = found is not None and messages.is_same_text(connection, found[1], said)
    if found is None:
        raise NotFound("the reply was not stored; send it again")
    if not same:
        raise MessageMismatch("a reply with this key was sent before with another text; use a new key")
    return found[0]


def note(conversation_id: int, staff: StaffMember, office: Office, *, key: str, text: str) -> StaffNote:
    """Leave a remark for colleagues. It never reaches the client, a channel or the training data.

    `key` is the caller's own id: sent again it returns the first note; MessageMismatch with another text.
    """
    said = words(text, "note", LONGEST_NOTE)
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(f"key: an id of 1 to {LONGEST_KEY} characters is needed")
    own_key = f"{staff.id}/{key}"

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if marks.find_note(connection, conversation_id, own_key) is None:
            write_note(connection, conversation, staff, own_key, said, now)

    act_on(conversation_id, staff, office, change)
    with office.database.read() as connection:
        found = marks.find_note(connection, conversation_id, own_key)
    if found is None:
        raise NotFound("the note was not stored; send it again")
    if found.text != said:
        raise MessageMismatch("a note with this key was written before with another text; use a new key")
    return found


def write_note(
    connection: Connection, conversation: ConversationView, staff: StaffMember, key: str, text: str, now: datetime
) -> None:
    """Write a note down inside a transaction and make it searchable."""
    conversation_id = conversation.id or 0
    number = marks.add_note(connection, conversation_id, staff, key, conversation.last_seq, text, now)
    index.index_note(connection, conversation_id, number, text)


def set_typing(conversation_id: int, staff: StaffMember, office: Office, on: bool) -> None:
    """Show the client that their operator is typing, or has stopped; NotHolder for anybody else.

    A messenger is told so again and again while it goes on; that it stopped it sees by itself.
    """
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
    must_hold(conversation, staff)
    office.typing.set(conversation_id, Author.OPERATOR.value, on)
    if on:
        outbox.show_typing(conversation, office)


def who_types(conversation_id: int, staff: StaffMember, office: Office) -> frozenset[Author]:
    """Who is typing in this conversation now: the client, an operator, both or nobody."""
    with office.database.read() as connection:
        see(connection, conversation_id, staff)
    both = (Author.CLIENT, Author.OPERATOR)
    return frozenset(each for each in both if office.typing.is_typing(conversation_id, each.value))
