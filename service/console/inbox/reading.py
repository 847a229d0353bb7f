"""What the inbox reads, in one go on a thread: the list with its clocks, and everything about one conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service import desk, suggesting
from service.domain.console import ClientCard, Delivery, InboxFilters, InboxPage, TimelinePage
from service.domain.conversations import ConversationView
from service.domain.intents import IntentRule
from service.domain.staff import StaffMember
from service.domain.suggestions import Offer
from service.errors import NotFound
from service.office import Office
from service.shifts.targets import SlaState, sla_of

PAGE_ROWS = 50
READ_AT_ONCE = 200


@dataclass(frozen=True)
class Listed:
    """The list as it is now, how each conversation stands against its targets, and what intents are called."""

    page: InboxPage
    sla: dict[int, SlaState]
    intents: Mapping[str, IntentRule] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Opened:
    """One conversation: who has it, its story, ready replies, the client."""

    conversation: ConversationView
    story: TimelinePage
    offer: Offer | None
    card: ClientCard
    handoff: dict[str, Any] | None
    sla: SlaState | None
    client_types: bool
    deliveries: dict[int, Delivery]
    """What became of messages that were read before and stand above this stretch of the story."""


def read_list(staff: StaffMember, office: Office, filters: InboxFilters, pages: int) -> Listed:
    """The first `pages` pages of the list."""
    wanted = pages * PAGE_ROWS
    found = desk.list_inbox(staff, office, filters, limit=min(wanted, READ_AT_ONCE))
    while found.next is not None and len(found.entries) < wanted:
        limit = min(wanted - len(found.entries), READ_AT_ONCE)
        following = desk.list_inbox(staff, office, filters, after=found.next, limit=limit)
        found = InboxPage((*found.entries, *following.entries), following.next)
    clocks = sla_of([entry.conversation_id for entry in found.entries], staff, office)
    return Listed(found, dict(clocks), office.rules.intents)


def read_opened(
    conversation_id: int, staff: StaffMember, office: Office, items: int, *, seen: bool, unsettled: Sequence[int] = ()
) -> Opened:
    """The newest `items` items of the story, and what stands beside it. NotFound when it may not be seen.

    `seen`: whether the operator looks at it, so that the client may be told. `unsettled`: messages further up that
    had not arrived or not been seen when they were read.
    """
    read = desk.open_conversation(conversation_id, staff, office, limit=items, mark=seen)
    return Opened(
        conversation=read.conversation,
        story=read.story,
        offer=suggesting.current_offer(conversation_id, staff, office),
        card=read.card,
        handoff=read.handoff,
        sla=sla_of([conversation_id], staff, office).get(conversation_id),
        client_types=read.client_types,
        deliveries=desk.read_deliveries(conversation_id, unsettled, staff, office),
    )


def read_if_there(
    conversation_id: int, staff: StaffMember, office: Office, items: int, *, seen: bool, unsettled: Sequence[int] = ()
) -> tuple[bool, Opened | None]:
    """(True, what was read), or (False, None) for a conversation that is not there or not for these eyes any more."""
    try:
        return True, read_opened(conversation_id, staff, office, items, seen=seen, unsettled=unsettled)
    except NotFound:
        return False, None
