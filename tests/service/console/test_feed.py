"""Reading the list once for many: fresh for all who ask, never shared across the row-level rule."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from service.console.components.inbox_list import Patch
from service.console.inbox.feed import Feed, Look, Sheet
from service.console.inbox.reading import Listed
from service.domain.console import InboxEntry, InboxFilters, InboxPage
from service.domain.conversations import ConversationState
from service.domain.intents import Does, IntentRule, Priority
from service.domain.messages import Author
from service.domain.staff import Role, StaffMember
from service.errors import StorageUnavailable
from service.office import Office

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_OFFICE = cast(Office, None)


def entry(number: int, **changes: Any) -> InboxEntry:
    plain = InboxEntry(
        conversation_id=number, version=1, state=ConversationState.QUEUED, client_id=number, client_name=None,
        channel="web", language="ru", department="cards", priority=Priority.NORMAL, queued_at=NOON, waits_since=NOON,
        mood=0.0, unread=1, last_author=Author.CLIENT, last_text="где карта", last_at=NOON, operator_id=None,
        operator=None, reason=None, intent=None, tags=(), snoozed_until=None,
    )  # fmt: skip
    return replace(plain, **changes)


def listed(*entries: InboxEntry, following: str | None = None) -> Listed:
    return Listed(InboxPage(entries, following), {})


def person(number: int, *departments: str, role: Role = Role.OPERATOR) -> StaffMember:
    return StaffMember(number, f"p{number}", f"P{number}", role, departments)


class Reader:
    """Counts readings; each lasts until it is let go."""

    def __init__(self, result: Callable[[StaffMember], Listed] = lambda _: listed(entry(1))) -> None:
        self.began: list[StaffMember] = []
        self.go = threading.Event()
        self.go.set()
        self.result = result

    def __call__(self, staff: StaffMember, office: Office, filters: InboxFilters, pages: int) -> Listed:
        self.began.append(staff)
        assert self.go.wait(5)
        return self.result(staff)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


def test_fifty_who_ask_at_once_share_one_reading() -> None:
    reader = Reader()

    async def ask() -> list[Sheet]:
        feed = Feed(NO_OFFICE, reader)
        return await asyncio.gather(*(feed.sheet(person(n), InboxFilters(), 1) for n in range(50)))

    sheets = asyncio.run(ask())
    assert len(reader.began) == 1
    assert len({id(each) for each in sheets}) == 1


def test_who_asks_during_a_reading_gets_one_that_began_later() -> None:
    reader = Reader()

    async def ask() -> None:
        feed = Feed(NO_OFFICE, reader)
        reader.go.clear()
        first = asyncio.create_task(feed.sheet(person(1), InboxFilters(), 1))
        await until(lambda: len(reader.began) == 1)
        late = [asyncio.create_task(feed.sheet(person(n), InboxFilters(), 1)) for n in (2, 3)]
        reader.go.set()
        await asyncio.gather(first, *late)

    asyncio.run(ask())
    assert len(reader.began) == 2


@pytest.mark.parametrize(
    ("other", "filters", "pages"),
    [
        (person(2, "loans"), InboxFilters(), 1),
        (person(2), InboxFilters(), 1),
        (person(2, "cards", "loans"), InboxFilters(), 1),
        (person(2, "cards", role=Role.ML), InboxFilters(), 1),
        (person(2, "cards"), InboxFilters(operator_id=2), 1),
        (person(2, "cards"), InboxFilters(), 2),
    ],
)
def test_another_rule_filter_or_length_is_another_reading(
    other: StaffMember, filters: InboxFilters, pages: int
) -> None:
    assert Look.of(person(1, "cards"), InboxFilters(), 1) != Look.of(other, filters, pages)
    reader = Reader(lambda staff: listed(entry(staff.id)))

    async def ask() -> tuple[Sheet, Sheet]:
        feed = Feed(NO_OFFICE, reader)
        one, two = feed.sheet(person(1, "cards"), InboxFilters(), 1), feed.sheet(other, filters, pages)
        return await asyncio.gather(one, two)

    mine, theirs = asyncio.run(ask())
    assert [each.id for each in reader.began] == [1, 2]
    assert (mine.rows("ru")[0]["id"], theirs.rows("ru")[0]["id"]) == (1, 2)


def test_the_order_of_departments_makes_no_difference() -> None:
    assert Look.of(person(1, "a", "b"), InboxFilters(), 1) == Look.of(person(2, "b", "a"), InboxFilters(), 1)


def test_a_failure_reaches_all_who_waited_and_the_next_reading_works() -> None:
    def fail(_: StaffMember) -> Listed:
        raise StorageUnavailable("busy")

    reader = Reader(fail)

    async def ask() -> Sheet:
        feed = Feed(NO_OFFICE, reader)
        found = await asyncio.gather(
            *(feed.sheet(person(n), InboxFilters(), 1) for n in (1, 2)), return_exceptions=True
        )
        assert all(isinstance(each, StorageUnavailable) for each in found)
        reader.result = lambda _: listed(entry(7))
        return await feed.sheet(person(1), InboxFilters(), 1)

    assert asyncio.run(ask()).rows("ru")[0]["id"] == 7


def test_who_leaves_does_not_take_the_reading_along() -> None:
    reader = Reader()

    async def ask() -> Sheet:
        feed = Feed(NO_OFFICE, reader)
        reader.go.clear()
        leaving = asyncio.create_task(feed.sheet(person(1), InboxFilters(), 1))
        staying = asyncio.create_task(feed.sheet(person(2), InboxFilters(), 1))
        await until(lambda: len(reader.began) == 1)
        leaving.cancel()
        reader.go.set()
        return await staying

    assert asyncio.run(ask()).rows("ru")[0]["id"] == 1


def test_an_unchanged_list_is_the_same_sheet() -> None:
    reader = Reader()

    async def ask() -> tuple[Sheet, Sheet]:
        feed = Feed(NO_OFFICE, reader)
        return await feed.sheet(person(1), InboxFilters(), 1), await feed.sheet(person(2), InboxFilters(), 1)

    first, second = asyncio.run(ask())
    assert first is second


def patch(now: Sheet, before: Sheet) -> Patch:
    """What is sent to a browser that shows `before`."""
    sent = now.patch(before, "ru")
    assert sent is not None
    return dict(json.loads(sent))


def test_only_what_changed_is_sent() -> None:
    before = Sheet(listed(entry(1), entry(2), entry(3)))
    assert Sheet(listed(entry(1), entry(2), entry(3))).patch(before, "ru") is None
    changed = patch(Sheet(listed(entry(1), entry(2, unread=5), entry(3))), before)
    assert [row["id"] for row in changed["rows"]] == [2]
    assert changed["order"] is None
    moved = patch(Sheet(listed(entry(4), entry(1), entry(3))), before)
    assert [row["id"] for row in moved["rows"]] == [4]
    assert moved["order"] == [4, 1, 3]


def test_rows_are_in_the_language_of_the_reader() -> None:
    sheet = Sheet(listed(entry(1)))
    assert sheet.rows("ru")[0]["name"] == "Клиент №1"
    assert sheet.rows("en")[0]["name"] == "Client no. 1"


def test_a_row_says_the_title_of_an_intent_that_was_added_in_the_console() -> None:
    theme = IntentRule("app_theme", "digital", Does.ANSWER, {"ru": "Тёмная тема", "en": "Dark theme"})
    page = InboxPage((entry(1, intent="app_theme"), entry(2, intent="gone_since")), None)
    sheet = Sheet(Listed(page, {}, {"app_theme": theme}))
    assert [row["topic"] for row in sheet.rows("ru")] == ["Тёмная тема", ""]
    assert sheet.rows("en")[0]["topic"] == "Dark theme"
