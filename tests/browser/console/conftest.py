"""The console of a small office in a process of its own (NiceGUI is one of a kind), and people signed in to it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from service.api.access import COOKIE

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a password of the tests"
PERSON = "позовите оператора"


@dataclass
class Console:
    """The running console: acts through the back door of office_server.py."""

    base: str
    cookies: dict[str, list[Any]] = field(default_factory=dict)

    def back(self, door: str, **body: Any) -> Any:
        """Call the back door."""
        answer = httpx.post(f"{self.base}/test/{door}", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def waiting(self, text: str = "не пришёл перевод", name: str = "") -> tuple[str, int]:
        """A client who wrote `text` and waits for a person: their id and the conversation's number."""
        client = uuid4().hex
        called = name or f"Клиент {client[:6]}"
        self.back("say", client=client, text=text, name=called)
        return client, self.back("say", client=client, text=PERSON, name=called)["conversation"]

    def say(self, client: str, text: str) -> None:
        """The client writes on."""
        self.back("say", client=client, text=text)

    def act(self, who: str, what: str, conversation: int, **more: Any) -> None:
        """A colleague does something without a browser."""
        self.back("act", who=who, what=what, conversation=conversation, more=more)

    def seen_by(self, client: str) -> list[str]:
        """What the client reads."""
        return list(self.back("read", client=client)["texts"])


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory, trained_model: Path) -> Iterator[Console]:
    """One console for all tests of a run; each brings its own clients."""
    folder = tmp_path_factory.mktemp("console")
    command = [sys.executable, str(Path(__file__).with_name("office_server.py")), str(folder), str(trained_model)]
    with (folder / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), (folder / "errors.txt").read_text()[-3000:]
        yield Console(line.split()[-1])
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
    said = (folder / "errors.txt").read_text()
    assert "Traceback" not in said, said[-3000:]


@pytest.fixture(scope="module")
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console of the module's own: `SERVER` in it names the script that starts it.

    With `NEEDS_MODEL` the script gets the folder of the trained model too.
    """
    script = Path(__file__).with_name(request.module.SERVER)
    model = [str(request.getfixturevalue("trained_model"))] if getattr(request.module, "NEEDS_MODEL", False) else []
    started = [sys.executable, str(script), str(tmp_path_factory.mktemp(script.stem)), *model]
    paths = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True, env=paths) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port.isdigit(), "the console did not start"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@dataclass
class People:
    """The browsers of a module's people. Whoever comes again finds what was loaded before, and nothing else: no tabs,
    no drafts, no preferences."""

    browser: Browser
    kept: dict[str, BrowserContext] = field(default_factory=dict)
    in_use: list[tuple[str, BrowserContext]] = field(default_factory=list)

    def browser_of(self, login: str) -> BrowserContext:
        """Theirs; another one when they sit in front of it already."""
        context = self.kept.pop(login, None) or self._bought()
        self.in_use.append((login, context))
        return context

    def leave(self) -> None:
        """Everybody closes their tabs; the session stays."""
        while self.in_use:
            login, context = self.in_use.pop()
            if login in self.kept:
                context.close()
                continue
            session = [each for each in context.cookies() if each["name"] == COOKIE]
            context.set_offline(False)
            for page in context.pages:
                if page.url.startswith("http"):
                    page.evaluate("localStorage.clear()")
                page.close()
            context.clear_cookies()
            context.add_cookies(session)  # type: ignore[arg-type]
            self.kept[login] = context

    def _bought(self) -> BrowserContext:
        context = self.browser.new_context(locale="ru-RU")
        context.set_default_timeout(30_000)
        return context


@pytest.fixture(scope="module")
def people_of_module(browser: Browser) -> Iterator[People]:
    """Their browsers, closed with the module."""
    found = People(browser)
    yield found
    for context in found.kept.values():
        context.close()


@pytest.fixture
def people(people_of_module: People) -> Iterator[People]:
    """The same for one test."""
    yield people_of_module
    people_of_module.leave()


@pytest.fixture
def sign_in(people: People, base: str) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody, in a browser of their own; a page that reports an error fails the test."""
    errors: list[str] = []

    def enter(login: str, path: str, *, width: int = 1280, password: str = PASSWORD) -> Page:
        context = people.browser_of(login)
        present = context.request.get(f"{base}/staff/v1/me")
        if not present.ok or present.json()["login"] != login:  # a test may have signed somebody else in
            body = {"login": login, "password": password, "code": ""}
            answer = context.request.post(f"{base}/staff/v1/sign-in", data=body, headers={"Origin": base})
            assert answer.ok, answer.text()
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 860})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{base}/console/{path}")
        return page

    yield enter
    assert not errors


Desk = Callable[..., Page]


@pytest.fixture
def desk_of(people: People, console: Console) -> Desk:
    """desk_of("anna", conversation=7, width=390): the inbox in a browser of that person, the conversation open."""

    def enter(login: str, *, conversation: int = 0, width: int = 1360, height: int = 860) -> Page:
        context = people.browser_of(login)
        if login not in console.cookies:
            answer = context.request.post(
                f"{console.base}/staff/v1/sign-in",
                data={"login": login, "password": PASSWORD},
                headers={"Origin": console.base},
            )
            assert answer.ok, answer.text()
            console.cookies[login] = context.cookies()
        context.add_cookies(console.cookies[login])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{console.base}/console/inbox" + (f"?open={conversation}" if conversation else ""))
        page.wait_for_selector(".inbox-list")
        page.wait_for_function("window.did_handshake === true")
        if conversation:
            page.wait_for_selector(".story-head:visible")
        return page

    return enter


def wait_until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    """Look until it is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.03)
