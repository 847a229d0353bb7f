"""A person who makes models, in a browser: finds a topic, trains, tries, puts live, goes back; clients feel it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.service.threads import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERVER = "models_server.py"
SignIn = Callable[..., Page]
THEME = [f"{start} тёмную тему {end}" for start in ("верните", "сделайте", "включите", "хочу", "добавьте")
         for end in ("в приложении", "поскорее", "глаза болят", "как раньше")]  # fmt: skip
MUSIC = [f"{start} музыку {end}" for start in ("где скачать", "поставьте", "купить")
         for end in ("для рингтона", "бесплатно", "на телефон", "из фильма")]  # fmt: skip
NEW_WORDS = "пожалуйста, верните тёмную тему"
LONG = 90_000
"""Milliseconds that a training may take on a slow machine."""


def back(base: str, door: str, **body: Any) -> Any:
    """Call the back door."""
    answer = httpx.post(f"{base}/test/{door}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def train(page: Page, notes: str, *, quick: bool = False) -> None:
    """Press the button and wait for the end."""
    page.get_by_test_id("train").click()
    page.locator("textarea[name=notes]").fill(notes)
    if quick:
        page.get_by_test_id("quick").click()
    page.get_by_role("button", name="Начать обучение").click()
    expect(page.get_by_test_id("train")).to_be_disabled()
    expect(page.get_by_test_id("training")).to_contain_text("Обучение: ")
    expect(page.get_by_test_id("training")).to_contain_text("Обучение закончено", timeout=LONG)


def confirm(page: Page, action: str) -> None:
    """Press a button that asks first, and say yes."""
    page.get_by_test_id(action).click()
    page.get_by_test_id("yes").click()


def version_of(page: Page) -> str:
    """The version whose page is open."""
    return page.url.rsplit("/", 1)[-1]


def put_first_model_live(page: Page) -> str:
    """Train the first model and let it answer; its version."""
    train(page, "первая")
    open_version(page, "первая")
    confirm(page, "promote")
    expect(page.get_by_test_id("stage")).to_contain_text("Отвечает клиентам")
    return version_of(page)


def open_version(page: Page, notes: str) -> None:
    """The page of the version with these notes."""
    page.get_by_role("row").filter(has_text=notes).locator(".row-open").click()
    page.get_by_test_id("stage").wait_for()


def make_intent_of_the_topic(page: Page, base: str) -> None:
    """What clients asked and the model does not know is found as a topic, and becomes an intent."""
    for text in (*THEME, *MUSIC):
        back(base, "say", text=text)
    wait_until(lambda: back(base, "kept")["count"] >= len(THEME) + len(MUSIC), "the messages are kept for training")
    page.goto(f"{base}/console/topics")
    page.get_by_test_id("find").click()
    card = page.get_by_test_id("topics").locator("section.topic").filter(has_text="тёмн").first
    card.get_by_test_id("new_intent").click(timeout=LONG)
    form = page.locator("form.form")
    for field, words in (("id", "app_theme"), ("title_ru", "Тёмная тема"), ("title_en", "Dark theme"),
                         ("about_ru", "Тёмное оформление приложения")):  # fmt: skip
        form.locator(f"[name={field}]").fill(words)
    form.locator("button[type=submit]").click()
    expect(page.locator(".q-notification__message").last).to_contain_text("Тёмная тема")


def test_from_what_was_not_understood_to_a_client_who_is_and_back(sign_in: SignIn, base: str) -> None:
    page = sign_in("maxim", "models")
    first = put_first_model_live(page)
    assert back(base, "say", text=NEW_WORDS)["model_version"] == first
    make_intent_of_the_topic(page, base)

    page.goto(f"{base}/console/models")
    train(page, "знает тёмную тему", quick=True)
    open_version(page, "знает тёмную тему")
    expect(page.get_by_test_id("verdict")).to_contain_text("Можно ставить")
    expect(page.get_by_text("Уверенность и правота")).to_be_visible()
    second = version_of(page)

    confirm(page, "shadow")
    expect(page.get_by_test_id("stage")).to_contain_text("В тени")
    served = back(base, "say", text=NEW_WORDS)
    assert (served["model_version"], served["shadow"]["version"]) == (first, second)
    assert served["shadow"]["intent"] == "app_theme"

    confirm(page, "promote")
    expect(page.get_by_test_id("stage")).to_contain_text("Отвечает клиентам")
    served = back(base, "say", text=NEW_WORDS)
    assert (served["model_version"], served["ranking"][0]["intent"], served["in_scope"]) == (second, "app_theme", True)
    assert "shadow" not in served

    page.goto(f"{base}/console/models")
    confirm(page, "roll-back")
    expect(page.get_by_text(f"Отвечает версия {first}")).to_be_visible()
    assert back(base, "say", text=NEW_WORDS)["model_version"] == first
    expect(page.get_by_role("row").filter(has_text="возврат")).to_contain_text("maxim")


def test_a_training_is_watched_by_others_and_stopped(sign_in: SignIn) -> None:
    page, other = sign_in("maxim", "models"), sign_in("root", "models")
    page.get_by_test_id("train").click()
    page.get_by_role("button", name="Начать обучение").click()
    expect(other.get_by_test_id("training")).to_contain_text("maxim")
    expect(other.get_by_test_id("train")).to_be_disabled()
    confirm(other, "cancel")
    expect(page.get_by_test_id("training")).to_contain_text("остановил(а) root", timeout=20_000)
    expect(page.get_by_test_id("train")).to_be_enabled()


def test_an_administrator_sees_the_versions_on_a_telephone(sign_in: SignIn) -> None:
    page = sign_in("root", "models", width=390)
    expect(page.get_by_role("heading", level=1)).to_have_text("Модели")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pages_are_closed_to_others(sign_in: SignIn) -> None:
    for path in ("models", "models/whatever"):
        page = sign_in("anna", path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Этот раздел для вас закрыт")
