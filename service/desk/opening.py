"""Everything about one conversation at one moment, for whoever opens it."""

from dataclasses import dataclass
from typing import Any

from service.desk.acting import see
from service.desk.cards import card_of
from service.desk.reading import check_limit, mark_seen, story_of
from service.domain.console import ClientCard, TimelinePage
from service.domain.conversations import ConversationView
from service.domain.messages import Author
from service.domain.staff import StaffMember
from service.office import Office
from service.storage import queue


@dataclass(frozen=True)
class OpenConversation:
    """One conversation: who has it, the newest stretch of the client's story, the hand-off in progress, the client."""

    conversation: ConversationView
    story: TimelinePage
    handoff: dict[str, Any] | None
    card: ClientCard
    client_types: bool


def open_conversation(
    conversation_id: int, staff: StaffMember, office: Office, *, limit: int = 50, mark: bool = True
) -> OpenConversation:
    """Read once, from one snapshot. NotFound when `staff` may not see it.

    `limit`: items of the story; `mark`: opened by the holder, it counts as read and the client sees that it was.
    """
    check_limit(limit)
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
        opened = OpenConversation(
            conversation=conversation,
            story=story_of(connection, conversation, staff, None, limit),
            handoff=queue.open_summary(connection, conversation_id),
            card=card_of(connection, conversation, staff),
            client_types=office.typing.is_typing(conversation_id, Author.CLIENT.value),
        )
    if mark:
        mark_seen(conversation, conversation.last_seq, staff, office)
    return opened
