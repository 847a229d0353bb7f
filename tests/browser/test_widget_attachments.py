"""Files in the web chat: seen by the client as pictures and links, sent by the client, refused in plain words."""

import base64
from pathlib import Path

import pytest
from chat_page import Chat
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EVIL = '<img src=x onerror=alert(1)>".pdf'


def choose(chat: Chat, *files: Path) -> None:
    """Picks files with the button beside the box."""
    chat.at(".clip input").set_input_files(list(files))


def test_a_picture_is_shown_and_another_file_is_a_link_with_name_and_size(chat: Chat) -> None:
    chat.start().say("Оператор")
    chat.wait_until_sent()
    picture, paper = chat.double.keep("карта.png", PIXEL), chat.double.keep(EVIL, b"%PDF" + b"x" * 48_209)
    chat.push("operator", "", files=[picture, paper], name="Анна")
    shown = chat.at(".operator .files img")
    expect(shown).to_have_attribute("alt", "карта.png")
    expect(shown).to_have_js_property("naturalWidth", 1)
    link = chat.at(".operator .files a").last
    expect(link).to_contain_text(EVIL)
    expect(link).to_contain_text("47")
    length = "url => fetch(url).then(answer => answer.text()).then(text => text.length)"
    assert chat.page.evaluate(length, link.get_attribute("href")) == 48_213
    expect(chat.at(".operator .bubble")).to_be_hidden()  # no empty bubble above them
    assert chat.at("[onerror]").count() == 0


def test_a_picture_that_is_gone_is_named(chat: Chat) -> None:
    chat.start().say("Оператор")
    chat.wait_until_sent()
    chat.push("operator", "вот", files=[chat.double.keep("карта.png", b"\x89PNG broken")], name="Анна")
    expect(chat.at(".operator .files")).to_have_text("карта.png")


def test_a_chosen_file_is_sent_with_what_is_written(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "чек.png").write_bytes(PIXEL)
    chat.start()
    chat.at("textarea").fill("Вот чек")
    choose(chat, tmp_path / "чек.png")
    expect(chat.at(".client .files img")).to_be_visible()
    chat.wait_until_sent()
    (sent,) = chat.double.attempts
    assert (sent["text"], len(sent["files"])) == ("Вот чек", 1)
    expect(chat.at("textarea")).to_have_value("")
    chat.page.reload()
    chat.at(".client .files img").wait_for()
    expect(chat.at(".client .files")).to_have_count(1)


def test_a_file_that_is_refused_is_said_so_and_nothing_is_lost(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "big.pdf").write_bytes(b"x" * 100_001)
    chat.start()
    chat.at("textarea").fill("Вот договор")
    choose(chat, tmp_path / "big.pdf")
    expect(chat.at(".counter")).to_have_text("Файл слишком большой")
    expect(chat.at("textarea")).to_have_value("Вот договор")
    assert chat.double.attempts == []
    for number in range(6):
        (tmp_path / f"{number}.pdf").write_bytes(b"x")
    choose(chat, *(tmp_path / f"{number}.pdf" for number in range(6)))
    expect(chat.at(".counter")).to_have_text("Не больше пяти файлов за раз")


def test_nothing_of_it_is_loaded_without_a_file(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.start().say("Потерял карту")
    chat.wait_for_answer()
    assert not [url for url in asked if "widget-files.js" in url]
    expect(chat.at(".clip input")).to_have_attribute("aria-label", "Прикрепить файл")
