"""The list is read once for all consoles that show the same part of it, and only what has changed is sent on.

Who looks at what is told by `Look`: the role and departments of the row-level rule, the filters, how far one has
scrolled. Consoles with equal looks get the same sheet. A read serves only those who asked before it began, so nobody
is ever shown less than what was committed when they asked.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nicegui import app, run
from nicegui.json import dumps

from service.console.components.inbox_list import Row, patch_of, row_of
from service.console.inbox.reading import Listed, read_list
from service.console.topics import Topics
from service.domain.console import InboxFilters
from service.domain.staff import Role, StaffMember
from service.errors import StorageUnavailable
from service.office import Office

PAUSE_SECONDS = 0.1
"""Between the beginnings of two reads of one look."""
WORK_SHARE = 0.25
"""At most this share of the time is spent on reading one look: a very long list is read less often."""
MOST_LOOKS = 512
MOST_KEPT_PATCHES = 16


@dataclass(frozen=True)
class Look:
    """All that a list depends on; two people of equal looks see the same rows."""

    role: Role
    departments: frozenset[str]
    filters: InboxFilters
    pages: int

    @classmethod
    def of(cls, staff: StaffMember, filters: InboxFilters, pages: int) -> "Look":
        """The look of `staff`, by the departments and role they have now."""
        return cls(staff.role, frozenset(staff.departments), filters, pages)


class Sheet:
    """One reading of the list, and its rows in each language, made once."""

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._patches: dict[tuple[int, str], tuple[Sheet, str | None]] = {}

    def rows(self, language: str) -> tuple[Row, ...]:
        """What browsers show, in order."""
        if language not in self._rows:
            clocks = self.listed.sla
            entries = self.listed.page.entries
            topics = Topics(self.listed.intents, language)
            self._rows[language] = tuple(
                row_of(each, clocks.get(each.conversation_id), language, topics) for each in entries
            )
        return self._rows[language]

    def patch(self, before: "Sheet", language: str) -> str | None:
        """What a browser that shows `before` has to change, a `Patch` as JSON; None for nothing."""
        key = (id(before), language)  # `before` is kept beside it, so its id is not given to another one
        if key not in self._patches:
            if len(self._patches) >= MOST_KEPT_PATCHES:
                self._patches.clear()
            more = self.listed.page.next is not None
            made = patch_of(before.rows(language), self.rows(language), before.listed.page.next is not None, more)
            self._patches[key] = (before, None if made is None else dumps(made))
        return self._patches[key][1]

    def forget(self) -> None:
        """Let earlier sheets go: whoever showed them has moved on."""
        self._patches.clear()


@dataclass
class _Line:
    """Who waits for the next reading of a look."""

    following: asyncio.Task[Sheet] | None = None
    running: asyncio.Task[Sheet] | None = None
    may_begin: float = 0.0
    last: Sheet | None = field(default=None, repr=False)


class Feed:
    """Shares readings of the list. Belongs to the event loop of the console; the reading itself is on a thread."""

    def __init__(
        self, office: Office, read: Callable[[StaffMember, Office, InboxFilters, int], Listed] = read_list
    ) -> None:
        self._office = office
        self._read = read
        self._lines: dict[Look, _Line] = {}

    async def sheet(self, staff: StaffMember, filters: InboxFilters, pages: int) -> Sheet:
        """A reading that began after this call. Raises what reading raises."""
        look = Look.of(staff, filters, pages)
        line = self._line(look)
        if line.following is None:
            line.following = asyncio.create_task(self._fly(line, look, staff), name="reading the list")
            line.following.add_done_callback(_heard)
        return await asyncio.shield(line.following)  # one who leaves does not take the others' reading along

    async def _fly(self, line: _Line, look: Look, staff: StaffMember) -> Sheet:
        mine = line.following
        if line.running is not None:
            await asyncio.wait([line.running])
        await asyncio.sleep(max(0.0, line.may_begin - time.monotonic()))
        line.following, line.running = None, mine  # who asks from now on gets the next one
        began = time.monotonic()
        try:
            listed: Listed | None = await run.io_bound(self._read, staff, self._office, look.filters, look.pages)
        finally:
            line.running = None
            taken = time.monotonic() - began
            line.may_begin = began + max(PAUSE_SECONDS, taken / WORK_SHARE)
        if listed is None:
            raise StorageUnavailable("the service is stopping")
        if line.last is not None:
            line.last.forget()
            if line.last.listed == listed:
                return line.last
        line.last = Sheet(listed)
        return line.last

    def _line(self, look: Look) -> _Line:
        if look not in self._lines and len(self._lines) >= MOST_LOOKS:
            self._lines = {key: line for key, line in self._lines.items() if line.running or line.following}
        return self._lines.setdefault(look, _Line())


def _heard(task: asyncio.Task[Sheet]) -> None:
    if not task.cancelled():
        task.exception()  # whoever still waits gets it; with nobody left it is not worth a warning


def the_feed() -> Feed:
    """The feed of this process's console."""
    feed: Feed | None = getattr(app.state, "inbox_feed", None)
    if feed is None:
        feed = app.state.inbox_feed = Feed(app.state.office)
    return feed
