"""A browser tab with the web chat on it and the scripted server behind: what the tests of the widget do and read."""

import re
from typing import Any

from chat_double import RunningDouble, Visitor  # type: ignore[import-not-found]
from playwright.sync_api import BrowserContext, Locator, Page, expect

LAST_WORDS = re.compile("Это помогло")


class Chat:
    """A visitor's tab."""

    def __init__(self, context: BrowserContext, server: RunningDouble, query: str = "?language=ru") -> None:
        self.context, self.server, self.double = context, server, server.double
        self.page: Page = context.new_page()
        self.page.goto(f"{server.url}/{query}")
        self.at(".launcher").wait_for()

    def at(self, selector: str, has_text: str | None = None) -> Locator:
        """Something inside the chat."""
        return self.page.locator(f"#otklik {selector}", has_text=has_text)

    @property
    def own(self) -> Locator:
        """The visitor's messages."""
        return self.at(".client .bubble")

    @property
    def mark(self) -> Locator:
        """How far the last own message has got."""
        return self.at(".client .meta [role=img]")

    def start(self) -> "Chat":
        """Opens the chat and waits for the greeting."""
        self.at(".launcher").click()
        expect(self.at(".bubble").first).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Writes and presses Enter."""
        self.at("textarea").fill(text)
        self.page.keyboard.press("Enter")

    def wait_for_answer(self) -> None:
        """Until the scripted answer is there."""
        expect(self.at(".bot .bubble").last).to_have_text(LAST_WORDS)

    def wait_until_sent(self) -> None:
        """Until nothing waits in the browser."""
        self.page.wait_for_function("Object.keys(localStorage).every(key => !key.includes(':q:'))")

    @property
    def visitor(self) -> Visitor:
        """The only visitor that the server knows."""
        (visitor,) = self.double.visitors.values()
        return visitor

    def push(self, author: str, text: str, **extra: Any) -> None:
        """A message from the bank, live."""
        self.double.on_loop(lambda: self.double.add(self.visitor, author, text, **extra))
