"""What the inbox shows: the list, the open conversation, what stands beside it, and how one moves between them."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.components.client_card import show_card
from service.console.components.composer import Composer
from service.console.components.handing_over import show_handoff
from service.console.components.inbox_list import InboxList, row_of
from service.console.components.suggestions import Suggestions
from service.console.components.timeline import Timeline, item_of
from service.console.inbox.layout import Panes
from service.console.inbox.reading import Opened, read_list, read_opened
from service.console.place import ME, Place
from service.domain.console import InboxEntry, InboxFilters
from service.domain.conversations import ConversationState
from service.events import conversation_topic, inbox_topic, person_topic, suggestions_topic
from service.shifts import presence

STORY_ITEMS = 60


class Showing:
    """One operator's open inbox: what is selected and shown, and moving about in it."""

    help: Callable[[], None]
    panes: Panes
    list: InboxList
    story: Timeline
    composer: Composer
    suggestions: Suggestions

    def __init__(self, place: Place) -> None:
        self.place = place
        self.filters = InboxFilters()
        self.opened: Opened | None = None
        self.selected: int | None = None
        self.entries: tuple[InboxEntry, ...] = ()
        self.dialog_is_open = False
        self._pages = 1
        self._items = STORY_ITEMS
        self._chosen = 1
        self._seen_offer: tuple[int, float] = (0, 0.0)
        self._files: list[str] = []
        self._zone = ZoneInfo(place.staff.time_zone or place.office.settings.staff_zone)
        self._shown_side: object = None

    # --- what it follows ----------------------------------------------------------------------------------------

    def list_topics(self) -> tuple[str, ...]:
        """Changes after which the list is read again."""
        departments = self.place.staff.departments or self.place.office.rules_now().departments
        return (*(inbox_topic(each) for each in departments), person_topic(self.place.staff.id))

    def conversation_topics(self) -> tuple[str, ...]:
        """Changes after which the open conversation is read again."""
        chosen = self.selected
        if chosen is None:
            return (person_topic(self.place.staff.id),)
        return conversation_topic(chosen), suggestions_topic(chosen)

    async def refresh_list(self) -> None:
        """Read the list."""
        found = await self.place.read(read_list, ME, self.place.office, self.filters, self._pages)
        if found is None:
            return
        self.entries = found.page.entries
        rows = [row_of(each, found.sla.get(each.conversation_id), self.place) for each in self.entries]
        self.list.show(rows, more=found.page.next is not None)
        waiting = sum(1 for each in self.entries if each.state is ConversationState.QUEUED)
        more = "+" if found.page.next else ""
        self.panes.count.set_text(self.place.say("list.count", waiting=f"{waiting}{more}"))
        ui.page_title(f"({waiting}) {self.place.say('pages.inbox')}" if waiting else self.place.say("pages.inbox"))

    async def refresh_conversation(self) -> None:
        """Read the open conversation."""
        chosen = self.selected
        if chosen is None:
            return
        opened = await self.place.read(read_opened, chosen, ME, self.place.office, self._items)
        if self.selected != chosen:
            return  # another one was opened meanwhile
        if opened is None:
            self.selected = None
            self.show_nothing()
        else:
            self._show(opened)

    async def stay_present(self) -> None:
        """Tell the roster that this console is open."""
        found = await self.place.read(presence.heartbeat, ME, self.place.office)
        if found is not None:
            self.panes.show_presence(found.state)

    # --- showing ------------------------------------------------------------------------------------------------

    def show_nothing(self) -> None:
        """Nothing is open: the last conversation was closed or taken by somebody else."""
        self.opened = None
        self.list.select(None)
        self.panes.show_conversation(None)
        self.suggestions.show(None, chosen=0, active=False)
        self.panes.side.clear()
        self._shown_side = None

    def _show(self, opened: Opened) -> None:
        self.opened = opened
        conversation = opened.conversation
        items = [item_of(each, conversation.channel, self.place, self._zone) for each in opened.story.items]
        self.story.show(
            conversation.id or 0, items, earlier=opened.story.before is not None, typing=opened.client_types
        )
        self.panes.show_conversation(opened)
        offer = opened.offer
        if offer is not None and self._seen_offer[0] != offer.id:
            self._seen_offer, self._chosen = (offer.id, monotonic()), 1
        self.suggestions.show(offer, chosen=self._chosen, active=self.may_speak)
        side = (opened.card, opened.handoff)
        if side != self._shown_side:
            self._shown_side = side
            self.panes.side.clear()
            with self.panes.side:
                show_handoff(opened.handoff, self.place)
                show_card(opened.card, self.place, self._zone)

    @property
    def is_mine(self) -> bool:
        """Whether the open conversation is with this operator."""
        return self.opened is not None and self.opened.conversation.operator_id == self.place.staff.id

    @property
    def may_speak(self) -> bool:
        """Whether a reply may be sent: it is mine, or it waits and is taken with the first reply."""
        return self.opened is not None and (self.is_mine or self.opened.conversation.state is ConversationState.QUEUED)

    # --- moving about -------------------------------------------------------------------------------------------

    async def open(self, conversation_id: int) -> None:
        """Show a conversation."""
        if conversation_id != self.selected:
            self._items, self._files, self._shown_side = STORY_ITEMS, [], None
            self.composer.clear()
        self.selected = self.composer.conversation_id = conversation_id
        self.list.select(conversation_id)
        await self.refresh_conversation()
        self.panes.root.classes(add="opened")

    async def step(self, by: int) -> None:
        """Open the next or previous one of the list."""
        ids = [each.conversation_id for each in self.entries]
        if not ids:
            return
        at = ids.index(self.selected) + by if self.selected in ids else 0 if by > 0 else len(ids) - 1
        await self.open(ids[max(0, min(at, len(ids) - 1))])

    async def more(self) -> None:
        """A longer list."""
        self._pages += 1
        await self.refresh_list()

    async def earlier(self) -> None:
        """A longer story."""
        if self.opened is not None and self.opened.story.before is not None and self._items < 200:
            self._items = min(200, self._items + STORY_ITEMS)
            await self.refresh_conversation()

    async def filter(self, **changes: object) -> None:
        """Show another part of the list."""
        self.filters = replace(self.filters, **changes)  # type: ignore[arg-type]
        self._pages = 1
        await self.refresh_list()

    async def focus_filter(self) -> None:
        """To the filters."""
        self.panes.filter.run_method("focus")

    def back(self) -> None:
        """On a narrow screen: from the conversation to the list."""
        self.panes.root.classes(remove="opened")
