"""The web chat's files: small, no markup written, and forgiving when one of them comes late."""

import gzip
import re

import pytest
from chat_double import WIDGET, RunningDouble
from chat_page import Chat
from playwright.sync_api import BrowserContext, Page, Route, expect

FILES = ("widget.js", "widget.css", "widget-texts.js", "widget-files.js", "widget-explain.js")


def test_the_script_is_small_as_it_lies_here_and_all_of_it_over_the_wire() -> None:
    assert (WIDGET / "widget.js").stat().st_size < 25_000
    assert sum(len(gzip.compress((WIDGET / name).read_bytes())) for name in FILES) < 20_000


def test_the_script_is_written_for_people() -> None:
    lines = (WIDGET / "widget.js").read_text("utf-8").splitlines()
    assert max(map(len, lines)) <= 125
    assert len(lines) > 400


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_script_ever_writes_markup_or_runs_text(name: str) -> None:
    source = (WIDGET / name).read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source)


def test_both_languages_have_every_sentence() -> None:
    source = (WIDGET / "widget-texts.js").read_text("utf-8").partition("/** Drawn")[0]
    russian, english = source.split("\n  en: {")
    keys = re.compile(r"^ {4,6}(\w+):", re.M)
    assert keys.findall(russian) == keys.findall(english)
    used = set(re.findall(r'text\("(\w+)"\)', (WIDGET / "widget.js").read_text("utf-8")))
    assert used <= set(keys.findall(russian))


@pytest.mark.browser
def test_nothing_is_shown_before_the_style_sheet_is_there(page: Page, server: RunningDouble) -> None:
    held: list[Route] = []
    page.route("**/widget.css", lambda route: held.append(route))
    with page.expect_response("**/widget-texts.js*"):
        page.goto(f"{server.url}/?language=ru", wait_until="commit")
    host = page.locator("#otklik")
    expect(host).to_have_count(1)
    assert host.evaluate("host => getComputedStyle(host).display") == "none"
    held[0].continue_()
    expect(page.locator("#otklik .launcher")).to_be_visible()
    assert page.locator("#otklik .launcher").evaluate("node => node.offsetWidth") == 56


@pytest.mark.browser
def test_texts_that_fail_to_load_are_asked_for_again(context: BrowserContext, server: RunningDouble) -> None:
    context.route("**/widget-texts.js*", lambda route: route.abort(), times=1)
    chat = Chat(context, server).start()
    expect(chat.at(".head h2")).to_have_text("Чат с банком")
