"""What staff read: the list of open conversations, and the whole story of a client."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.desk.acting import must_serve_clients, see, visible_departments
from service.domain.console import Delivery, InboxFilters, InboxPage, TimelinePage
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import StoredMessage
from service.errors import InvalidInput
from service.events import conversation_topic, inbox_topic
from service.office import Office
from service.storage import clients, conversations, inbox, messages, queue
from service.storage import timeline as story
from service.storage.queue import QueueEntry
from service.storage.staff import StaffMember
from service.storage.visibility import visible_calls

OPEN_STATES = (ConversationState.QUEUED, ConversationState.OPERATOR)
LARGEST_PAGE = 200


def list_inbox(
    staff: StaffMember, office: Office, filters: InboxFilters | None = None, *, after: str | None = None,
    limit: int = 50,
) -> InboxPage:  # fmt: skip
    """A page of the open conversations that `staff` may see: most urgent (who waits long becomes urgent), then
    longest in the queue.

    `after` is the `next` of the page before. Snoozed ones are left out unless the filters ask for them.
    """
    must_serve_clients(staff)
    check_limit(limit)
    with office.database.read() as connection:
        return inbox.page(connection, staff, filters or InboxFilters(), after, limit, office.ageing())


def read_timeline(
    conversation_id: int, staff: StaffMember, office: Office, *, before: str | None = None, limit: int = 50,
    mark: bool = True,
) -> TimelinePage:  # fmt: skip
    """The newest part of the client's story, or the part before `before`: messages, notes and events, oldest first.

    It holds all conversations of this client that `staff` may see, whatever channel they came over. Opened by the
    holder, the newest part counts as read (unless `mark` is False) and the client sees that it was.
    """
    check_limit(limit)
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
        page = story_of(connection, conversation, staff, before, limit)
    if mark and before is None:
        mark_seen(conversation, conversation.last_seq, staff, office)
    return page


def read_deliveries(
    conversation_id: int, message_ids: Sequence[int], staff: StaffMember, office: Office
) -> dict[int, Delivery]:
    """What became of messages of this client's story, by id; of those that `staff` may not see nothing is said."""
    if not message_ids:
        return {}
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
        return story.deliveries(connection, _channels_of(connection, conversation, staff), message_ids)


def story_of(
    connection: Connection, conversation: ConversationView, staff: StaffMember, before: str | None, limit: int
) -> TimelinePage:
    """The same in the caller's transaction, of a conversation that `staff` may see; nothing counts as read."""
    return story.page(connection, _channels_of(connection, conversation, staff), before, limit, visible_calls(staff))


def _channels_of(connection: Connection, conversation: ConversationView, staff: StaffMember) -> dict[int, str]:
    linked = clients.channels(connection, conversation.client_id or 0, staff)
    return {each.conversation_id: each.channel for each in linked} | {conversation.id or 0: conversation.channel}


def mark_read(conversation_id: int, seq: int, staff: StaffMember, office: Office) -> None:
    """The holder has read everything up to `seq`; from others it means nothing and changes nothing."""
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
    mark_seen(conversation, min(seq, conversation.last_seq), staff, office)


def mark_seen(conversation: ConversationView, seq: int, staff: StaffMember, office: Office) -> None:
    """The same for a conversation that was read a moment ago."""
    if conversation.state is not ConversationState.OPERATOR or conversation.operator_id != staff.id:
        return
    conversation_id = conversation.id or 0
    with office.database.read() as connection:
        if conversations.operator_has_seen(connection, conversation_id) >= seq:
            return  # most looks are second looks: they take no write transaction
    with office.database.write() as connection:
        holds = queue.operator_of(connection, conversation_id) == staff.id
        moved = holds and conversations.mark(connection, conversation_id, "staff_seen_seq", seq)
        if holds:
            conversations.mark(connection, conversation_id, "operator_seen_seq", seq)
    if moved:
        office.events.publish(conversation_topic(conversation_id))
    if holds and conversation.department:
        office.events.publish(inbox_topic(conversation.department))


def list_queue(
    staff: StaffMember,
    office: Office,
    *,
    states: Sequence[ConversationState] = OPEN_STATES,
    limit: int = 100,
    offset: int = 0,
) -> list[QueueEntry]:
    """Who waits or is being served in the departments of `staff`, most urgent and longest waiting first."""
    must_serve_clients(staff)
    with office.database.read() as connection:
        return queue.entries(connection, visible_departments(staff, office), states, limit, offset, office.ageing())


def read_conversation(
    conversation_id: int, staff: StaffMember, office: Office, *, after: int = 0, limit: int = 200
) -> tuple[ConversationView, list[StoredMessage], dict[str, Any] | None]:
    """The conversation, its timeline and the hand-off in progress; the client sees that it was read."""
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
        timeline = messages.timeline(connection, conversation_id, after, limit)
        handoff = queue.open_summary(connection, conversation_id)
    if timeline:
        mark_seen(conversation, timeline[-1].seq, staff, office)
    return conversation, timeline, handoff


def is_holder(conversation_id: int, staff: StaffMember, office: Office) -> bool:
    """Whether `staff` holds this conversation now; NotFound when they may not see it."""
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
    return conversation.state is ConversationState.OPERATOR and conversation.operator_id == staff.id


def check_limit(limit: int) -> None:
    """InvalidInput for a page that is too long or empty."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(f"limit: a page has 1 to {LARGEST_PAGE} entries")
