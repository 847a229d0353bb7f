"""What the inbox shows: the list, the open conversation and what stands beside it."""

from collections.abc import Callable
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.components.bank_products import BankPart
from service.console.components.client_card import show_card
from service.console.components.composer import Composer
from service.console.components.desk_keys import DeskKeys
from service.console.components.handing_over import show_handoff
from service.console.components.inbox_list import InboxList
from service.console.components.kept_drafts import KeptDrafts
from service.console.components.suggestions import Suggestions
from service.console.components.timeline import Timeline, item_of, unread_from
from service.console.inbox.feed import Look, Sheet, the_feed
from service.console.inbox.layout import Panes
from service.console.inbox.reading import Opened, read_if_there
from service.console.inbox.story import Story
from service.console.place import ME, Place
from service.domain.console import InboxEntry, InboxFilters
from service.domain.conversations import ConversationState
from service.errors import SupportError
from service.events import conversation_topic, inbox_topic, person_topic, suggestions_topic
from service.shifts import presence

STORY_ITEMS = 60
"""Items of the newest stretch of a story, read with each look."""
MOST_UNSETTLED = 300
"""Messages further up, the newest first, of which each look asks what became of them."""


class Showing:
    """One operator's open inbox: what is selected and shown."""

    help: Callable[[], None]
    unmerge: Callable[[int], Any]
    unlink: Callable[[], Any]
    panes: Panes
    list: InboxList
    story: Timeline
    composer: Composer
    suggestions: Suggestions
    kept: KeptDrafts
    keys: DeskKeys

    def __init__(self, place: Place) -> None:
        self.place = place
        self.filters = InboxFilters()
        self.opened: Opened | None = None
        self.selected: int | None = None
        self.entries: tuple[InboxEntry, ...] = ()
        self.in_front = True
        self._sheet: Sheet | None = None
        self._pages = 1
        self._story = Story()
        self._chosen = 1
        self._seen_offer: tuple[int, float] = (0, 0.0)
        self._files: list[str] = []
        self._drafts: dict[int, str] = {}
        self._unread: tuple[int, str] = (0, "")
        self._title = ""
        self._zone = ZoneInfo(place.staff.time_zone or place.office.settings.staff_zone)
        self._shown_side: object = None
        self._bank = BankPart(place)

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
        """Read the list, together with the other consoles that show the same."""
        staff = await self.place.present()
        if staff is None:
            return
        filters, pages = self.filters, self._pages
        try:
            sheet = await the_feed().sheet(staff, filters, pages)
        except SupportError:
            return  # the next look comes
        # It was read for who they were when it was asked for: meanwhile they may have become somebody who sees less.
        now = await self.place.present()
        if now is None or Look.of(now, self.filters, self._pages) != Look.of(staff, filters, pages):
            return
        if sheet is not self._sheet:
            self._show_list(sheet)

    def _show_list(self, sheet: Sheet) -> None:
        before, self._sheet = self._sheet, sheet
        language, page = self.place.language, sheet.listed.page
        self.entries = page.entries
        if before is None:
            self.list.show(sheet.rows(language), more=page.next is not None)
        elif (patch := sheet.patch(before, language)) is not None:
            self.list.change(patch, sheet.rows(language), more=page.next is not None)
        if self.opened is not None:
            self.composer.lock(self._locked(self.opened, self.entry(self.opened.conversation.id or 0)))
        waiting = sum(1 for each in self.entries if each.state is ConversationState.QUEUED)
        self.panes.count.set_text(self.place.say("list.count", waiting=f"{waiting}{'+' if page.next else ''}"))
        title = f"{f'({waiting}) ' if waiting else ''}{self.place.say('pages.inbox')}"
        if title != self._title:
            self._title = title
            ui.page_title(f"{title} · {self.place.say('frame.product')}")

    async def refresh_conversation(self, items: int = 0) -> None:
        """Read the open conversation; `items` of its story when it is not only its end that may have changed."""
        chosen = self.selected
        if chosen is None:
            return
        read = await self.place.read(
            read_if_there, chosen, ME, self.place.office, items or STORY_ITEMS, seen=self.in_front,
            unsettled=self._scrolled_back(),
        )  # fmt: skip
        if self.selected != chosen or read is None:
            return  # another one was opened meanwhile, or the database is busy: the next look comes
        there, opened = read
        if there and opened is not None:
            self._tell_of_others(opened)
            self._show(opened)
        else:
            self.selected = None
            self.show_nothing()
            ui.notify(self.place.say("timeline.gone"), type="info", position="top", timeout=6000)

    def _scrolled_back(self) -> tuple[int, ...]:
        """Messages above the stretch that each look reads anew, whose fate may still change."""
        return self._story.unsettled(MOST_UNSETTLED) if len(self._story.items) > STORY_ITEMS else ()

    async def see_anew(self) -> None:
        """The account was changed: what is shown is read again for who they are now."""
        await self.refresh_conversation()
        await self.refresh_list()

    async def stay_present(self) -> None:
        """Tell the roster that this console is open."""
        found = await self.place.read(presence.heartbeat, ME, self.place.office)
        if found is not None:
            self.panes.show_presence(found.state)

    async def open(self, conversation_id: int) -> None:
        """Show a conversation; what was begun in another one is kept for it."""
        if conversation_id != self.selected:
            if self.selected is not None:
                self._drafts[self.selected] = self.composer.draft
                self.kept.keep(self.selected, self.composer.draft)
            self._story, self._files, self._shown_side = Story(), [], None
            self.composer.clear(self._drafts.pop(conversation_id, ""))
            self.kept.keep(conversation_id, "")
        self.selected = self.composer.conversation_id = conversation_id
        self.list.select(conversation_id)
        await self.refresh_conversation()
        if self.opened is not None:
            self.panes.root.classes(add="opened")

    # --- showing ------------------------------------------------------------------------------------------------

    def show_nothing(self) -> None:
        """No conversation is open."""
        self.opened = None
        self._story = Story()
        self.story.show(0, (), earlier=False, typing=False)
        self.list.select(None)
        self.panes.show_conversation(None, None)
        self.suggestions.show(None, chosen=0, active=False)
        self.panes.root.classes(remove="opened")
        self.panes.side.clear()
        self._shown_side = None

    def _show(self, opened: Opened) -> None:
        before = self.opened
        first = before is None or before.conversation.id != opened.conversation.id
        self.opened = opened
        conversation = opened.conversation
        number = conversation.id or 0
        same_client = not first and before is not None and before.card.merges == opened.card.merges
        self._story = (self._story.settle(opened.deliveries) if same_client else Story()).renew(opened.story)
        entry = self.entry(number)
        if first:
            self._unread = (number, unread_from(opened.story.items, number, entry.unread if entry else 0))
        self._show_story()
        self.panes.show_conversation(opened, entry)
        self.composer.lock(self._locked(opened, entry))
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
                show_card(
                    opened.card, self.place, self._zone, self.open, lambda merge: self.unmerge(merge),
                    lambda: self.unlink(),
                )  # fmt: skip
                if opened.card.verified and self.place.office.back_office is not None:
                    self._bank.show(number)

    def _show_story(self) -> None:
        if self.opened is None:
            return
        conversation, story = self.opened.conversation, self._story
        items = [item_of(each, conversation.channel, self.place, self._zone) for each in story.items]
        self.story.show(
            conversation.id or 0, items, earlier=story.before is not None, typing=self.opened.client_types,
            unread=self._unread[1],
        )  # fmt: skip

    def _locked(self, opened: Opened, entry: InboxEntry | None) -> str:
        """Why the box sends nothing now; empty when it does."""
        if self.may_speak:
            return ""
        state = opened.conversation.state
        if state is ConversationState.OPERATOR:
            # The list is read apart from the conversation and may still know who held it before.
            known = entry.operator if entry and entry.operator_id == opened.conversation.operator_id else None
            holder = known or self.place.say("composer.a_colleague")
            return self.place.say("composer.locked_operator", name=holder)
        return self.place.say(f"composer.locked_{state.value}")

    def _tell_of_others(self, now: Opened) -> None:
        """Say at once that a colleague was faster, or that it was passed on."""
        before = self.opened
        if before is None or before.conversation.id != now.conversation.id:
            return
        me, was, has = self.place.staff.id, before.conversation.operator_id, now.conversation.operator_id
        if was == has or has == me:
            return
        if has is not None:
            ui.notify(self.place.say("timeline.taken_by_other"), type="info", position="top", timeout=6000)
        elif was == me and now.conversation.state is ConversationState.QUEUED:
            ui.notify(self.place.say("timeline.taken_from_you"), type="info", position="top", timeout=6000)

    def entry(self, conversation_id: int) -> InboxEntry | None:
        """The line of the list about a conversation, if it is there."""
        return next((each for each in self.entries if each.conversation_id == conversation_id), None)

    @property
    def is_mine(self) -> bool:
        """Whether the open conversation is with this operator."""
        conversation = self.opened.conversation if self.opened is not None else None
        return (
            conversation is not None
            and conversation.state is ConversationState.OPERATOR
            and conversation.operator_id == self.place.staff.id
        )

    @property
    def is_holding(self) -> bool:
        """Whether the list has conversations that this operator would leave behind."""
        return any(each.operator_id == self.place.staff.id for each in self.entries)

    @property
    def may_speak(self) -> bool:
        """Whether a reply may be sent: it is mine, or it waits and is taken with the first reply."""
        return self.opened is not None and (self.is_mine or self.opened.conversation.state is ConversationState.QUEUED)
