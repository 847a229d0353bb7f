"""What travels to an open inbox and how soon it hears of what concerns it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


def row(page: Page, conversation: int) -> Any:
    return page.locator(f'.inbox-row[data-id="{conversation}"]')


def box(page: Page) -> Any:
    return page.locator('.composer-box textarea:not([aria-hidden="true"])').first


def test_of_the_list_only_what_changed_travels(console: Any, desk_of: Desk) -> None:
    (first, number), (_, other) = console.waiting(name="Кто пишет"), console.waiting(name="Кто молчит")
    page = desk_of("vera")
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
    console.cookies.pop("vera", None)
    page = desk_of("vera")
    answer = page.request.post(f"{console.base}/staff/v1/sign-out", headers={"Origin": console.base})
    assert answer.ok
    console.cookies.pop("vera")
    expect(page).to_have_url(f"{console.base}/console/sign-in")


def test_a_lost_connection_is_said_and_nothing_is_lost_when_it_comes_back(console: Any, desk_of: Desk) -> None:
    client, number = console.waiting("сейчас связь пропадёт")
    page = desk_of("boris", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.context.set_offline(True)
    page.evaluate("window.socket.io.engine.close()")
    expect(page.locator("#popup")).to_be_visible()
    expect(page.locator("#popup")).to_contain_text("Нет связи с сервером")
    page.keyboard.type("написано без связи")
    console.say(client, "написано, пока связи не было")
    expect(page.locator(".timeline")).not_to_contain_text("написано, пока связи не было")
    page.context.set_offline(False)
    expect(page.locator("#popup")).to_be_hidden()
    expect(page.locator(".timeline")).to_contain_text("написано, пока связи не было")
    expect(box(page)).to_have_value("написано без связи")
    box(page).press("Control+Enter")
    expect(page.locator(".bubble.operator")).to_contain_text("написано без связи")
    assert console.seen_by(client).count("написано без связи") == 1


def test_a_server_that_has_forgotten_the_page_gets_a_new_one_with_what_was_begun(console: Any, desk_of: Desk) -> None:
    (_, number), (_, other) = console.waiting("первый"), console.waiting("второй")
    page = desk_of("boris", conversation=number)
    for each, words in ((number, "начато первому"), (other, "начато второму")):
        row(page, each).click()
        expect(page).to_have_url(re.compile(f"open={each}$"))
        expect(page.locator(".bubble.client").first).to_contain_text("первый" if each == number else "второй")
        box(page).fill(words)
        expect(box(page)).to_have_value(words)
    with page.expect_navigation():
        page.evaluate("location.reload()")  # what the page does by itself when its session is gone
    expect(box(page)).to_have_value("начато второму")
    row(page, number).click()
    expect(box(page)).to_have_value("начато первому")
    expect(page).to_have_url(re.compile(f"open={number}$"))
    page.reload()
    expect(box(page)).to_have_value("начато первому")
