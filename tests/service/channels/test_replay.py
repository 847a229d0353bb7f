"""Everything comes three times, shuffled, over many connections, while the service is killed with -9 and started again.

What is stored and what the platforms got equals what one calm pass would have made.
"""

import random
from collections import Counter
from collections.abc import Iterator
from json import dumps
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from service.settings import Settings
from tests.doubles.telegram import SECRET as TELEGRAM_SECRET
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.webhook import SECRET, WebhookDouble
from tests.service.channels.telegram_talk import update
from tests.service.channels.test_webhook import signed
from tests.service.conftest import prepared_database
from tests.service.databases import postgresql_url
from tests.service.test_kill import Server
from tests.service.threads import wait_until

pytestmark = pytest.mark.slow

CLIENTS = 4
MESSAGES = 5
KILLS = 3
SENDERS = 6
WORDS = ("забыл пин-код", "карта не работает", "меню", "как снять наличные", "спасибо")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database with articles."""
    url = f"sqlite:///{tmp_path / 'otklik.db'}" if request.param == "sqlite" else postgresql_url()
    prepared_database(Settings(var_dir=tmp_path, database_url=url))
    return url


@pytest.fixture
def platforms(monkeypatch: pytest.MonkeyPatch, database: str) -> Iterator[tuple[TelegramDouble, WebhookDouble]]:
    """A platform without keys and one with, and a service that knows them."""
    with TelegramDouble() as telegram, WebhookDouble() as other:
        for name, value in {
            "DATABASE_URL": database, "WEBHOOK_SECRET": SECRET, "WEBHOOK_URL": other.url, "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET, "TELEGRAM_API_URL": telegram.url,
        }.items():  # fmt: skip
            monkeypatch.setenv(f"OTKLIK_{name}", value)
        yield telegram, other


def events() -> dict[str, tuple[str, dict[str, str], bytes]]:
    """Every event by its id: the path, headers and body that the platform sends."""
    made: dict[str, tuple[str, dict[str, str], bytes]] = {}
    for client in range(CLIENTS):
        for number in range(MESSAGES):
            words = f"{WORDS[number % len(WORDS)]} {number}"
            told = update(100 + client, 1 + client * 100 + number, text=words)
            header = {"x-telegram-bot-api-secret-token": TELEGRAM_SECRET}
            made[f"7000000001/{told['update_id']}"] = ("telegram", header, dumps(told).encode())
            key = f"m-{client}-{number}"
            made[key] = ("webhook", {}, dumps(
                {"type": "message", "id": key, "client": {"id": f"c-{client}"}, "text": words}
            ).encode())  # fmt: skip
    return made


def insist(server: Server, path: str, headers: dict[str, str], body: bytes, over: Event) -> None:
    """Send until the service says that it is stored, as platforms do."""
    import json
    import time

    with httpx.Client(timeout=10, trust_env=False) as http:
        while not over.is_set():
            stamped = signed(json.loads(body), at=time.time()).headers if path == "webhook" else headers
            content = signed(json.loads(body), at=time.time()).body if path == "webhook" else body
            try:
                if http.post(f"{server.url}/channels/v1/{path}", content=content, headers=dict(stamped)).is_success:
                    return
            except httpx.TransportError:
                pass
            over.wait(0.05)


def rows(url: str, query: str) -> list[Any]:
    """What a query finds."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(query)))
    finally:
        engine.dispose()


def test_the_replayed_and_the_calm_are_the_same(
    tmp_path: Path, trained_model: Path, database: str, platforms: tuple[TelegramDouble, WebhookDouble]
) -> None:
    telegram, other = platforms
    made, chance, over = events(), random.Random(11), Event()
    work = [(key, *made[key]) for key in made] * 3
    chance.shuffle(work)
    server = Server(tmp_path, trained_model)
    server.start()
    done: list[str] = []

    def send(part: list[Any]) -> None:
        for key, path, headers, body in part:
            insist(server, path, headers, body, over)
            done.append(key)

    senders = [Thread(target=send, args=(work[n::SENDERS],), daemon=True) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        for kill in range(KILLS):
            wait_until(lambda k=kill: len(done) >= (k + 1) * len(work) // (KILLS + 1), "some are taken", 60)
            server.kill()
            server.start()
        for sender in senders:
            sender.join(60)
        assert sorted(set(done)) == sorted(made)
        wait_until(
            lambda: not rows(database, "SELECT 1 FROM outbox WHERE state IN ('queued', 'claimed', 'sending')")
            and not rows(database, "SELECT 1 FROM conversations WHERE answer_due_at IS NOT NULL"),
            "everything is settled", 60,
        )  # fmt: skip
    finally:
        over.set()
        server.stop()
    stored = [row[0] for row in rows(database, "SELECT external_id FROM messages WHERE author = 'client'")]
    assert sorted(stored) == sorted(made)
    ours = rows(database, "SELECT channel, external_id, text, state FROM messages WHERE author <> 'client'")
    with_keys = {row[1] for row in ours if row[0] == "webhook"}
    assert {row[3] for row in ours if row[0] == "webhook"} == {"sent"}
    assert Counter(each["key"] for each in other.sent) == Counter(with_keys)
    sent = Counter(each["text"] for each in telegram.sent)
    known = Counter(row[2] for row in ours if row[0] == "telegram" and row[3] == "sent")
    unknown = Counter(row[2] for row in ours if row[0] == "telegram" and row[3] == "unknown")
    assert {row[3] for row in ours if row[0] == "telegram"} <= {"sent", "unknown"}
    assert sent - known - unknown == Counter(), "nothing is sent twice"
    assert known - sent == Counter(), "nothing is called sent that did not arrive"
    assert sum(unknown.values()) <= KILLS * 4, "only what was in hand at a kill"
