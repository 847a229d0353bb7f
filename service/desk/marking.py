"""Mark conversations: tags, and what a client's message was really about (which becomes a label for training)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.desk.acting import act_on, add_fact, must_serve_clients
from service.domain.conversations import ConversationView
from service.domain.messages import Author
from service.errors import InvalidInput, NotFound
from service.office import Office
from service.policies.tags import LONGEST_TAG, MOST_TAGS, normalise_tag
from service.storage import corrections, marks, messages
from service.storage.staff import StaffMember

OUT_OF_SCOPE = "out_of_scope"
MOST_INTENTS = 5


def add_tag(conversation_id: int, tag: str, staff: StaffMember, office: Office) -> tuple[str, ...]:
    """Put a tag on the conversation; returns all it has. One that is there already changes nothing."""
    plain = _plain(tag)

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        present = marks.tags_of(connection, [conversation_id]).get(conversation_id, ())
        if plain not in present and len(present) >= MOST_TAGS:
            raise InvalidInput(f"tag: a conversation has at most {MOST_TAGS} tags; take one off first")
        if marks.add_tag(connection, conversation_id, plain, staff.id, now):
            add_fact(connection, conversation, "tagged", staff.login, now, tag=plain)

    act_on(conversation_id, staff, office, change)
    return _tags(conversation_id, office)


def remove_tag(conversation_id: int, tag: str, staff: StaffMember, office: Office) -> tuple[str, ...]:
    """Take a tag off; returns those that are left. One that isn't there changes nothing."""
    plain = _plain(tag)

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if marks.remove_tag(connection, conversation_id, plain):
            add_fact(connection, conversation, "untagged", staff.login, now, tag=plain)

    act_on(conversation_id, staff, office, change)
    return _tags(conversation_id, office)


def suggest_tags(beginning: str, staff: StaffMember, office: Office, *, limit: int = 10) -> list[str]:
    """Tags in use on conversations that `staff` may see and that begin so, most used first."""
    must_serve_clients(staff)
    prefix = normalise_tag(beginning) or ""
    if beginning.strip(" #") and not prefix:
        return []
    with office.database.read() as connection:
        return marks.used_tags(connection, staff, prefix, limit)


def _plain(tag: str) -> str:
    plain = normalise_tag(tag)
    if plain is None:
        raise InvalidInput(f"tag: write one word or a few, with letters or digits, at most {LONGEST_TAG} characters")
    return plain


def _tags(conversation_id: int, office: Office) -> tuple[str, ...]:
    with office.database.read() as connection:
        return marks.tags_of(connection, [conversation_id]).get(conversation_id, ())


def correct_intent(
    conversation_id: int, seq: int, intents: str | Sequence[str], staff: StaffMember, office: Office
) -> None:
    """Say what a client's message was really about: one intent, several, or out_of_scope. The last word stands.

    One intent becomes a label for training. Saying the same again writes nothing. InvalidInput for unknown intents,
    NotFound unless `seq` is a client's message.
    """
    meant = tuple(dict.fromkeys((intents,) if isinstance(intents, str) else intents))
    _check_intents(meant, office)

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        ranking = _ranking(connection, conversation_id, seq)
        if corrections.of(connection, [conversation_id]).get((conversation_id, seq)) == meant:
            return
        several = {"intents": list(meant)} if len(meant) > 1 else {}
        data = {"seq": seq, "intent": meant[0], "ranking": ranking} | several
        _add(connection, conversation, corrections.CORRECTED, staff, data, now)

    act_on(conversation_id, staff, office, change)


def undo_correction(conversation_id: int, seq: int, staff: StaffMember, office: Office) -> None:
    """Take back what was said about a message; the message has no label again. Without one nothing happens."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        _ranking(connection, conversation_id, seq)
        if (conversation_id, seq) in corrections.of(connection, [conversation_id]):
            _add(connection, conversation, corrections.UNDONE, staff, {"seq": seq}, now)

    act_on(conversation_id, staff, office, change)


def _check_intents(meant: Sequence[str], office: Office) -> None:
    if not meant or len(meant) > MOST_INTENTS:
        raise InvalidInput(f"intent: name one intent, or up to {MOST_INTENTS}")
    unknown = [each for each in meant if each not in office.rules.intents and each != OUT_OF_SCOPE]
    if unknown:
        raise InvalidInput(f"there is no intent {unknown[0][:80]!r}")
    if OUT_OF_SCOPE in meant and len(meant) > 1:
        raise InvalidInput("intent: a message that is out of scope has no other intent")


def _ranking(connection: Connection, conversation_id: int, seq: int) -> object:
    message = messages.get_by_seq(connection, conversation_id, seq)
    if message is None or message.author is not Author.CLIENT:
        raise NotFound(f"message {seq} of conversation {conversation_id} is not a client's message")
    return (message.understanding or {}).get("ranking")


def _add(
    connection: Connection, conversation: ConversationView, kind: str, staff: StaffMember, data: dict[str, object],
    now: datetime,
) -> None:  # fmt: skip
    add_fact(connection, conversation, kind, staff.login, now, **data)
