"""How soon a message is in the open consoles: a real server, many lean consoles, one in a real Chromium.

A lean console loads the page and speaks NiceGUI's socket as a browser does, but draws nothing: what it waits for is the
change of the list that names the message. Delays count from the moment the client's request was sent, a little before
the message was committed.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import socketio
from sqlalchemy import Connection

from service.api.access import COOKIE
from service.bench.console import add_conversation
from service.bench.server import running_server
from service.bench.wire import Wire
from service.errors import SetupError
from service.office import Office, open_office
from service.settings import Settings
from service.signing_in import open_session
from service.storage import staff
from service.storage.staff import Role

CLIENTS = 40
"""Who write in turn; all of them fit on the first page of the list."""
PERSON = "позовите оператора"
_MARK = re.compile(r"bench-(\d+)-end")


@dataclass
class Arrivals:
    """When each message was sent and when each console had it (seconds of the clock on the wall)."""

    sent: dict[int, float] = field(default_factory=dict)
    seen: dict[tuple[str, int], float] = field(default_factory=dict)

    def note(self, console: str, words: str) -> None:
        """Keep when the messages named in `words` came to a console first."""
        now = time.time()
        for number in _MARK.findall(words):
            self.seen.setdefault((console, int(number)), now)

    def figures(self, consoles: list[str]) -> dict[str, Any]:
        """Percentiles of the delays in milliseconds, and how many never came."""
        delays = sorted(
            (self.seen[each, number] - at) * 1000
            for number, at in self.sent.items()
            for each in consoles
            if (each, number) in self.seen
        )
        lost = len(self.sent) * len(consoles) - len(delays)
        return {"arrived": len(delays), "lost": lost, **percentiles(delays)}


def percentiles(delays: list[float]) -> dict[str, float]:
    """p50, p95 and the worst, in milliseconds; nothing for nothing."""
    ranked = sorted(delays)
    if not ranked:
        return {}
    found = {f"p{share}_ms": ranked[min(len(ranked) - 1, len(ranked) * share // 100)] for share in (50, 95)}
    return {name: round(figure, 1) for name, figure in (*found.items(), ("worst_ms", ranked[-1]))}


def measure_live(
    settings: Settings, folder: Path, *, consoles: int, rate: float, seconds: float, long: int, waiting: int
) -> dict[str, Any]:
    """Delays with `consoles` open and `rate` messages a second; opening a conversation of `long` messages; the list
    of `waiting` conversations in a browser. The last two need Chromium and playwright and are left out without.
    """
    (folder / "live").mkdir()
    (folder / "full").mkdir()
    with running_server(settings, folder / "live") as server:
        with _office(settings, folder / "live") as office:
            cookies = _people(office, consoles)
            longest = _seed(office, 0, long)
        found = asyncio.run(_live(server.url, cookies, rate, seconds))
        found["memory_mb"] = server.memory_mb()
        found["opening"] = _in_browser(_time_opening, server.url, cookies[0], longest)
    with running_server(settings, folder / "full") as server:
        with _office(settings, folder / "full") as office:
            cookies = _people(office, 1)
            _seed(office, waiting, 0)
        found["scrolling"] = _in_browser(_time_scrolling, server.url, cookies[0], waiting)
    return found


@contextmanager
def _office(settings: Settings, folder: Path) -> Iterator[Office]:
    office = open_office(settings.model_copy(update={"var_dir": folder, "model_dir": settings.model.resolve()}))
    yield office
    office.close()


def _people(office: Office, number: int) -> list[str]:
    """The cookies of so many operators; half of them have no limits, half a list of all departments."""
    some = office.rules.departments
    rules = ((), tuple(some))
    cookies = []
    with office.database.write() as connection:
        for each in range(number):
            person, _ = staff.add(
                connection, f"bench{each}", f"Bench {each}", Role.OPERATOR, rules[each % 2], office.clock()
            )
            cookies.append(_session(connection, person, office))
    return cookies


def _session(connection: Connection, person: staff.StaffMember, office: Office) -> str:
    return open_session(connection, person, "password", "127.0.0.1", "bench", office).cookie or ""


def _seed(office: Office, waiting: int, long: int) -> int:
    number = 0
    with office.database.write() as connection:
        for each in range(waiting):
            number = add_conversation(connection, office, each, 6)
        if long:
            number = add_conversation(connection, office, waiting, long)
    return number


async def _live(url: str, cookies: list[str], rate: float, seconds: float) -> dict[str, Any]:
    arrivals = Arrivals()
    names = [f"console {number}" for number in range(len(cookies))]
    lean = await asyncio.gather(
        *(_lean_console(url, cookie, name, arrivals) for cookie, name in zip(cookies, names, strict=True))
    )
    writers = [await _client(url) for _ in range(CLIENTS)]
    await asyncio.sleep(2)
    began = time.perf_counter()
    busy: set[asyncio.Task[None]] = set()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        task = asyncio.create_task(_write(writers[number % CLIENTS], number, arrivals))
        busy.add(task)
        task.add_done_callback(busy.discard)
    await asyncio.gather(*busy)
    await asyncio.sleep(3)
    for each in lean:
        await each.disconnect()
    return {"consoles": len(cookies), "messages": len(arrivals.sent), "visible": arrivals.figures(names)}


async def _lean_console(url: str, cookie: str, name: str, arrivals: Arrivals) -> socketio.AsyncClient:
    async with httpx.AsyncClient(cookies={COOKIE: cookie}, timeout=30) as browser:
        page = await browser.get(f"{url}/console/inbox")
    found = re.search(r"""["']client_id["']: ["']([^"']+)["'], ["']next_message_id["']: (\d+)""", page.text)
    if found is None:
        raise SetupError("the console did not open: " + page.text[:200])
    query = {
        "client_id": found[1], "next_message_id": found[2], "implicit_handshake": "true",
        "document_id": uuid4().hex, "tab_id": uuid4().hex, "old_tab_id": "null",
    }  # fmt: skip
    client = socketio.AsyncClient(reconnection=False)
    client.on("run_javascript", lambda message: arrivals.note(name, str(message.get("code", ""))))
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    await client.connect(
        f"{url}/?{asked}", socketio_path="/console/_nicegui_ws/socket.io", transports=["websocket"],
        headers={"Cookie": f"{COOKIE}={cookie}"}, wait_timeout=30,
    )  # fmt: skip
    return client


@dataclass
class _Writer:
    url: str
    wire: Wire
    token: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def _client(url: str) -> _Writer:
    wire = await Wire.connect(url)
    _, session = await wire.post("/chat/v1/sessions", {"language": "ru"})
    writer = _Writer(url, wire, session["token"])
    await wire.post("/chat/v1/messages", {"id": str(uuid4()), "text": PERSON}, writer.token)
    return writer


async def _write(writer: _Writer, number: int, arrivals: Arrivals) -> None:
    body = {"id": str(uuid4()), "text": f"bench-{number}-end, всё ещё жду ответа"}
    async with writer.lock:
        if writer.wire.is_closed:  # servers hang up on those who keep silent
            writer.wire = await Wire.connect(writer.url)
        arrivals.sent[number] = time.time()
        status, answer = await writer.wire.post("/chat/v1/messages", body, writer.token)
    if status >= httpx.codes.BAD_REQUEST:
        raise SetupError(f"a message was refused: {answer}")


def _in_browser(work: Any, url: str, cookie: str, number: int) -> dict[str, Any]:
    chromium = Path("/usr/bin/chromium")
    try:
        from playwright.sync_api import sync_playwright  # a tool of developers; the figures are left out without it
    except ImportError:
        return {}
    if not chromium.exists():
        return {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1360, "height": 860}, locale="ru-RU")
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/console/inbox")
        page.wait_for_selector(".inbox-row")
        page.wait_for_timeout(1500)
        found: dict[str, Any] = work(page, number)
        browser.close()
    return found


_OPEN = """
async (id) => {
  const began = performance.now();
  document.querySelector(`.inbox-row[data-id="${id}"]`).click();
  while (!document.querySelector(".bubble")) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""

_SCROLL = """
async (rows) => {
  const box = document.querySelector(".inbox-list");
  let worst = 0, last = performance.now();
  const began = last;
  while (box.querySelectorAll(".inbox-row").length < rows && last - began < 60000) {
    box.scrollTop = box.scrollHeight;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  }
  return { rows: box.querySelectorAll(".inbox-row").length, seconds: (last - began) / 1000, worst_frame_ms: worst };
}"""


def _time_opening(page: Any, conversation: int) -> dict[str, Any]:
    taken = []
    for _ in range(12):
        taken.append(float(page.evaluate(_OPEN, conversation)))
        page.goto(page.url.split("?")[0])
        page.wait_for_selector(".inbox-row")
        page.wait_for_timeout(700)
    return percentiles(taken)


def _time_scrolling(page: Any, rows: int) -> dict[str, Any]:
    return {name: round(float(figure), 1) for name, figure in page.evaluate(_SCROLL, rows).items()}
