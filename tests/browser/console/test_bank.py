"""A client in the widget asks, proves who they are, blocks a card, is known after a reload; staff see it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_MS = 45_000
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, trained_model: Path) -> Iterator[str]:
    """The address of the demo site, its mailbox and its console."""
    script = Path(__file__).with_name("bank_server.py")
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("bank")), str(trained_model)]
    paths = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=paths) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port.isdigit(), "the bank did not start"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


class Widget:
    """The chat on the bank's site."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        page.goto(f"{base}/?language=ru")
        self.open()

    def open(self) -> None:
        """Open the chat, unless it is open."""
        self.at(".launcher").wait_for()
        if not self.at("textarea").is_visible():
            self.at(".launcher").click()
        expect(self.at(".bubble").first).to_be_visible()

    def at(self, selector: str, has_text: str | None = None) -> Locator:
        """Something inside the chat."""
        return self.page.locator(f"#otklik {selector}", has_text=has_text)

    def say(self, text: str) -> None:
        """Write and send."""
        self.at("textarea").fill(text)
        self.page.keyboard.press("Enter")

    def hears(self, words: str) -> None:
        """Wait until the last answer has these words."""
        expect(self.at(".bot .bubble").last).to_contain_text(words, timeout=PATIENCE_MS)

    def tap(self, label: str) -> None:
        """Press a button below an answer."""
        self.at("button", label).last.click()


def code_in(mailbox: Page, base: str) -> str:
    """The code of the newest letter."""
    mailbox.goto(f"{base}/demo/mailbox")
    mailbox.wait_for_function(r"/\d{3} \d{3}/.test(document.body.innerText) || (location.reload(), false)", polling=500)
    found = re.search(r"\b\d{3} \d{3}\b", mailbox.inner_text("body"))
    assert found is not None
    return found.group()


def test_a_client_asks_verifies_blocks_a_card_is_recognised_and_staff_see_it(
    browser: Browser, base: str, sign_in: SignIn
) -> None:
    context = browser.new_context(locale="ru-RU")
    context.set_default_timeout(PATIENCE_MS)
    chat = Widget(context.new_page(), base)

    chat.say("сколько денег у меня на карте?")
    chat.hears("номер телефона")
    chat.say("8 913 555-01-01")
    chat.hears("код")
    chat.say(code_in(context.new_page(), base))
    chat.hears("184\u00a0302,57\u00a0₽")

    chat.say("потерял карту, заблокируйте её")
    chat.hears("Какую карту заблокировать?")
    chat.tap("UnionPay ··0937")
    chat.hears("Блокирую карту UnionPay ··0937?")
    chat.tap("Да, заблокировать")
    chat.hears("Новую карту можно заказать")
    expect(chat.at(".bot .bubble", "Номер подтверждения")).to_contain_text(re.compile(r"— \d{8}\."))

    mailbox = context.new_page()
    mailbox.goto(f"{base}/demo/mailbox")
    expect(mailbox.get_by_role("heading", level=1)).to_contain_text("Почта демонстрации")
    mailbox.get_by_role("button", name="English").click()
    expect(mailbox.get_by_role("heading", level=1)).to_contain_text("Demo mailbox")
    expect(mailbox.get_by_role("region", name="Letters").get_by_role("article").first).to_be_visible()

    chat.page.reload()
    chat.open()
    chat.say("сколько денег у меня на счёте?")
    chat.hears("612\u00a0000\u00a0₽")

    chat.say("оператор")
    chat.hears("специалист")
    inbox = sign_in("anna", "inbox")
    inbox.locator(".inbox-row").first.click()
    products = inbox.get_by_test_id("bank-products")
    expect(products).to_contain_text("Соколова Ирина Сергеевна", timeout=PATIENCE_MS)
    expect(products.locator("li", has_text="UnionPay ··0937")).to_contain_text("заблокирована")
    expect(products).not_to_contain_text("184")
    # An hour ago they called from the number that they have proved now.
    expect(inbox.get_by_test_id("call")).to_contain_text("Клиент звонил и не дождался ответа")
    expect(inbox.get_by_role("log")).to_contain_text("Клиент звонил и не дождался ответа")
    context.close()
