"""A headless Chromium for every browser test, and the chat on a scripted server for those of the widget."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import FIRST_TRY

CHROMIUM = Path("/usr/bin/chromium")

expect.set_options(timeout=30_000)  # a busy machine is no mistake of the page


def _load(name: str) -> ModuleType:
    """A module beside this file, importable by its bare name: the folder is no package and not on the path."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chat_double, chat_page = _load("chat_double"), _load("chat_page")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a module: while it is open, its event loop is the only one of the process."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor at a desk: no cookies, empty storage, Russian, light."""
    opened = browser.new_context(viewport={"width": 1280, "height": 860}, locale="ru-RU", color_scheme="light")
    opened.set_default_timeout(45_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab of the fresh visitor."""
    return context.new_page()


@pytest.fixture
def server() -> "Iterator[chat_double.RunningDouble]":
    """The scripted chat server on a free port, with the demo page."""
    running = chat_double.RunningDouble(chat_double.ChatDouble())
    yield running
    running.stop()


@pytest.fixture
def chat(context: BrowserContext, server: "chat_double.RunningDouble") -> "chat_page.Chat":
    """A tab on the scripted server's demo page, the chat still closed."""
    return chat_page.Chat(context, server)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Try a browser test once more when it fails: a mistake fails twice, a machine that was busy does not."""
    if item.get_closest_marker("browser") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if any(report.failed for report in reports):
        first = "\n".join(report.longreprtext for report in reports if report.failed)
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        for report in reports:
            report.sections.append((FIRST_TRY, first))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
