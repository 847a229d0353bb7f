"""How one moves about in the inbox: from one conversation to another, along the list, back in a story."""

from dataclasses import replace

from service import desk
from service.console.inbox.reading import READ_AT_ONCE
from service.console.inbox.showing import STORY_ITEMS, Showing
from service.console.place import ME
from service.domain.console import InboxFilters

EARLIER_ITEMS = 120
"""Items of a stretch of a story that is scrolled back to."""


class Moving(Showing):
    """One operator's open inbox, and moving about in it."""

    def found_drafts(self, drafts: dict[int, str]) -> None:
        """What was begun before the page was loaded anew."""
        self._drafts |= drafts
        chosen = self.selected
        if chosen in drafts and not self.composer.draft:
            self.composer.clear(self._drafts.pop(chosen))

    async def step(self, by: int) -> None:
        """Open the next or previous one of the list."""
        ids = [each.conversation_id for each in self.entries]
        if not ids:
            return
        at = ids.index(self.selected) + by if self.selected in ids else 0 if by > 0 else len(ids) - 1
        if at >= len(ids) - 3 and self._sheet is not None and self._sheet.listed.page.next is not None:
            self._pages += 1  # read by the next look
        if (chosen := ids[max(0, min(at, len(ids) - 1))]) != self.selected:
            await self.open(chosen)

    async def more(self) -> None:
        """A longer list."""
        self._pages += 1
        await self.refresh_list()

    async def earlier(self) -> None:
        """A longer story, back to its beginning stretch by stretch."""
        chosen, cursor = self.selected, self._story.before
        if chosen is None or cursor is None:
            return
        page = await self.place.read(
            desk.read_timeline, chosen, ME, self.place.office, before=cursor, limit=EARLIER_ITEMS, mark=False
        )
        if page is not None and self.selected == chosen and self._story.before == cursor:
            self._story = self._story.extend(page)
            self._show_story()

    async def refresh_all(self) -> None:
        """Read as much of the story again as one look reads: what was said long ago has changed."""
        await self.refresh_conversation(max(STORY_ITEMS, min(len(self._story.items), READ_AT_ONCE)))

    async def filter(self, **changes: object) -> None:
        """Show another part of the list."""
        self.filters = replace(self.filters, **changes)  # type: ignore[arg-type]
        self._pages = 1
        self.list.narrow(self.filters != InboxFilters())
        await self.refresh_list()
        self.list.focus()

    async def back(self) -> None:
        """Out of the conversation, to the list: it fills a narrow screen again."""
        self.panes.root.classes(remove="opened")
        self.list.focus()

    async def came_to_front(self, yes: bool) -> None:
        """The tab is looked at, or not: only what is looked at counts as read."""
        self.in_front = yes
        if yes:
            await self.refresh_conversation()
