"""Who has a conversation: take it, give it back to the bot or to the queue, close it, open it again."""

from datetime import datetime

from sqlalchemy import Connection

from service import releasing, texts
from service.desk.acting import (
    act_on,
    add_fact,
    move,
    must_hold,
    must_steer,
    words,
)
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import HandOff, Reason
from service.domain.resolutions import Resolution
from service.errors import Conflict, InvalidInput
from service.office import Office
from service.policies.routing import DEFAULT_DEPARTMENT
from service.storage import departments, queue
from service.storage.staff import StaffMember

LONGEST_COMMENT = 1000


def take(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """Take a waiting conversation; Conflict when somebody else was faster. Taking one's own again changes nothing."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.state is ConversationState.OPERATOR:
            if conversation.operator_id == staff.id:
                return
            raise Conflict("a colleague has just taken this conversation")
        if conversation.state is not ConversationState.QUEUED:
            raise Conflict("this conversation does not wait for a person any more")
        queue.change_open(connection, conversation_id, taken_at=now, taken_by=staff.id)
        said = texts.text("operator_joined", conversation.language, name=staff.name)
        _give(connection, conversation, staff, said, office, now)
        add_fact(connection, conversation, "taken", staff.login, now)

    return act_on(conversation_id, staff, office, change)


def _give(
    connection: Connection, conversation: ConversationView, staff: StaffMember, said: str, office: Office, now: datetime
) -> None:
    move(
        connection, conversation, (said,), office, now,
        state=ConversationState.OPERATOR.value, operator_id=staff.id, staff_seen_seq=conversation.last_seq,
        operator_seen_seq=conversation.last_seq, snoozed_until=None, dialogue=None,
    )  # fmt: skip


def return_to_bot(
    conversation_id: int, staff: StaffMember, office: Office, *, version: int | None = None
) -> ConversationView:
    """Let the bot lead again; the client is told."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        must_hold(conversation, staff)
        queue.change_open(connection, conversation_id, ended_at=now, ended_how="returned_to_bot")
        said = texts.text("operator_returned", conversation.language)
        move(connection, conversation, (said,), office, now, **queue.with_bot(ConversationState.BOT))
        add_fact(connection, conversation, "returned_to_bot", staff.login, now)

    return act_on(conversation_id, staff, office, change, version=version)


def close(
    conversation_id: int, staff: StaffMember, office: Office, *, resolution: str | None = None, comment: str = "",
    version: int | None = None,
) -> ConversationView:  # fmt: skip
    """Close the request; when the client writes again the bot answers. Closing a closed one changes nothing.

    `resolution` is one of `Resolution`, `comment` free text for colleagues. Raises NotHolder when another operator
    holds it, and InvalidInput for an unknown resolution.
    """
    if resolution is not None and resolution not in set(Resolution):
        raise InvalidInput(f"resolution: there is no {resolution!r}; choose one of {', '.join(Resolution)}")
    said = words(comment, "comment", LONGEST_COMMENT, may_be_empty=True)

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.state is ConversationState.CLOSED:
            return
        if conversation.state is ConversationState.OPERATOR:
            must_steer(conversation, staff)
        queue.change_open(connection, conversation_id, ended_at=now, ended_how=resolution or "closed")
        told = texts.text("closed", conversation.language)
        move(connection, conversation, (told,), office, now, **queue.with_bot(ConversationState.CLOSED))
        more = {"comment": said} if said else {}
        add_fact(connection, conversation, "closed", staff.login, now, resolution=resolution, **more)

    return act_on(conversation_id, staff, office, change, version=version)


def reopen(conversation_id: int, staff: StaffMember, office: Office, *, version: int | None = None) -> ConversationView:
    """Take up a closed conversation, or one that went back to the bot; its history goes on.

    Raises Conflict when it waits for a person (take it) or a colleague has it.
    """

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.state is ConversationState.OPERATOR and conversation.operator_id == staff.id:
            return
        if conversation.state in (ConversationState.OPERATOR, ConversationState.QUEUED):
            raise Conflict("this conversation is open already: it waits for a person or a colleague has it")
        meant = conversation.department or DEFAULT_DEPARTMENT
        serves = departments.serving(connection, meant, DEFAULT_DEPARTMENT)
        department = serves.id if serves else meant
        handed = HandOff(department, conversation.priority, Reason.REOPENED, conversation.last_intent)
        summary = {"reason": Reason.REOPENED.value, "by": staff.login}
        queue.open_handoff(connection, conversation_id, handed, summary, now)
        queue.change_open(connection, conversation_id, taken_at=now, taken_by=staff.id)
        said = texts.text("operator_joined", conversation.language, name=staff.name)
        move(
            connection, conversation, (said,), office, now, **queue.with_bot(ConversationState.OPERATOR)
            | {"operator_id": staff.id, "queued_at": now, "department": department,
               "staff_seen_seq": conversation.last_seq, "operator_seen_seq": conversation.last_seq},
        )  # fmt: skip
        add_fact(connection, conversation, "reopened", staff.login, now)

    return act_on(conversation_id, staff, office, change, version=version)


def release(
    conversation_id: int, staff: StaffMember, office: Office, *, version: int | None = None
) -> ConversationView:
    """Put a conversation back into its department's queue, at its old place. Doing it twice changes nothing.

    Who leads operators may do it with anybody's conversation.
    """

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.state is ConversationState.QUEUED:
            return
        must_steer(conversation, staff)
        holder = conversation.operator_id or 0
        releasing.release(connection, conversation_id, holder, office, now, actor=staff.login, reason="by_hand")

    return act_on(conversation_id, staff, office, change, version=version)
