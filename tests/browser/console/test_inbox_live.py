"""What travels to an open inbox and how soon it hears of what concerns it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


def row(page: Page, conversation: int) -> Any:
    return page.locator(f'.inbox-row[data-id="{conversation}"]')


def test_of_the_list_only_what_changed_travels(console: Any, desk_of: Desk) -> None:
    (first, number), (_, other) = console.waiting(name="Кто пишет"), console.waiting(name="Кто молчит")
    page = desk_of("egor")
    frames: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", listen)
    page.reload()
    expect(row(page, other)).to_be_visible()
    page.wait_for_function("window.did_handshake === true")
    expect(row(page, number)).to_contain_text("Кто пишет")
    frames.clear()
    console.say(first, "и ещё одно слово")
    expect(row(page, number)).to_contain_text("и ещё одно слово")
    page.keyboard.press("j")  # choosing a row sends no list either
    expect(page.locator(".story-head")).to_be_visible()
    assert any("и ещё одно слово" in each for each in frames)
    assert not any("Кто молчит" in each and "Кто пишет" in each for each in frames)


def test_who_signs_out_elsewhere_is_out_here_at_once(console: Any, desk_of: Desk) -> None:
    console.cookies.pop("egor", None)
    page = desk_of("egor")
    answer = page.request.post(f"{console.base}/staff/v1/sign-out", headers={"Origin": console.base})
    assert answer.ok
    console.cookies.pop("egor")
    expect(page).to_have_url(f"{console.base}/console/sign-in")
