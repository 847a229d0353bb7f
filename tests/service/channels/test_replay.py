"""Everything comes three times, shuffled, over many connections, while the service is killed with -9 and started again.

What is stored and what the platforms got equals what one calm pass would have made: in every channel at once.
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import Select, create_engine, select, text

from service import texts
from service.channels import CHANNELS
from service.data_keys import read_ring
from service.domain.messages import Button
from service.policies.parting import part_message
from service.settings import Settings
from service.storage.sealed import KeyRing, use_ring
from service.storage.tables import ConversationRow, IdentityRow, MessageRow, OutboxRow
from tests.service.channels.everybody import MESSAGES, Platform, Sent, everybody, said
from tests.service.channels.test_email import letter
from tests.service.databases import postgresql_url, prepare_database_with_articles
from tests.service.test_kill import Server
from tests.service.threads import wait_until

pytestmark = pytest.mark.slow

KILLS = 2
SENDERS = 6
IN_HAND = 4
"""Requests of a channel that may be on their way at once, at most."""
KINDS = {kind.name: kind for kind in CHANNELS}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, article_vectors: Path) -> str:
    """The URL of an empty database with articles."""
    url = f"sqlite:///{tmp_path / 'otklik.db'}" if request.param == "sqlite" else postgresql_url()
    prepare_database_with_articles(Settings(var_dir=tmp_path, database_url=url), article_vectors)
    return url


@pytest.fixture
def platforms(monkeypatch: pytest.MonkeyPatch, database: str) -> Iterator[list[Platform]]:
    """All of them, and a service that will know them. Telegram calls with one database and is polled with the other."""
    monkeypatch.setenv("OTKLIK_DATABASE_URL", database)
    with everybody(telegram_polls=database.startswith("postgresql")) as found:
        assert {each.name for each in found} == {kind.name for kind in CHANNELS} - {"web", "sandbox"}
        for platform in found:
            for name, value in platform.settings.items():
                monkeypatch.setenv(f"OTKLIK_{platform.name}_{name}".upper(), value)
        yield found


def insist(server: Server, platform: Platform, key: str, over: Event) -> None:
    """Send until the service says that it is stored, as platforms do."""
    with httpx.Client(timeout=10, trust_env=False) as http:
        while not over.is_set():
            request = platform.events[key]()
            address = f"{server.url}/channels/v1/{platform.name}"
            try:
                if http.post(address, content=request.body, headers=dict(request.headers)).is_success:
                    return
            except httpx.TransportError:
                pass
            over.wait(0.05)


def rows(url: str, query: str | Select[Any], ring: KeyRing | None = None) -> list[Any]:
    """What a query finds; what is sealed is read with the ring."""
    engine = create_engine(url)
    if ring is not None:
        use_ring(engine, ring)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(query) if isinstance(query, str) else query))
    finally:
        engine.dispose()


def test_the_replayed_and_the_calm_are_the_same(
    tmp_path: Path, trained_model: Path, database: str, platforms: list[Platform]
) -> None:
    chance, over = random.Random(11), Event()
    work = [(platform, key) for platform in platforms for key in platform.events] * 3
    chance.shuffle(work)
    server = Server(tmp_path, trained_model)
    server.start()
    done: list[str] = []

    def send(part: list[tuple[Platform, str]]) -> None:
        for platform, key in part:
            insist(server, platform, key, over)
            done.append(key)

    senders = [Thread(target=send, args=(work[n::SENDERS],), daemon=True) for n in range(SENDERS)]
    try:
        wait_until(lambda: rows(database, "SELECT 1 FROM channels WHERE name = 'email' AND cursor IS NOT NULL"), "mail")
        (mailbox,) = [each.double for each in platforms if each.name == "email"]
        for number in chance.sample([*range(MESSAGES)] * 3, 3 * MESSAGES):
            mailbox.put(letter(number, said(number)))
        for sender in senders:
            sender.start()
        for kill in range(KILLS):
            wait_until(lambda k=kill: len(done) >= (k + 1) * len(work) // (KILLS + 1), "some are taken")
            over.wait(chance.random() * 0.3)
            server.kill()
            server.start()
        for sender in senders:
            sender.join(60)
        assert len(done) == len(work)
        expected = sum(len(each.ids) for each in platforms)
        wait_until(
            lambda: rows(database, "SELECT count(*) FROM messages WHERE author = 'client'")[0][0] >= expected
            and not rows(database, "SELECT 1 FROM arrivals WHERE state = 'waiting'")
            and not rows(database, "SELECT 1 FROM outbox WHERE state IN ('queued', 'claimed', 'sending')")
            and not rows(database, "SELECT 1 FROM conversations WHERE answer_due_at IS NOT NULL"),
            "everything is settled",
        )  # fmt: skip
    finally:
        over.set()
        server.stop()
    ring = read_ring(Settings(var_dir=tmp_path))
    for platform in platforms:
        check(platform, database, ring)


def check(platform: Platform, database: str, ring: KeyRing) -> None:
    """Each message once; each reply once, or shown as unknown where it was in hand at a kill and has no key."""
    of_channel = f"WHERE channel = '{platform.name}' AND author"
    stored = [row[0] for row in rows(database, f"SELECT external_id FROM messages {of_channel} = 'client'")]
    assert sorted(stored) == sorted(platform.ids), platform.name
    got = Counter({(who, plain(words)): many for (who, words), many in platform.got().items()})
    sent, unknown = (written(platform, database, ring, state) for state in ("sent", "unknown"))
    assert sent, platform.name
    assert got - sent - unknown == Counter(), f"{platform.name}: nothing is sent twice"
    assert sent - got == Counter(), f"{platform.name}: nothing is called sent that did not arrive"
    states = {row[0] for row in rows(database, f"SELECT state FROM outbox WHERE channel = '{platform.name}'")}
    if KINDS[platform.name].rules.has_idempotency_key:
        assert states == {"sent"}, platform.name
    assert states <= {"sent", "unknown"}, platform.name
    assert sum(unknown.values()) <= KILLS * IN_HAND, f"{platform.name}: only what was in hand at a kill"


def written(platform: Platform, database: str, ring: KeyRing, state: str) -> Sent:
    """What we have written down as sent (or unknown), to whom, piece by piece."""
    query = (
        select(IdentityRow.external_id, ConversationRow.language, MessageRow.text, MessageRow.buttons, OutboxRow.part)
        .select_from(OutboxRow)
        .join(MessageRow, MessageRow.id == OutboxRow.message_id)
        .join(ConversationRow, ConversationRow.id == OutboxRow.conversation_id)
        .join(IdentityRow, IdentityRow.id == ConversationRow.identity_id)
        .where(OutboxRow.channel == platform.name, OutboxRow.state == state)
    )
    found: Sent = Counter()
    for row in rows(database, query, ring):
        buttons = tuple(Button(**each) for each in row.buttons or ())
        hint = texts.text("answer_with_number", row.language)
        parts = part_message(row.text, buttons, (), KINDS[platform.name].rules, hint)
        found[row.external_id, plain(parts[row.part].text)] += 1
    return found


def plain(words: str) -> str:
    """Letters are wrapped anew, so spaces don't count."""
    return " ".join(words.split())
