"""Two operators and a client at once: everything of the inbox by keyboard, and what must never happen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


def row(page: Page, conversation: int) -> Any:
    return page.locator(f'.inbox-row[data-id="{conversation}"]')


def box(page: Page) -> Any:
    return page.locator('.composer-box textarea:not([aria-hidden="true"])').first


def press_in_russian(page: Page, key: str, code: str, *, repeat: bool = False) -> None:
    """A key as a Russian keyboard sends it."""
    page.evaluate(
        "(press) => document.dispatchEvent(new KeyboardEvent('keydown', {...press, bubbles: true, cancelable: true}))",
        {"key": key, "code": code, "repeat": repeat},
    )


def out_of_box(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator(".inbox-row:focus")).to_have_count(1)


def test_a_message_appears_by_itself_and_is_answered_by_keyboard(console: Any, desk_of: Desk) -> None:
    page = desk_of("anna")
    client, number = console.waiting("перевод завис")
    expect(row(page, number)).to_be_visible()
    expect(page).to_have_title(re.compile(r"\(\d+\+?\) Обращения"))
    page.goto(f"{page.url}?open={number}")
    expect(page.locator(".bubble.client").first).to_contain_text("перевод завис")
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type("Здравствуйте! Проверяю перевод.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.operator")).to_have_text(re.compile("Проверяю перевод"))
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    assert "Здравствуйте! Проверяю перевод." in console.seen_by(client)
    console.say(client, "спасибо, жду")
    expect(page.locator(".bubble.client").last).to_contain_text("спасибо, жду")


def test_keys_follow_the_place_and_never_fire_while_typing(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("anna", conversation=number)
    press_in_russian(page, "т", "KeyN")
    expect(box(page)).to_be_focused()
    expect(page.locator(".composer.noting")).to_be_visible()
    page.keyboard.type("jkctsgbop1")
    expect(box(page)).to_have_value("jkctsgbop1")
    expect(page.locator(".q-dialog")).to_have_count(0)
    out_of_box(page)
    press_in_russian(page, "с", "KeyC", repeat=True)
    expect(page.locator(".q-dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator(".keys-card")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(".q-dialog")).to_have_count(1)


def test_of_two_who_take_one_wins_and_the_other_is_told(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    anna, boris = desk_of("anna", conversation=number), desk_of("boris", conversation=number)
    for page in (anna, boris):
        page.evaluate(
            "setTimeout(() => document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', code: 'Enter', "
            "bubbles: true})), 150)"
        )
    told = re.compile("быстрее")
    expect(
        anna.locator(".q-notification").or_(anna.locator(".inbox-row.mine[aria-selected=true]")).first
    ).to_be_visible()
    expect(
        boris.locator(".q-notification").or_(boris.locator(".inbox-row.mine[aria-selected=true]")).first
    ).to_be_visible()
    winner = anna if row(anna, number).get_attribute("class").count("mine") else boris
    loser = boris if winner is anna else anna
    expect(row(winner, number)).to_have_class(re.compile("mine"))
    expect(loser.locator(".q-notification").first).to_contain_text(told)
    expect(loser.get_by_test_id("composer-mode")).to_contain_text("Отвечает")
    expect(loser.get_by_test_id("send")).to_be_disabled()


def test_a_suggestion_is_sent_by_one_key_changed_by_another_and_refused(console: Any, desk_of: Desk) -> None:
    client, number = console.waiting("карту потерял, что делать")
    page = desk_of("anna", conversation=number)
    expect(page.locator(".suggestion").first).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator(".choices input:checked")).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".suggestion.rejected")).to_have_count(1)
    offered = page.locator(".suggestion.chosen p").inner_text()
    page.keyboard.press("e")
    expect(box(page)).to_have_value(re.compile(re.escape(offered[:30])))
    page.keyboard.press("Control+End")
    page.keyboard.type(" Мы поможем!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.operator").last).to_contain_text("Мы поможем!")
    out_of_box(page)
    console.say(client, "а как поменять пин-код")
    expect(page.locator('.suggestions:not([data-offer="0"]) .suggestion kbd').first).to_be_visible()
    first = page.locator(".suggestion p").first.inner_text()
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.locator(".bubble.operator")).to_have_count(2)
    expect(page.locator(".bubble.operator").last).to_contain_text(first[:30])
    expect(page.locator(".suggestion")).to_have_count(0)
    assert sum(first[:30] in text for text in console.seen_by(client)[-2:]) == 1


def test_the_first_suggestion_takes_a_waiting_conversation(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("не пришёл перевод")
    page = desk_of("anna", conversation=number)
    text = page.locator(".suggestion p").first.inner_text()
    page.keyboard.press("Numpad1")
    expect(row(page, number)).to_have_class(re.compile("mine"))
    expect(page.locator(".bubble.operator")).to_contain_text(text[:30])


def test_a_transfer_brings_a_note_and_the_client_never_sees_it(console: Any, desk_of: Desk) -> None:
    client, number = console.waiting()
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    out_of_box(page)
    page.keyboard.press("t")
    expect(page.locator(".finder-box")).to_be_focused()
    page.get_by_test_id("confirm").click()
    expect(page.locator(".ask-lacks")).to_be_visible()
    page.locator(".finder-box").focus()
    page.keyboard.type("Бори")
    page.keyboard.press("Enter")
    expect(page.locator(".finder-box")).to_have_value("Борис")
    page.locator(".q-dialog textarea").first.fill("клиент ждёт с утра")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("composer-mode")).to_contain_text("Борис")
    boris = desk_of("boris", conversation=number)
    expect(boris.locator(".bubble.note")).to_contain_text("клиент ждёт с утра")
    boris.keyboard.press("n")
    boris.keyboard.type("перезвонить в среду")
    boris.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.note").last).to_contain_text("перезвонить в среду")
    assert not any("утра" in text or "среду" in text for text in console.seen_by(client))


def test_it_is_closed_with_a_resolution_and_opened_again(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    out_of_box(page)
    page.keyboard.press("c")
    expect(page.locator(".choices input:checked")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, number)).to_have_count(0)
    again = desk_of("anna", conversation=number)
    expect(again.get_by_test_id("composer-mode")).to_contain_text("закрыто")
    again.keyboard.press("o")
    expect(row(again, number)).to_have_class(re.compile("mine"))


def test_tags_snooze_bot_and_search_by_keyboard(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type("/карт")
    expect(page.locator(".composer-result").nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".composer-result").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box(page)).not_to_have_value(re.compile("^/"))
    out_of_box(page)
    page.keyboard.press("g")
    expect(page.get_by_test_id("tag-box")).to_be_focused()
    page.keyboard.type("важный клиент")
    page.keyboard.press("Enter")
    expect(row(page, number)).to_contain_text("#важный")
    page.keyboard.press("s")
    expect(page.locator(".choices input:checked")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, number)).to_have_count(0)
    page.keyboard.press("s")
    expect(row(page, number)).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_test_id("composer-mode")).to_contain_text("бот")


def test_other_departments_are_nowhere(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("тайный перевод в чужом отделе")
    dina = desk_of("dina")
    expect(dina.locator(".inbox-list .empty")).to_be_visible()
    dina.goto(f"{console.base}/console/inbox?open={number}")
    dina.wait_for_function("window.did_handshake === true")
    expect(dina.locator(".story-head")).to_be_hidden()
    assert "тайный" not in dina.content()


def test_names_and_words_of_clients_stay_text(console: Any, desk_of: Desk) -> None:
    name = "<img src=x onerror=window.hacked=1>"
    _, number = console.waiting("<script>window.hacked=2</script>{{ constructor }}", name)
    page = desk_of("anna", conversation=number)
    expect(page.locator(".story-who")).to_contain_text(name)
    expect(page.locator(".bubble.client").first).to_contain_text("<script>")
    expect(row(page, number)).to_contain_text(name)
    assert page.evaluate("window.hacked") is None


def test_a_reload_in_the_middle_loses_nothing(console: Any, desk_of: Desk) -> None:
    client, number = console.waiting("всё пропало")
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type("половина отве")
    expect(box(page)).to_have_value("половина отве")
    page.reload()
    expect(box(page)).to_have_value("половина отве")
    expect(page.locator(".bubble.client").first).to_contain_text("всё пропало")
    expect(row(page, number)).to_have_class(re.compile("mine"))
    assert not any("половина" in text for text in console.seen_by(client))


@pytest.mark.parametrize("width", [1360, 390])
def test_a_long_message_does_not_push_time_and_unread_out_of_the_row(console: Any, desk_of: Desk, width: int) -> None:
    client, number = console.waiting()
    console.say(client, "отправлял брату вчера вечером и до сих пор ничего нет, " * 4)
    page = desk_of("anna", width=width)
    inside = row(page, number)
    expect(inside.locator(".inbox-last")).to_contain_text("отправлял брату")
    edge = inside.bounding_box()
    for part in (".inbox-time", ".inbox-unread"):
        expect(inside.locator(part)).to_be_visible()
        found = inside.locator(part).bounding_box()
        assert found["x"] + found["width"] <= edge["x"] + edge["width"], part
    assert inside.locator(".inbox-last").evaluate("each => each.scrollWidth > each.clientWidth"), "cut with an ellipsis"


def test_a_draft_waits_while_one_looks_elsewhere(console: Any, desk_of: Desk) -> None:
    (_, first), (_, second) = console.waiting(), console.waiting()
    page = desk_of("anna", conversation=first)
    page.keyboard.press("a")
    expect(box(page)).to_be_focused()
    page.keyboard.type("начатый ответ")
    expect(box(page)).to_have_value("начатый ответ")
    page.wait_for_timeout(200)
    row(page, second).click()
    expect(page).to_have_url(re.compile(f"open={second}$"))
    expect(box(page)).to_have_value("")
    row(page, first).click()
    expect(box(page)).to_have_value("начатый ответ")


def test_a_late_answer_is_warned_of(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("anna", conversation=number)
    expect(page.locator(".countdown")).to_be_visible()
    console.back("later", seconds=8 * 60)
    expect(row(page, number)).to_have_class(re.compile("warning|breached"), timeout=12_000)


def test_who_goes_offline_gives_their_conversations_back(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("boris", conversation=number)
    console.act("egor", "take", number)
    expect(row(page, number)).to_contain_text("Егор")
    console.act("egor", "release", number)
    expect(row(page, number)).not_to_contain_text("Егор")
    expect(page.get_by_test_id("send")).to_be_enabled()


def test_presence_is_said_by_key(console: Any, desk_of: Desk) -> None:
    page = desk_of("boris")
    page.keyboard.press("p")
    expect(page.locator(".choices input:checked")).to_be_focused()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("presence")).to_contain_text("Перерыв")


def test_an_account_taken_away_goes_to_the_sign_in_page_at_once(console: Any, desk_of: Desk) -> None:
    page = desk_of("egor")
    console.back("disable", who="egor")
    expect(page).to_have_url(f"{console.base}/console/sign-in")


def test_it_works_on_a_telephone(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting()
    page = desk_of("anna", width=390, height=844)
    row(page, number).click()
    expect(page.locator(".pane-list")).to_be_hidden()
    expect(box(page)).to_be_in_viewport()
    box(page).fill("Отвечаю с телефона")
    page.get_by_test_id("send").click()
    expect(page.locator(".bubble.operator")).to_contain_text("с телефона")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_test_id("back").click()
    expect(row(page, number)).to_be_visible()
