"""A newcomer's first hour: clients are answered one after another with keys alone, following what the screen says."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.console.inbox.keys import KEYS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]

CLIENTS = 6
QUESTION = "приложение не открывается, пишет ошибку"


class Walk:
    """The inbox under somebody who has only a keyboard; after each step the focus is where the next key works."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator('.composer-box textarea:not([aria-hidden="true"])').first
        self.row = page.locator(".inbox-row[aria-selected=true]:focus")
        self.told = page.locator(".composer-hint")

    def press(self, *keys: str) -> None:
        """One key after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def next_one(self) -> None:
        """A client is open whose question waits, with ready replies beside it, and the list has the focus."""
        expect(self.row).to_have_count(1)
        expect(self.page.locator(".bubble.client").first).to_contain_text(QUESTION)
        expect(self.page.locator(".suggestion.chosen kbd").first).to_be_visible()
        expect(self.page.locator(".bubble.operator")).to_have_count(0)

    def send(self) -> None:
        """What is in the box goes to the client; Escape leads back to the list, as the line under the box says."""
        expect(self.told).to_contain_text("Ctrl+Enter")
        self.press("Control+Enter")
        self.answered()
        expect(self.box).to_have_value("")
        expect(self.told).to_contain_text("Esc — к списку")
        self.press("Escape")
        expect(self.row).to_have_count(1)

    def answered(self) -> None:
        """The client has a reply of a person."""
        expect(self.page.locator(".bubble.operator")).to_have_count(1)

    def close(self) -> None:
        """The second resolution of the list."""
        self.press("c")
        expect(self.page.locator(".choices input:checked")).to_be_focused()
        expect(self.page.locator(".ask-keys")).to_contain_text("Enter")
        self.press("2", "Enter")
        expect(self.page.locator(".q-dialog")).to_have_count(0)


@pytest.fixture
def walk(console: Any, desk_of: Desk) -> Iterator[Walk]:
    """Zoya of the digital department, whose queue nobody else has."""
    waiting = [console.waiting(QUESTION, name=f"Новичок {number}")[1] for number in range(CLIENTS)]
    page = desk_of("zoya")
    expect(page.locator(".inbox-row")).to_have_count(CLIENTS)
    yield Walk(page)
    for number in waiting:
        console.act("admin", "close", number)


def test_clients_are_answered_by_keys_alone_and_the_focus_is_never_lost(walk: Walk) -> None:
    page = walk.page
    walk.press("?")
    expect(page.locator(".keys-card kbd")).to_have_text([name for names, _ in KEYS for name in names.split(" ")])
    walk.press("Escape")
    expect(page.locator(".q-dialog")).to_have_count(0)
    walk.press("j")
    expect(page.get_by_test_id("close")).to_have_attribute("data-key", "C")

    walk.next_one()  # a ready reply as it is
    walk.press("1")
    walk.answered()
    walk.close()

    walk.next_one()  # a ready reply, changed
    walk.press("e")
    expect(walk.box).to_have_value(re.compile(r"\S"))
    page.keyboard.type(" Напишите, если не поможет.")
    walk.send()
    walk.close()

    walk.next_one()  # the first one is wrong, the third one is changed
    walk.press("r", "2")  # the second key may come before the question is there: it sends nothing
    expect(page.locator(".choices input:checked")).to_be_focused()
    expect(page.locator(".bubble.operator")).to_have_count(0)
    walk.press("2", "Enter")
    expect(page.locator(".suggestion.rejected")).to_have_count(1)
    expect(walk.row).to_have_count(1)
    walk.press("ArrowLeft")  # the rejected one is not chosen again
    expect(page.locator(".suggestion.chosen header")).to_contain_text("2")
    walk.press("ArrowRight")
    expect(page.locator(".suggestion.chosen header")).to_contain_text("3")
    wanted = page.locator(".suggestion.chosen p").inner_text()
    walk.press("e")
    expect(walk.box).to_have_value(re.compile(re.escape(wanted[:20])))
    walk.send()
    walk.close()

    walk.next_one()  # a reply that is searched for
    walk.press("/")
    expect(walk.told).to_contain_text("Enter — вставить")
    page.keyboard.type("карт")
    expect(page.locator(".composer-result").nth(1)).to_be_visible()
    walk.press("ArrowDown")
    expect(page.locator(".composer-result").nth(1)).to_have_attribute("aria-selected", "true")
    walk.press("Enter")
    expect(walk.box).to_have_value(re.compile("^[^/]"))
    walk.send()
    walk.close()

    walk.next_one()  # one's own words, a note, and on to another department
    walk.press("a")
    page.keyboard.type("Здравствуйте! Разберёмся.")
    walk.send()
    walk.press("n")
    expect(walk.told).to_contain_text("сохранить")
    page.keyboard.type("спрашивал про вход")
    walk.press("Control+Enter")
    expect(page.locator(".bubble.note")).to_have_count(1)
    walk.press("Escape", "t")
    expect(page.locator(".finder-box")).to_be_focused()
    page.keyboard.type("кред")
    walk.press("Enter")
    expect(page.get_by_test_id("transfer-note")).to_be_focused()
    page.keyboard.type("просит о рассрочке")
    walk.press("Enter")
    expect(page.locator(".inbox-row")).to_have_count(1)

    walk.press("j")
    walk.next_one()  # the last one
    walk.press("k", "j", "2")
    walk.answered()
    walk.close()
    expect(page.locator(".inbox-list .empty")).to_contain_text("Новые обращения появятся здесь сами")
