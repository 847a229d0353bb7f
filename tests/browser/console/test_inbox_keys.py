"""Keys that the other tests have no use for: up and down the list, filters, the topic, a search, a third suggestion."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


def selected(page: Page, conversation: int) -> Any:
    return page.locator(f'.inbox-row[data-id="{conversation}"][aria-selected="true"]')


def box(page: Page) -> Any:
    return page.locator('.composer-box textarea:not([aria-hidden="true"])').first


def test_the_list_is_walked_up_and_down_and_filtered(console: Any, desk_of: Desk) -> None:
    numbers = [console.waiting(f"вопрос {each}")[1] for each in range(2)]
    for number in numbers:
        console.act("boris", "take", number)
    page = desk_of("boris")
    expect(page.locator(".inbox-row").first).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".q-menu")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("ArrowDown")  # everything, who waits, mine
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("filter").locator("xpath=ancestor::label")).to_contain_text("Мои")
    expect(page.locator(".inbox-row:not(.mine)")).to_have_count(0)
    expect(page.locator(".inbox-row:focus")).to_have_count(1)
    mine = page.eval_on_selector_all(".inbox-row", "rows => rows.map((each) => Number(each.dataset.id))")
    assert set(numbers) <= set(mine)

    def stands_on(place: int) -> None:
        expect(selected(page, mine[place])).to_have_count(1)
        expect(page).to_have_url(re.compile(f"open={mine[place]}$"))

    page.keyboard.press("j")
    stands_on(0)
    page.keyboard.press("ArrowDown")
    stands_on(1)
    page.keyboard.press("k")
    stands_on(0)
    page.keyboard.press("j")
    stands_on(1)
    page.keyboard.press("ArrowUp")
    stands_on(0)


def test_the_topic_is_corrected_by_key(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("деньги не дошли")
    page = desk_of("anna", conversation=number)
    expect(page.locator(".bubble.client").last).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_test_id("intents")).to_be_focused()
    page.keyboard.type("пин")
    page.locator(".q-menu .q-item").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.locator(".q-dialog").get_by_role("button").last.click()
    expect(page.locator(".understood.corrected")).to_have_count(1)


def test_a_reply_is_searched_by_key_and_the_story_is_turned_over(console: Any, desk_of: Desk) -> None:
    number = console.back("long", messages=40)["conversation"]
    page = desk_of("anna", conversation=number)
    expect(page.locator('.bubble[data-seq="40"]')).to_be_visible()
    page.locator(".inbox-row[aria-selected=true]").focus()
    bottom = page.evaluate("document.querySelector('.timeline').scrollTop")
    page.keyboard.press("PageUp")
    page.wait_for_function("(before) => document.querySelector('.timeline').scrollTop < before", arg=bottom)
    page.keyboard.press("PageDown")
    page.wait_for_function("(before) => document.querySelector('.timeline').scrollTop >= before", arg=bottom)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("/")
    page.keyboard.type("пин")
    expect(page.locator(".composer-result").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".composer-results")).to_be_hidden()


def test_the_box_and_the_list_are_left_and_entered_without_waiting_for_the_server(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("карта не открывается в приложении")
    sent: list[str] = []
    page = desk_of("anna")
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    page.goto(f"{page.url.split('?')[0]}?open={number}")
    row = page.locator(f'.inbox-row[data-id="{number}"]')
    expect(page.locator(".suggestion kbd").first).to_be_visible()
    row.focus()
    # A server that hears of the key first fills the box once more and loses what is typed meanwhile.
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.value === '/'")
    expect(page.locator(".composer-hint")).to_contain_text("Enter — вставить")
    begun = [each for each in sent if "Slash" in each or '"\\"/\\""' in each]
    assert len(begun) == 2
    assert "Slash" in begun[1]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('inbox-row')")
    page.keyboard.press("t")
    expect(page.locator(".composer-results")).to_be_hidden()
    expect(box(page)).to_have_value("")


def test_who_presses_buttons_writes_on_in_the_box(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("как поменять пин-код")
    page = desk_of("anna", conversation=number)
    page.get_by_test_id("take").click()
    expect(box(page)).to_be_focused()
    page.locator(".suggestion").get_by_role("button", name=re.compile("Изменить")).first.click()
    expect(box(page)).to_have_value(re.compile(r"\S"))
    expect(box(page)).to_be_focused()
    box(page).fill("")
    page.get_by_role("button", name="Найти готовый ответ (/)").click()
    expect(box(page)).to_have_value("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("карт")
    page.locator(".composer-result").nth(1).click()
    expect(box(page)).to_have_value(re.compile("^[^/]"))
    expect(box(page)).to_be_focused()
    page.get_by_test_id("send").click()
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()


@pytest.mark.parametrize("key", ["2", "3"])
def test_the_second_and_third_suggestion_are_sent_by_their_keys(console: Any, desk_of: Desk, key: str) -> None:
    client, number = console.waiting("как поменять пин-код")
    page = desk_of("anna", conversation=number)
    expect(page.locator(".suggestion kbd").first).to_be_visible()
    shown = page.locator(".suggestion").filter(has=page.locator(f'kbd:text-is("{key}")'))
    offered = shown.locator("p").inner_text() if shown.count() else ""
    page.keyboard.press(key)
    if offered:
        expect(page.locator(".bubble.operator")).to_contain_text(offered[:30])
        assert any(offered[:30] in each for each in console.seen_by(client))
    else:
        expect(page.locator(".bubble.operator")).to_have_count(0)  # a key without a suggestion sends nothing


def test_what_the_bot_has_said_is_named_and_not_said_again_by_a_number(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("как снять наличные в банкомате?")
    page = desk_of("anna", conversation=number)
    card = page.locator(".suggestion.sent")
    expect(card).to_have_count(1)
    expect(card.locator("header kbd")).to_have_count(0)
    expect(page.locator(".suggestions-about").last).to_contain_text("Бот уже ответил")
    last = page.locator(".suggestion").count()
    assert last <= 3, "its number would be on the keyboard"
    page.keyboard.press(str(last))
    expect(page.locator(".q-notification")).to_contain_text("Бот это уже сказал")
    expect(page.locator(".bubble.operator")).to_have_count(0)


def test_where_no_code_can_be_sent_asking_to_verify_says_so(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("кто я, вы знаете?")
    console.act("anna", "take", number)
    page = desk_of("anna", conversation=number)
    expect(page.get_by_role("button", name="Подтвердить личность")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator(".q-notification")).to_be_visible()
