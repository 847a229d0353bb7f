"""A person who makes models, in a browser: trains, compares, tries, puts live, goes back. Clients feel each of it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERVER = "models_server.py"
SignIn = Callable[..., Page]
NEW_WORD = "где взять крыжовник на праздник"
LONG = 90_000
"""Milliseconds that a training may take on a slow machine."""


def back(base: str, door: str, **body: Any) -> Any:
    """Call the back door."""
    answer = httpx.post(f"{base}/test/{door}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def train(page: Page, notes: str) -> None:
    """Press the button and wait for the end."""
    page.get_by_test_id("train").click()
    page.locator("textarea[name=notes]").fill(notes)
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


def test_from_training_to_live_and_back(sign_in: SignIn, base: str) -> None:
    page = sign_in("maxim", "models")
    train(page, "первая")
    page.get_by_role("row").filter(has_text="первая").locator(".row-open").click()
    confirm(page, "promote")
    expect(page.get_by_test_id("stage")).to_contain_text("Отвечает клиентам")
    first = version_of(page)
    served = back(base, "say", text=NEW_WORD)
    assert served["model_version"] == first

    texts = [f"{start} крыжовник {end}" for start in ("где взять", "почём", "нужен", "продайте")
             for end in ("", "сегодня", "поскорее", "недорого", "на рынке")]  # fmt: skip
    back(base, "teach", label="rate", texts=texts)
    page.goto(f"{base}/console/models")
    train(page, "знает крыжовник")
    page.get_by_role("row").filter(has_text="знает крыжовник").locator(".row-open").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("Можно ставить")
    expect(page.get_by_test_id("verdict")).to_contain_text("сообщений стало лучше")
    expect(page.get_by_text("Уверенность и правота")).to_be_visible()
    second = version_of(page)

    confirm(page, "shadow")
    expect(page.get_by_test_id("stage")).to_contain_text("В тени")
    served = back(base, "say", text=NEW_WORD)
    assert (served["model_version"], served["shadow"]["version"]) == (first, second)
    assert served["shadow"]["intent"] == "rate"

    confirm(page, "promote")
    expect(page.get_by_test_id("stage")).to_contain_text("Отвечает клиентам")
    served = back(base, "say", text=NEW_WORD)
    assert (served["model_version"], served["ranking"][0]["intent"]) == (second, "rate")
    assert "shadow" not in served

    page.goto(f"{base}/console/models")
    confirm(page, "roll-back")
    expect(page.get_by_text(f"Отвечает версия {first}")).to_be_visible()
    assert back(base, "say", text=NEW_WORD)["model_version"] == first
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
