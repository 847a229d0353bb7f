"""What the server pushes to an open console is about conversations that its person may see, at every moment.

Not what the page shows is looked at but every frame of its socket: what has arrived can be read by whoever sits there.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, WebSocket, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


class Wire:
    """An open console and everything that was pushed to it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[str] = []
        page.on("websocket", self._listen)
        page.reload()
        page.wait_for_function("window.did_handshake === true")
        expect(page.locator(".inbox-list, .wall").first).to_be_visible()

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: self.frames.append(str(payload)))

    def tells_of(self, *words: str) -> list[str]:
        """The frames in which one of the words stands."""
        return [each[:500] for each in self.frames if any(word in each for word in words)]

    def names(self, conversation: int) -> list[str]:
        """The frames that name a conversation by its number: a row, the order of the rows, an item of a story."""
        named = re.compile(rf'"(?:id":\s*{conversation},\s*"name|conversation":\s*{conversation}\b)')
        orders = re.compile(r'"order":\s*\[([\d,\s]*)\]')
        plain = [frame.replace('\\"', '"') for frame in self.frames]
        return [
            each[:500] for each in plain
            if named.search(each) or any(str(conversation) in re.findall(r"\d+", one) for one in orders.findall(each))
        ]  # fmt: skip


def row(page: Page, conversation: int) -> Any:
    return page.locator(f'.inbox-row[data-id="{conversation}"]')


@pytest.fixture
def in_documents(console: Any) -> Iterator[Callable[..., tuple[str, int]]]:
    """Makes clients who wait for the department of documents, or for another; they are not left in its queue."""
    made: list[int] = []

    def make(text: str, name: str = "", department: str = "documents") -> tuple[str, int]:
        client, number = console.waiting(text, name)
        console.act("vera", "transfer", number, department=department)
        made.append(number)
        return str(client), int(number)

    yield make
    for number in made:
        console.act("admin", "close", number)


@pytest.fixture
def seen_to(console: Any, in_documents: Callable[..., tuple[str, int]]) -> Callable[..., None]:
    """Waits until a console has shown what came last: whatever was to be pushed before has been pushed."""

    def look(page: Page, department: str = "documents") -> None:
        _, number = in_documents("всё остальное уже пришло", department=department)
        expect(row(page, number)).to_be_visible()

    return look


@pytest.fixture
def restored(console: Any) -> Iterator[None]:
    """Accounts are afterwards what they were."""
    yield
    console.back("change", who="frida", departments=["documents"], role="operator")
    console.back("change", who="roman", departments=["documents"], role="supervisor")


def test_whatever_happens_in_another_department_no_frame_tells_of_it(
    console: Any, desk_of: Desk, in_documents: Any, seen_to: Any
) -> None:
    mine, number = in_documents("вопрос про кредит")
    wire = Wire(desk_of("frida", conversation=number))
    secret, tag, name = f"тайна{uuid4().hex[:8]}", f"метка{uuid4().hex[:6]}", f"Имя{uuid4().hex[:8]}"
    client, theirs = console.waiting(f"не пришёл перевод {secret}", name)
    console.act("boris", "take", theirs)
    console.act("boris", "reply", theirs, key=uuid4().hex, text=f"ответ {secret}")
    console.act("boris", "note", theirs, key=uuid4().hex, text=f"заметка {secret}")
    console.act("boris", "add_tag", theirs, tag=tag)
    console.say(client, f"и ещё {secret}")
    console.back("later", seconds=3)
    console.act("boris", "close", theirs, resolution="resolved")
    console.act("boris", "reopen", theirs)
    console.say(mine, "моё последнее слово")
    expect(wire.page.locator(".timeline")).to_contain_text("моё последнее слово")
    seen_to(wire.page)
    assert wire.tells_of("моё последнее слово")
    assert wire.tells_of(secret, tag, name) == []
    assert wire.names(theirs) == []
    waiting = wire.page.locator(".inbox-row").count()
    titles = [int(each) for frame in wire.frames for each in re.findall(r"\((\d+)\) Обращения", frame)]
    assert all(each <= waiting for each in titles), "what waits elsewhere is not counted either"


def test_what_was_passed_on_is_closed_here_and_tells_no_more(
    console: Any, desk_of: Desk, in_documents: Any, seen_to: Any
) -> None:
    client, number = in_documents("сначала это было про кредит")
    wire = Wire(desk_of("frida", conversation=number))
    expect(wire.page.get_by_test_id("take")).to_be_visible()
    wire.page.keyboard.press("Enter")
    expect(wire.page.get_by_test_id("return_to_bot")).to_be_visible()
    console.act("vera", "transfer", number, department="digital", note="дальше не их дело")
    expect(row(wire.page, number)).to_have_count(0)
    expect(wire.page.locator(".story-head")).to_be_hidden()
    assert "сначала это было про кредит" not in wire.page.locator(".pane-story").inner_text()
    wire.frames.clear()
    secret = f"тайна{uuid4().hex[:8]}"
    console.say(client, secret)
    console.act("zoya", "take", number)
    console.act("zoya", "reply", number, key=uuid4().hex, text=f"отвечаю: {secret}")
    seen_to(wire.page)
    assert wire.tells_of(secret, "дальше не их дело", "Зоя") == []
    assert wire.names(number) == []


def test_of_two_clients_who_were_joined_only_ones_own_half_is_told(
    console: Any, desk_of: Desk, in_documents: Any, seen_to: Any
) -> None:
    secret, name = f"тайна{uuid4().hex[:8]}", f"Клиент{uuid4().hex[:8]}"
    mine, number = in_documents("это пишу я", name)
    client, theirs = in_documents(f"и это тоже я, {secret}", name, department="digital")
    wire = Wire(desk_of("frida", conversation=number))
    expect(wire.page.locator(".timeline")).to_contain_text("это пишу я")
    console.act("vera", "merge_clients", number, other_id=theirs, reason="одно имя")
    expect(wire.page.locator(".timeline")).to_contain_text("клиенты объединены")
    console.say(client, f"ещё одна {secret}")
    console.say(mine, "а это видно")
    expect(wire.page.locator(".timeline")).to_contain_text("а это видно")
    expect(wire.page.locator(".client-channel")).to_have_count(1)
    seen_to(wire.page)
    assert wire.tells_of(secret) == []
    assert wire.names(theirs) == []


@pytest.mark.usefixtures("restored")
def test_who_gets_other_departments_sees_at_once_no_more_of_the_former_ones(
    console: Any, desk_of: Desk, in_documents: Any, seen_to: Any
) -> None:
    client, number = in_documents("кредит до перевода в другой отдел")
    wire = Wire(desk_of("frida", conversation=number))
    expect(row(wire.page, number)).to_be_visible()
    for round_ in range(3):  # the list is being read all the while
        secret = f"тайна{uuid4().hex[:8]}"
        console.say(client, "шумим")
        console.back("change", who="frida", departments=["digital"], role="operator")
        console.say(client, secret)
        expect(row(wire.page, number)).to_have_count(0)
        expect(wire.page.locator(".story-head")).to_be_hidden()
        seen_to(wire.page, "digital")
        assert wire.tells_of(secret) == [], round_
        console.back("change", who="frida", departments=["documents"], role="operator")
        expect(row(wire.page, number)).to_contain_text(secret)
        row(wire.page, number).click()
        expect(wire.page.locator(".story-head")).to_be_visible()


@pytest.mark.usefixtures("restored")
def test_a_page_that_a_lowered_role_may_not_open_closes_and_tells_no_more(
    console: Any, desk_of: Desk, in_documents: Any
) -> None:
    client, number = in_documents("кредит до понижения")
    inbox = Wire(desk_of("frida", conversation=number))
    wall = desk_of("roman")
    wall.goto(f"{console.base}/console/wall")
    board = Wire(wall)
    console.back("change", who="frida", departments=["documents"], role="ml")
    console.back("change", who="roman", departments=["documents"], role="operator")
    secret, name = f"тайна{uuid4().hex[:8]}", f"Имя{uuid4().hex[:8]}"
    console.say(client, secret)
    in_documents(secret, name)
    for each in (inbox, board):
        expect(each.page.locator(".refused-title")).to_be_visible()
        assert each.tells_of(secret, name) == []
        assert secret not in each.page.content()


def test_an_account_that_was_taken_away_hears_nothing_more(console: Any, desk_of: Desk, in_documents: Any) -> None:
    client, number = in_documents("кредит до увольнения")
    wire = Wire(desk_of("gleb", conversation=number))
    secret = f"тайна{uuid4().hex[:8]}"
    # A page that does not go where it is sent: the script that would lead it to the sign-in page is lost.
    wire.page.evaluate("window.open_url = () => {}; window.socket.off('open')")
    console.back("disable", who="gleb")
    console.say(client, secret)
    in_documents(secret)
    desk = desk_of("frida")
    expect(row(desk, number)).to_contain_text(secret)
    assert wire.tells_of(secret) == []
