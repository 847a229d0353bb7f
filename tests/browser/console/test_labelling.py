"""Labelling by keys, and a topic that was not understood made an intent, in a browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERVER = "labelling_server.py"
NEEDS_MODEL = True
SignIn = Callable[..., Page]
PATIENT = 30_000
"""The training set is encoded at the first look, in a process of its own."""


def text_of(page: Page) -> str:
    """The message on the screen."""
    return page.get_by_test_id("review-text").inner_text()


def press_and_wait(page: Page, key: str) -> str:
    """Press a key and wait for the next message; returns the one before."""
    before, number = text_of(page), page.locator(".review-card").get_attribute("data-item")
    page.keyboard.press(key)
    expect(page.locator(f".review-card[data-item='{number}']")).to_have_count(0, timeout=PATIENT)
    page.get_by_test_id("review-text").wait_for()
    return before


def labelling(sign_in: SignIn, login: str = "maxim", **more: int) -> Page:
    """The review page with a message on it."""
    page = sign_in(login, "labelling", **more)
    page.get_by_test_id("review-text").wait_for(timeout=PATIENT)
    page.wait_for_function("window.did_handshake === true")
    return page


def count(page: Page, word: str) -> int:
    """The figure that stands behind a word in the line of figures."""
    found = re.search(rf"{word}: (\d+)", page.get_by_test_id("figures").inner_text())
    assert found is not None
    return int(found[1])


def topic_about(page: Page, words: str) -> Locator:
    """The card of a topic."""
    return page.get_by_test_id("topics").locator("section.topic").filter(has_text=words)


@pytest.mark.parametrize("path", ["labelling", "topics"])
def test_operators_are_told_that_this_is_not_for_them(sign_in: SignIn, path: str) -> None:
    page = sign_in("anna", path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Этот раздел для вас закрыт")


def test_messages_are_labelled_skipped_and_taken_back_by_keys_alone(sign_in: SignIn) -> None:
    page = labelling(sign_in)
    expect(page.get_by_test_id("figures")).to_contain_text("размечено")
    labelled = count(page, "размечено")
    first = press_and_wait(page, "0")
    expect(page.get_by_test_id("figures")).to_contain_text(f"размечено: {labelled + 1}")
    press_and_wait(page, "s")
    second = press_and_wait(page, "1")
    expect(page.get_by_test_id("figures")).to_contain_text(f"размечено: {labelled + 2}")
    page.keyboard.press("u")
    expect(page.get_by_test_id("review-text")).to_have_text(second)
    for _ in range(2):
        page.keyboard.press("u")
    expect(page.get_by_test_id("review-text")).to_have_text(first)
    expect(page.get_by_test_id("figures")).to_contain_text(f"размечено: {labelled}")


def test_another_intent_is_found_by_typing_and_several_can_be_said(sign_in: SignIn) -> None:
    page = labelling(sign_in, "vera")
    before = page.locator(".review-card").get_attribute("data-item")
    page.keyboard.press("/")
    page.get_by_test_id("intent-choice").fill("кешбэк")
    page.locator(".q-menu .q-item").filter(has_text="Кешбэк").first.click()
    page.locator("form button[type=submit]").click()
    expect(page.locator(f".review-card[data-item='{before}']")).to_have_count(0, timeout=PATIENT)
    expect(page.get_by_test_id("review-text")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENT)
    page.keyboard.press("m")
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENT)
    page.get_by_test_id("review-text").wait_for()
    page.keyboard.press("h")
    expect(page.locator(".rows").first).to_contain_text("Кешбэк")
    expect(page.locator(".rows").first).to_contain_text("vera")


def test_the_training_set_is_shown_beside_the_message(sign_in: SignIn) -> None:
    page = labelling(sign_in)
    expect(page.get_by_test_id("neighbours").locator("li")).to_have_count(5, timeout=4 * PATIENT)


def test_a_telephone_scrolls_down_only(sign_in: SignIn) -> None:
    for path in ("labelling", "topics"):
        page = sign_in("maxim", path, width=390)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_topic_that_was_not_understood_becomes_an_intent(sign_in: SignIn) -> None:
    leaving = sign_in("maxim", "topics")
    leaving.get_by_test_id("find").click()
    expect(leaving.get_by_test_id("when")).to_contain_text("maxim")
    leaving.close()  # what is looked for is found all the same
    page = sign_in("maxim", "topics")
    card = topic_about(page, "тёмн")
    expect(card).to_be_visible(timeout=PATIENT)
    card.get_by_test_id("new_intent").click()
    form = page.locator("form.form")
    form.locator("[name=id]").fill("Тёмная тема")
    form.locator("[name=title_ru]").fill("Тёмная тема")
    form.locator("[name=title_en]").fill("Dark theme")
    form.locator("[name=about_ru]").fill("Тёмное оформление приложения")
    page.get_by_text("верните тёмную тему, белый фон слепит").click()  # this one stays out
    form.locator("button[type=submit]").click()
    expect(form.get_by_role("alert")).to_contain_text("id:")
    form.locator("[name=id]").fill("app_theme")
    form.locator("button[type=submit]").click()
    expect(page.locator(".q-notification__message").last).to_contain_text("Тёмная тема")
    expect(topic_about(page, "тёмн")).to_have_count(0)
    history = labelling(sign_in)
    history.keyboard.press("h")
    expect(history.locator(".rows").first).to_contain_text("Тёмная тема")


def test_an_article_is_drafted_from_what_operators_reply(sign_in: SignIn) -> None:
    page = sign_in("maxim", "topics")
    row = page.locator(".rows tr").filter(has_text="Карта за границей")
    expect(row).to_contain_text("В этой стране наша карта пока не работает")
    row.locator(".row-act").click()
    expect(page.locator(".q-notification__message").last).to_contain_text("card-abroad-draft")
    knowledge = sign_in("sofia", "knowledge")
    expect(knowledge.get_by_text("card-abroad-draft").first).to_be_visible()
