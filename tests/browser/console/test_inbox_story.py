"""A long conversation, files and pictures in it, two clients who turn out to be one."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Desk = Callable[..., Page]


def box(page: Page) -> Any:
    return page.locator('.composer-box textarea:not([aria-hidden="true"])').first


def bubbles(page: Page) -> Any:
    return page.locator(".timeline .bubble")


def attach(page: Page, name: str, content: bytes, kind: str = "application/octet-stream") -> None:
    """Choose a file as with the paper clip."""
    page.locator(".pane-composer input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def picture() -> bytes:
    """A small picture: 29 modules of five dots each."""
    made = BytesIO()
    segno.make("otklik", version=1, micro=False).save(made, kind="png", scale=5)
    return made.getvalue()


def test_a_long_story_is_paged_back_to_its_beginning_by_key_and_nothing_is_missing(console: Any, desk_of: Desk) -> None:
    number = console.back("long", messages=330)["conversation"]
    page = desk_of("boris", conversation=number)
    expect(page.locator('.bubble[data-seq="330"]')).to_be_visible()
    page.locator(".inbox-row[aria-selected=true]").focus()
    until = page.locator('.bubble[data-seq="1"]')
    for _ in range(200):
        if until.count():
            break
        page.keyboard.press("PageUp")
        page.wait_for_function("document.querySelector('.timeline').scrollTop >= 0")
    expect(until).to_have_count(1)
    expect(page.locator(".timeline-earlier")).to_have_count(0)
    found = page.eval_on_selector_all(".bubble[data-seq]", "all => all.map((each) => Number(each.dataset.seq))")
    assert found == list(range(1, 331))
    at = page.evaluate("document.querySelector('.timeline').scrollTop")
    console.act("anna", "note", number, key="late", text="ещё одна заметка")
    expect(page.locator(".bubble.note").last).to_contain_text("ещё одна заметка")
    expect(bubbles(page)).to_have_count(331)
    assert abs(page.evaluate("document.querySelector('.timeline').scrollTop") - at) < 5  # who reads is not moved


def test_a_picture_is_sent_shown_and_never_a_program(console: Any, desk_of: Desk) -> None:
    _, number = console.waiting("покажите, где это")
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    attach(page, "где нажать.png", picture(), "image/png")
    expect(page.locator(".q-notification").filter(has_text="где нажать.png")).to_be_visible()
    page.keyboard.type("Вот здесь")
    page.keyboard.press("Control+Enter")
    shown = page.locator(".bubble.operator .bubble-files img")
    expect(shown).to_be_visible()
    page.wait_for_function("document.querySelector('.bubble.operator .bubble-files img').naturalWidth === 145")
    answer = page.request.get(console.base + str(shown.get_attribute("src")))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("счёт.png", b"<html><script>alert(1)</script>", "Внутри файла не то"),
        ("program.exe", b"MZ" + b"\0" * 200, "Файлы .exe не принимаются"),
    ],
)
def test_a_disguised_file_is_refused_in_words_and_what_was_written_stays(
    console: Any, desk_of: Desk, name: str, content: bytes, words: str
) -> None:
    client, number = console.waiting("жду файл")
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type("начатый ответ")
    attach(page, name, content)
    expect(page.locator(".q-notification").filter(has_text=words)).to_be_visible()
    expect(box(page)).to_have_value("начатый ответ")
    box(page).press("Control+Enter")
    expect(page.locator(".bubble.operator")).to_contain_text("начатый ответ")
    expect(page.locator(".bubble.operator .bubble-files")).to_have_count(0)
    assert "начатый ответ" in console.seen_by(client)


def test_an_oversized_file_is_refused_before_it_travels(console: Any, desk_of: Desk, tmp_path: Path) -> None:
    _, number = console.waiting("жду большой файл")
    page = desk_of("anna", conversation=number)
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    large = tmp_path / "фильм.pdf"
    with large.open("wb") as file:
        file.write(b"%PDF-1.4\n")
        file.truncate(60 * 2**20)
    page.locator(".pane-composer input[type=file]").set_input_files(large)
    expect(page.locator(".q-notification").filter(has_text="МБ")).to_be_visible()


def test_two_clients_who_are_one_are_joined_and_parted_again(console: Any, desk_of: Desk) -> None:
    (_, here), (_, there) = (
        console.waiting("писал с сайта про перевод", name="Пётр Двойной"),
        console.waiting("писал с телефона про перевод", name="Пётр Двойной"),
    )
    page = desk_of("anna", conversation=here)
    expect(page.locator(".bubble.client").first).to_contain_text("с сайта")
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".inbox-row:focus")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.get_by_test_id("merge-find")).to_be_focused()
    page.keyboard.type("с телефона")
    expect(page.get_by_test_id("merge-other").locator("xpath=ancestor::label")).to_contain_text("Пётр Двойной")
    page.get_by_test_id("merge-reason").fill("тот же телефон")
    page.get_by_test_id("merge-reason").press("Enter")
    expect(page.locator(".timeline")).to_contain_text("писал с телефона про перевод")
    expect(page.locator(".timeline")).to_contain_text("писал с сайта про перевод")
    expect(page.locator(".timeline-event").filter(has_text="клиенты объединены").first).to_contain_text("Анна")
    assert there
    page.locator(".pane-side").get_by_role("button", name="Разъединить").click()
    expect(page.locator(".timeline")).not_to_contain_text("писал с телефона про перевод")
    expect(page.locator(".timeline")).to_contain_text("писал с сайта про перевод")
