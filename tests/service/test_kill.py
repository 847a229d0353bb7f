"""`kill -9` at any moment: no accepted message is lost, none is stored twice, no reply is said twice.

A real `otklik serve` on SQLite is killed at random moments and started again on the same database, while clients
write over HTTP and send again, under the same id, whatever was not acknowledged.
"""

import os
import queue
import random
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.data_keys import read_ring
from service.settings import Settings
from service.storage.tables.conversations import TEXT
from tests.service.databases import prepare_database_with_articles
from tests.service.threads import wait_until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 4
KILLS = 4
MOST_SECONDS = 100.0
SAID: tuple[tuple[str, str | None], ...] = (
    ("Снять наличные", "intent:cash_withdrawal"),
    ("сколько стоит перевод в другой банк?", None),
    ("здравствуйте,", None),
    ("у меня тут такой вопрос,", None),
    ("Карту украли", "intent:card_lost_or_stolen"),
    ("Не нужно, спасибо", "command:cancel"),
    ("оператор", None),
    ("алло?", None),
    ("отмена", None),
    ("меню", None),
)
_LISTENING = re.compile(r"listening on (http://\S+)")


class Server:
    """`otklik serve` that is killed and started again on the same folder."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.url = ""
        self._environment = os.environ | {
            "OTKLIK_VAR_DIR": str(folder), "OTKLIK_MODEL_DIR": str(model), "OTKLIK_LOG_LEVEL": "ERROR",
            "OTKLIK_VISITOR_MESSAGES_PER_MINUTE": "100000", "OTKLIK_BURST_SECONDS": "0.3", "OTKLIK_PORT": "0",
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self._reader: Thread | None = None

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", "serve"],
            env=self._environment, cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        lines: queue.Queue[str] = queue.Queue()
        assert self._process.stderr is not None
        self._reader = Thread(target=_read_lines, args=(self._process.stderr, lines), daemon=True)
        self._reader.start()
        seen = []
        while True:
            seen.append(lines.get(timeout=180))
            if found := _LISTENING.search(seen[-1]):
                self.url = found[1]
                return

    def kill(self) -> None:
        """As the power going out: no signal that could be handled."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """End it kindly; returns when it has ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.wait(timeout=30)
        self._reader.join(30)
        if self._process.stderr is not None:
            self._process.stderr.close()


def _read_lines(source: Any, lines: "queue.Queue[str]") -> None:
    for line in source:
        lines.put(line)


@dataclass
class Chatter:
    """A client who writes one message after another, and again until it is acknowledged."""

    server: Server
    stop: Event
    seed: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    visitor: str = ""
    trouble: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Write until told to stop; the message in hand is brought to its end."""
        chance = random.Random(self.seed)
        with httpx.Client(timeout=10) as http:
            session = self._insist(http, "/chat/v1/sessions", {"language": "ru"}, {})
            self.visitor = session["visitor"]
            headers = {"Authorization": f"Bearer {session['token']}"}
            while not self.stop.is_set():
                text, button = chance.choice(SAID)
                body = {"id": str(uuid4()), "text": text, "button": button}
                answer = self._insist(http, "/chat/v1/messages", body, headers)
                if answer["message"]["text"] != text:
                    self.trouble.append(f"{text!r} was acknowledged as {answer['message']['text']!r}")
                self.acknowledged[body["id"]] = text
                self.stop.wait(chance.random() * 0.05)

    def _insist(self, http: httpx.Client, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
        ending = monotonic() + MOST_SECONDS
        while monotonic() < ending:
            self.attempts += 1
            try:
                answer = http.post(self.server.url + path, json=body, headers=headers)
            except httpx.TransportError:
                self.stop.wait(0.02) if not self.stop.is_set() else Event().wait(0.02)
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                self.trouble.append(f"{answer.status_code} {answer.text[:200]}")
                break
        raise AssertionError(f"never acknowledged: {body}; {self.trouble}")


@pytest.fixture
def server(tmp_path: Path, trained_model: Path, article_vectors: Path) -> Iterator[Server]:
    """A server on a new database."""
    prepare_database_with_articles(Settings(var_dir=tmp_path), article_vectors)
    made = Server(tmp_path, trained_model)
    made.start()
    yield made
    made.stop()


def replies_implied(decision: dict[str, Any], queued: bool, told_waiting: bool) -> int:
    """How many messages a decision says to a client who waits for a person (`queued`) or doesn't."""
    match decision["kind"]:
        case "answer":
            return len(decision["articles"])
        case "handoff":
            return 2 if decision["article"] and not queued else 1
        case "silent" if decision["reason"] == "queued":
            return 0 if told_waiting else 1
        case "wait" | "silent" | "suggest":
            return 0
        case _:
            return 1


def test_killed_at_any_moment_it_loses_nothing_and_says_nothing_twice(server: Server, tmp_path: Path) -> None:
    stop = Event()
    chatters = [Chatter(server, stop, seed) for seed in range(CLIENTS)]
    threads = [Thread(target=chatter.run, daemon=True) for chatter in chatters]
    for thread in threads:
        thread.start()
    chance = random.Random(20261120)
    for _ in range(KILLS):
        before = sum(len(chatter.acknowledged) for chatter in chatters)
        wanted = before + chance.randrange(5, 30)
        wait_until(lambda n=wanted: sum(len(each.acknowledged) for each in chatters) >= n, "clients are served")
        Event().wait(chance.random() * 0.02)
        server.kill()
        server.start()
    wanted = sum(len(chatter.acknowledged) for chatter in chatters) + 10
    wait_until(lambda: sum(len(each.acknowledged) for each in chatters) >= wanted, "clients are served again")
    stop.set()
    for thread in threads:
        thread.join(MOST_SECONDS)
    file = tmp_path / "otklik.db"
    wait_until(lambda: _bursts_waiting(file) == 0, "the last bursts are answered")
    server.stop()
    assert [chatter.trouble for chatter in chatters] == [[]] * CLIENTS
    assert sum(chatter.attempts for chatter in chatters) > sum(len(each.acknowledged) for each in chatters) + CLIENTS
    for chatter in chatters:
        check_conversation(file, chatter)


def _bursts_waiting(file: Path) -> int:
    with closing(sqlite3.connect(file)) as plain:
        found: int = plain.execute("SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL").fetchone()[0]
    return found


def check_conversation(file: Path, chatter: Chatter) -> None:
    """Every acknowledged message once and in its words; after each exactly the replies that its decision implies."""
    with closing(sqlite3.connect(file)) as plain:
        plain.row_factory = sqlite3.Row
        assert plain.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        query = (
            "SELECT m.*, c.last_seq FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.id = "
            "(SELECT conversation_id FROM messages WHERE external_id LIKE ? LIMIT 1) ORDER BY m.seq"
        )
        rows = plain.execute(query, (f"{chatter.visitor}/%",)).fetchall()
    ring = read_ring(Settings(var_dir=file.parent))
    assert [row["seq"] for row in rows] == list(range(1, rows[0]["last_seq"] + 1))
    written = [row for row in rows if row["author"] == "client"]
    clients = {row["external_id"].rpartition("/")[2]: ring.unseal(row["text"], TEXT) for row in written}
    assert clients == chatter.acknowledged
    queued = told_waiting = False
    for place, row in enumerate(rows):
        if row["author"] != "client":
            continue
        following = 0
        while place + 1 + following < len(rows) and rows[place + 1 + following]["author"] != "client":
            following += 1
        decision = loads(row["decision"])
        implied = replies_implied(decision, queued, told_waiting)
        assert following == implied, (row["seq"], decision, queued)
        if decision["kind"] == "handoff":
            queued, told_waiting = True, told_waiting and queued
        elif "cancel" in decision.values():
            queued = False
        elif decision["kind"] == "silent" and decision["reason"] == "queued":
            told_waiting = True


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core")
def test_it_serves_on_one_core(server: Server) -> None:
    threads = {int(each.name) for each in Path(f"/proc/{server.pid}/task").iterdir()}
    own = {frozenset(os.sched_getaffinity(each)) for each in threads}
    assert len(os.sched_getaffinity(server.pid)) == 1
    assert own <= {frozenset(os.sched_getaffinity(server.pid)), frozenset(os.sched_getaffinity(0))}
