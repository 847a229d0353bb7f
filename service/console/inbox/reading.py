"""What the inbox reads, in one go on a thread: the list with its clocks, and everything about one conversation."""

from dataclasses import dataclass
from typing import Any

from service import desk, suggesting
from service.domain.console import ClientCard, InboxFilters, InboxPage, TimelinePage
from service.domain.conversations import ConversationView
from service.domain.messages import Author
from service.domain.staff import StaffMember
from service.domain.suggestions import Offer
from service.office import Office
from service.shifts.targets import SlaState, sla_of


@dataclass(frozen=True)
class Listed:
    """The list as it is now, and how each conversation stands against its targets."""

    page: InboxPage
    sla: dict[int, SlaState]


@dataclass(frozen=True)
class Opened:
    """One conversation: who has it, its story, ready replies, the client."""

    conversation: ConversationView
    story: TimelinePage
    offer: Offer | None
    card: ClientCard
    handoff: dict[str, Any] | None
    client_types: bool


def read_list(staff: StaffMember, office: Office, filters: InboxFilters, pages: int) -> Listed:
    """The first `pages` pages of the list."""
    found = desk.list_inbox(staff, office, filters)
    for _ in range(pages - 1):
        if found.next is None:
            break
        following = desk.list_inbox(staff, office, filters, after=found.next)
        found = InboxPage((*found.entries, *following.entries), following.next)
    clocks = sla_of([entry.conversation_id for entry in found.entries], staff, office)
    return Listed(found, dict(clocks))


def read_opened(conversation_id: int, staff: StaffMember, office: Office, items: int) -> Opened:
    """The newest `items` items of the story, and what stands beside it. NotFound when it may not be seen."""
    conversation, _, handoff = desk.read_conversation(conversation_id, staff, office, limit=1)
    story = desk.read_timeline(conversation_id, staff, office, limit=items)
    return Opened(
        conversation=conversation,
        story=story,
        offer=suggesting.current_offer(conversation_id, staff, office),
        card=desk.client_card(conversation_id, staff, office),
        handoff=handoff,
        client_types=Author.CLIENT in desk.who_types(conversation_id, staff, office),
    )
