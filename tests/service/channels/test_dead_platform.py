"""A platform is dead for an hour: what waits for it waits in the database, others go on, and then all of it arrives."""

import gc
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.channels.base import Delivery, FateUnknown, RetryLater
from service.channels.sandbox import SandboxChannel
from service.couriers import Courier
from service.domain.conversations import ConversationView
from service.domain.messages import DeliveryState, Reply
from service.model_shelf import Model
from service.office import Office
from service.outbox import put_in
from service.settings import Settings
from service.storage import conversations, messages
from tests.doubles.telegram import SECRET, TOKEN, TelegramDouble
from tests.service.databases import sqlite_url
from tests.service.small_office import open_small_office, sandbox_of
from tests.service.threads import wait_until

CLIENTS = 60
EACH = 5
HOUR = 3600.0
MOST_GROWTH = 300_000
"""Bytes within forty minutes, in which 300 replies wait and thousands of times nothing can be done about it."""


class Street:
    """A dead messenger and a neighbour that works, each with its courier, on one clock that is moved by hand."""

    def __init__(self, office: Office, clock: Any) -> None:
        self.office, self.clock = office, clock
        self.dead = sandbox_of(office)
        self.neighbour = Courier("telegram", office, "worker", self._seconds)
        self.courier = Courier("sandbox", office, "worker", self._seconds)
        self._began = clock.now

    def _seconds(self) -> float:
        return 1000.0 + float((self.clock.now - self._began).total_seconds())

    def pass_time(self, seconds: float, each_minute: Callable[[int], None]) -> int:
        """Let the dead one's courier do what it can for so long; returns how many requests it had in hand at most."""
        until, most, minute = self._seconds() + seconds, 0, 0
        while self._seconds() < until:
            pause = self.courier.step()
            most = max(most, self.courier.in_hand)
            wait_until(lambda: not self.courier.in_hand, "the requests have ended")
            self.clock.move(seconds=max(pause, 0.05))
            if self._seconds() >= until - seconds + 60 * minute:
                each_minute(minute)
                minute += 1
        return most


@pytest.fixture
def street(
    tmp_path: Path, clock: Any, model: Model, telegram: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Street]:
    """Ready to work, with 300 replies for 60 clients of the dead one."""
    for name, value in (("TOKEN", TOKEN), ("MODE", "webhook"), ("WEBHOOK_SECRET", SECRET), ("API_URL", telegram.url)):
        monkeypatch.setenv(f"OTKLIK_TELEGRAM_{name}", value)
    sqlite_url(tmp_path)
    office = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING", burst_seconds=0), clock, model)
    yield Street(office, clock)
    office.close()


def begin(office: Office, channel: str, who: str) -> ConversationView:
    """A client's conversation."""
    with office.database.write() as connection:
        return conversations.begin(connection, channel, who, office.kind_of(channel), "ru", None, office.clock())


def write(office: Office, view: ConversationView, seq: int, text: str) -> None:
    """A reply of ours that waits to be sent."""
    now, reply = office.clock(), Reply(text)
    with office.database.write() as connection:
        (key,) = messages.add_replies(
            connection, conversation_id=view.id or 0, first_seq=seq, channel=view.channel, replies=[reply],
            state=DeliveryState.QUEUED, now=now,
        )  # fmt: skip
        put_in(connection, key, reply, view, office, now)


def refuses(_delivery: Delivery) -> None:
    """As a server that is down."""
    raise RetryLater("502", platform_away=True)


def never_answers(_delivery: Delivery) -> None:
    """As a server that takes the request and is silent until the timeout."""
    raise FateUnknown("no answer within 15 seconds")


@pytest.mark.parametrize("fault", [refuses, never_answers])
def test_an_hour_costs_nothing_delays_nobody_and_loses_nothing(
    street: Street, telegram: TelegramDouble, fault: Callable[[Delivery], None]
) -> None:
    office, dead = street.office, street.dead
    dead.rules = replace(dead.rules, has_idempotency_key=True)
    asked: list[str] = []

    def dead_as_told(delivery: Delivery) -> None:
        asked.append(delivery.key)
        fault(delivery)

    dead.fault = dead_as_told
    waiting = [begin(office, "sandbox", f"client {number}") for number in range(CLIENTS)]
    for number, view in enumerate(waiting):
        for seq in range(1, EACH + 1):
            write(office, view, seq, f"ответ {seq} клиенту {number}")
    other = begin(office, "telegram", "5")
    sizes: list[int] = []

    def each_minute(minute: int) -> None:
        write(office, other, minute + 1, f"минута {minute}")
        street.neighbour.step()
        wait_until(lambda: len(telegram.sent) == minute + 1, "the neighbour's reply is sent at once")
        wait_until(lambda: not street.neighbour.in_hand, "and written down")
        if minute in (20, 59):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        most = street.pass_time(HOUR, each_minute)
    finally:
        tracemalloc.stop()
    assert most <= dead.rules.slots
    assert len(asked) < 120, "it is asked now and then, not all the time"
    assert sizes[1] - sizes[0] < MOST_GROWTH

    dead.fault = None
    street.pass_time(HOUR, lambda _minute: None)
    assert sorted(arrived(dead)) == sorted(f"client {number}" for number in range(CLIENTS))
    for number in range(CLIENTS):
        assert arrived(dead)[f"client {number}"] == [f"ответ {seq} клиенту {number}" for seq in range(1, EACH + 1)]


def arrived(channel: SandboxChannel) -> dict[str, list[str]]:
    """What each client got, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for delivery in channel.delivered:
        found[delivery.recipient].append(delivery.text)
    return found
