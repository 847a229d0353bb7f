"""A list that was being read when the account changed is not shown: it was read for who they were."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from service.console.inbox import showing
from service.console.inbox.showing import Showing
from service.console.place import Place
from service.domain.console import InboxFilters
from service.domain.staff import Role, StaffMember

LOANS = StaffMember(1, "frida", "Фрида", Role.OPERATOR, ("loans",))


@dataclass
class StubPlace:
    """Somebody whose account changes while the list is read."""

    now: StaffMember | None

    async def present(self) -> StaffMember | None:
        """Who they are at this moment."""
        return self.now


@dataclass
class StubFeed:
    """A reading that takes as long as it takes for the account to become another."""

    place: StubPlace
    later: StaffMember | None
    asked: list[StaffMember] = field(default_factory=list)

    async def sheet(self, staff: StaffMember, _filters: InboxFilters, _pages: int) -> object:
        """What `staff` may see."""
        self.asked.append(staff)
        self.place.now = self.later
        return object()


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        (LOANS, 1),
        (StaffMember(1, "frida", "Фрида Новая", Role.OPERATOR, ("loans",)), 1),
        (StaffMember(1, "frida", "Фрида", Role.OPERATOR, ("digital",)), 0),
        (StaffMember(1, "frida", "Фрида", Role.OPERATOR, ("loans", "digital")), 0),
        (StaffMember(1, "frida", "Фрида", Role.ML, ("loans",)), 0),
        (None, 0),
    ],
    ids=["the same", "renamed", "moved", "more departments", "another role", "signed out"],
)
def test_a_list_read_for_who_they_were_is_dropped(
    monkeypatch: pytest.MonkeyPatch, later: StaffMember | None, shown: int
) -> None:
    place = StubPlace(LOANS)
    feed = StubFeed(place, later)
    monkeypatch.setattr(showing, "the_feed", lambda: feed)
    view = object.__new__(Showing)
    view.place, view.filters, view._pages, view._sheet = cast(Place, place), InboxFilters(), 1, None
    seen: list[Any] = []
    monkeypatch.setattr(view, "_show_list", seen.append)
    asyncio.run(view.refresh_list())
    assert feed.asked == [LOANS]
    assert len(seen) == shown
