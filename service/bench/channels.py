"""How channels do under load: webhooks at a steady rate, a long queue at a rate limit, a platform that is dead."""

import gc
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from service import outbox
from service.bench.server import running_server
from service.channels.base import Delivery
from service.channels.sandbox import SandboxChannel
from service.couriers import Couriers
from service.domain.conversations import ConversationView
from service.domain.messages import DeliveryState, Reply
from service.office import Office, open_office
from service.preparation import prepare_database
from service.settings import Settings
from service.storage import conversations, messages

SECRET = "secret-of-the-benchmark"  # noqa: S105 - guards nothing
CONVERSATIONS = 500


class Sink(ThreadingHTTPServer):
    """Another system that takes everything at once, or (`dead`) takes it and never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        self.dead = False
        self.taken: list[float] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Note the moment."""
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if sink.dead:
                    time.sleep(3600)
                sink.taken.append(time.perf_counter())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def measure_webhook(settings: Settings, folder: Path, texts: Sequence[str], rate: float, seconds: float) -> Any:
    """A real server is sent signed messages at `rate` whatever it answers; milliseconds from due to answered.

    The platform that sends is a process of its own, the one that takes the replies is this one. Meanwhile the server
    understands and answers the messages: `waiting` is how many were not read yet when the last was taken, `replies`
    how many had been delivered by then, and `caught_up_seconds` how long it needed for the rest.
    """
    sink = Sink()
    more = {"OTKLIK_WEBHOOK_SECRET": SECRET, "OTKLIK_WEBHOOK_URL": sink.url}
    with running_server(settings, folder, **more) as server, closing(_look_into(folder)) as looking:
        said = folder / "texts.json"
        said.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        _send_at(server.url, said, 20.0, 3.0)  # warm
        _wait_for_all(looking)
        before = len(sink.taken)
        sent = _send_at(server.url, said, rate, seconds)
        waiting, replies, ended = _count_waiting(looking), len(sink.taken) - before, time.perf_counter()
        caught_up = _wait_for_all(looking) - ended
    return {
        "rate": rate, "messages": len(sent["took_ms"]), "refused": sent["refused"], **_summary(sent["took_ms"]),
        "waiting": waiting, "replies": replies, "caught_up_seconds": round(caught_up, 1),
    }  # fmt: skip


def _look_into(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder / 'otklik.db'}?mode=ro", uri=True, isolation_level=None)


def _count_waiting(looking: sqlite3.Connection) -> int:
    return int(looking.execute("SELECT count(*) FROM arrivals WHERE state = 'waiting'").fetchone()[0])


def _wait_for_all(looking: sqlite3.Connection) -> float:
    """When all that was taken is read; gives up after half a minute."""
    until = time.perf_counter() + 30.0
    while _count_waiting(looking) and time.perf_counter() < until:
        time.sleep(0.1)
    return time.perf_counter()


def _send_at(url: str, texts: Path, rate: float, seconds: float) -> Any:
    command = [sys.executable, "-m", "service.bench.platform", url, str(texts), str(seconds), str(rate)]
    environment = os.environ | {"OTKLIK_WEBHOOK_SECRET": SECRET}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - ours
    return json.loads(done.stdout)


def measure_drain(settings: Settings, folder: Path, replies: int, rate: float) -> Any:
    """`replies` are due at once in a channel of `rate` a second; meanwhile another channel gets one a second."""
    sink = Sink()
    with _office(settings, folder, sink.url) as office:
        sandbox = office.channels["sandbox"]
        assert isinstance(sandbox, SandboxChannel)  # noqa: S101 - the table says so
        sandbox.rules = replace(sandbox.rules, per_second=rate, chat_per_second=1000.0)
        moments: list[tuple[str, str, float]] = []
        sandbox.fault = lambda delivery: moments.append(_noted(delivery))
        sent = _fill(office, "sandbox", replies)
        other = _begin(office, "webhook", "neighbour")
        working = Couriers(office)
        working.start()
        waits: list[float] = []
        while len(moments) < replies:
            waits.append(_one_more(office, other, len(waits) + 1, sink))
            time.sleep(1.0)
        working.stop()
    first, last = moments[0][2], moments[-1][2]
    reached = (len(moments) - 1) / (last - first)
    got: dict[str, list[str]] = defaultdict(list)
    for recipient, text, _ in moments:
        got[recipient].append(text)
    in_order = sum(got[who] == texts for who, texts in sent.items())
    return {
        "replies": replies, "limit_per_second": rate, "reached_per_second": round(reached, 2),
        "off_percent": round(100 * (reached / rate - 1), 2), "conversations": len(sent), "in_order": in_order,
        "neighbour": _summary(waits),
    }  # fmt: skip


def measure_dead(settings: Settings, folder: Path, replies: int, seconds: float) -> Any:
    """A platform takes connections and never answers while `replies` wait for it; another channel goes on."""
    sink = Sink()
    sink.dead = True
    with _office(settings, folder, sink.url) as office:
        sandbox = office.channels["sandbox"]
        assert isinstance(sandbox, SandboxChannel)  # noqa: S101 - the table says so
        moments: list[float] = []
        sandbox.fault = lambda _delivery: moments.append(time.perf_counter())
        _fill(office, "webhook", replies)
        other = _begin(office, "sandbox", "neighbour")
        working = Couriers(office)
        working.start()
        waits: list[float] = []
        time.sleep(5.0)
        gc.collect()
        before, began = _memory_mb(), time.perf_counter()
        while time.perf_counter() - began < seconds:
            written = _write(office, other, len(waits) + 1)
            while len(moments) <= len(waits):
                time.sleep(0.0005)
            waits.append((moments[-1] - written) * 1000)
            time.sleep(1.0)
        gc.collect()
        grown = _memory_mb() - before
        working.stop()
    return {"replies": replies, "seconds": seconds, "grown_mb": round(grown, 2), "neighbour": _summary(waits)}


@contextmanager
def _office(settings: Settings, folder: Path, url: str) -> Iterator[Office]:
    fresh = settings.model_copy(update={"var_dir": folder, "database_url": "", "redis_url": ""})
    fresh.__dict__.pop("database", None)
    os.environ |= {"OTKLIK_WEBHOOK_SECRET": SECRET, "OTKLIK_WEBHOOK_URL": url}
    prepare_database(fresh)
    office = open_office(fresh, reads=False)
    try:
        yield office
    finally:
        office.close()


def _begin(office: Office, channel: str, who: str) -> ConversationView:
    with office.database.write() as connection:
        return conversations.begin(connection, channel, who, office.kind_of(channel), "ru", None, office.clock())


def _fill(office: Office, channel: str, replies: int) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    each = max(1, replies // CONVERSATIONS)
    for number in range(-(-replies // each)):
        view = _begin(office, channel, f"client {number}")
        texts = [f"Ответ {n + 1} клиенту {number}" for n in range(min(each, replies - number * each))]
        _put_in(office, view, 1, texts)
        sent[f"client {number}"] = texts
    return sent


def _put_in(office: Office, view: ConversationView, first_seq: int, texts: Sequence[str]) -> None:
    now, said = office.clock(), [Reply(text) for text in texts]
    with office.database.write() as connection:
        keys = messages.add_replies(
            connection, conversation_id=view.id or 0, first_seq=first_seq, channel=view.channel, replies=said,
            state=DeliveryState.QUEUED, now=now,
        )  # fmt: skip
        for key, reply in zip(keys, said, strict=True):
            outbox.put_in(connection, key, reply, view, office, now)


def _write(office: Office, view: ConversationView, seq: int) -> float:
    _put_in(office, view, seq, [f"Ответ {seq} соседу"])
    written = time.perf_counter()
    outbox.send_soon(view.channel, office)
    return written


def _one_more(office: Office, view: ConversationView, seq: int, sink: Sink) -> float:
    before, written = len(sink.taken), _write(office, view, seq)
    while len(sink.taken) <= before:
        time.sleep(0.0005)
    return (sink.taken[-1] - written) * 1000


def _noted(delivery: Delivery) -> tuple[str, str, float]:
    return delivery.recipient, delivery.text, time.perf_counter()


def _memory_mb() -> float:
    """Memory of this process, in megabytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _summary(took: Sequence[float]) -> dict[str, float]:
    shares = np.percentile(np.array(took), (50, 95, 99))
    return {f"p{name}_ms": round(float(value), 1) for name, value in zip((50, 95, 99), shares, strict=True)}
