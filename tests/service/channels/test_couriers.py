"""Couriers with real threads and real clocks: order, rates, a dead platform that delays nobody, leases, stopping."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service import outbox
from service.channels.base import Delivery, FateUnknown, RetryLater
from service.channels.sandbox import SandboxChannel
from service.couriers import Couriers
from service.model_shelf import Model
from service.office import Office, now_utc
from service.policies.pacing import CATCH_UP_SECONDS
from service.reception import Reception
from service.settings import Settings
from service.storage import channels
from tests.doubles.platform import always
from tests.doubles.telegram import SECRET, TOKEN, TelegramDouble, refused
from tests.service.channels.telegram_talk import press, take, update
from tests.service.channels.test_receiving import ours, said
from tests.service.channels.test_sandbox import say
from tests.service.databases import sqlite_url
from tests.service.small_office import CASH, PIN, open_small_office, sandbox_of, small_office_in
from tests.service.threads import wait_until


@pytest.fixture
def office(tmp_path: Path, model: Model, telegram: TelegramDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office in real time with a Telegram bot."""
    for name, value in (("TOKEN", TOKEN), ("MODE", "webhook"), ("WEBHOOK_SECRET", SECRET), ("API_URL", telegram.url)):
        monkeypatch.setenv(f"OTKLIK_TELEGRAM_{name}", value)
    with small_office_in(tmp_path, now_utc, model, burst_seconds=0) as opened:
        yield opened


@pytest.fixture
def couriers(office: Office) -> Iterator[Couriers]:
    """Couriers at work."""
    working = Couriers(office)
    working.start()
    yield working
    working.stop()


@pytest.fixture
def sandbox(office: Office) -> SandboxChannel:
    """The messenger in memory."""
    return sandbox_of(office)


def queue(office: Office, who: str, times: int = 1) -> list[str]:
    """Replies for this client; their texts in order."""
    for number in range(times):
        say_quietly(office, PIN if number % 2 else CASH, who)
    with office.database.read() as connection:
        from service.storage import conversations, messages

        found = conversations.find(connection, "sandbox", who, office.kind_of("sandbox"))
        timeline = messages.timeline(connection, found.id or 0 if found else 0)
    return [message.text for message in timeline if message.author != "client"]


def say_quietly(office: Office, button: str, who: str) -> None:
    """A client presses a button; nothing is delivered in this thread."""
    from uuid import uuid4

    from service.domain.messages import InboundMessage
    from service.inbox import handle_message

    handle_message(InboundMessage("sandbox", uuid4().hex, who, "Вопрос", button, "ru"), office)


def test_a_reply_goes_out_at_once_without_anybody_asking(
    office: Office, couriers: Couriers, telegram: TelegramDouble
) -> None:
    take(office, press(PIN, "ПИН-код"))
    wait_until(lambda: telegram.sent, "the reply is sent")
    assert telegram.sent[0]["text"] == ours(office)[0].text


def test_replies_of_many_keep_their_order_and_come_once(
    office: Office, couriers: Couriers, sandbox: SandboxChannel
) -> None:
    expected = {f"client {n}": queue(office, f"client {n}", 4) for n in range(5)}
    wait_until(lambda: len(sandbox.delivered) == 20, "all are delivered", 8)
    for who, texts in expected.items():
        assert [each.text for each in sandbox.delivered if each.recipient == who] == texts


def test_the_rate_of_a_channel_and_of_a_chat_is_kept(office: Office, sandbox: SandboxChannel) -> None:
    moments: list[tuple[str, float]] = []
    sandbox.fault = lambda delivery: moments.append((delivery.recipient, time.monotonic()))
    sandbox.rules = replace(sandbox.rules, per_second=50, chat_per_second=4)
    for n in range(12):
        queue(office, f"client {n}", 2)
    working = Couriers(office)
    working.start()
    wait_until(lambda: len(moments) == 24, "all are delivered", 8)
    working.stop()
    first, last = moments[0][1], moments[-1][1]
    assert len(moments) <= 50 * (last - first + CATCH_UP_SECONDS) + 2
    for n in range(12):
        one = [at for who, at in moments if who == f"client {n}"]
        assert all(later - earlier >= 0.24 for earlier, later in pairwise(one))


def test_a_platform_that_hangs_delays_no_other_channel(
    office: Office, couriers: Couriers, telegram: TelegramDouble, sandbox: SandboxChannel
) -> None:
    telegram.always = always("hang")
    take(office, *(press(PIN, "ПИН-код", chat=chat) for chat in range(10, 20)))
    wait_until(lambda: len(telegram.asked) >= 2, "the platform is asked")
    queue(office, "client", 3)
    wait_until(lambda: len(sandbox.delivered) == 3, "the other channel goes on", 5.0)
    assert len(telegram.sent) <= 4, "the requests in its slots, and no more"


def test_a_platform_that_is_away_is_left_alone_and_everything_arrives_when_it_is_back(
    office: Office, couriers: Couriers, telegram: TelegramDouble
) -> None:
    telegram.always = always(refused(502, "Bad Gateway"))
    chats = range(10, 40)
    take(office, *(press(PIN, "ПИН-код", chat=chat) for chat in chats))
    wait_until(lambda: len(telegram.asked) >= 3, "the platform is asked")
    assert len([each for each in telegram.asked if each.path.endswith("sendMessage")]) < 12
    telegram.always = None
    wait_until(lambda: len(telegram.sent) == 30, "all of it arrives")
    assert sorted(int(each["chat_id"]) for each in telegram.sent) == list(chats)


def test_one_worker_at_a_time_has_a_channel_and_another_takes_over(
    office: Office, couriers: Couriers, sandbox: SandboxChannel
) -> None:
    queue(office, "client")
    wait_until(lambda: sandbox.delivered, "the first worker delivers")
    second = Couriers(office)
    second.start()
    with office.database.read() as connection:
        assert channels.everything(connection)["sandbox"] is not None
    queue(office, "client", 2)
    wait_until(lambda: len(sandbox.delivered) == 3, "still one of them delivers")
    couriers.stop()
    queue(office, "client", 2)
    wait_until(lambda: len(sandbox.delivered) == 5, "the other one goes on")
    second.stop()
    assert len({each.key for each in sandbox.delivered}) == 5


def test_what_a_dead_worker_had_in_hand_is_settled_when_another_takes_over(
    office: Office, sandbox: SandboxChannel
) -> None:
    def arrives_and_dies(delivery: Delivery) -> None:
        sandbox.delivered.append(delivery)
        raise SystemExit

    sandbox.fault = arrives_and_dies
    with pytest.raises(SystemExit):
        say(office)
    sandbox.fault = None
    queue(office, "client")
    working = Couriers(office)
    working.start()
    wait_until(lambda: len(sandbox.delivered) == 2, "the next reply goes out though the lease is young")
    working.stop()
    assert len({each.key for each in sandbox.delivered}) == 2


def test_polling_takes_what_is_there_and_starts_where_it_ended(
    tmp_path: Path, model: Model, telegram: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("TOKEN", TOKEN), ("API_URL", telegram.url)):
        monkeypatch.setenv(f"OTKLIK_TELEGRAM_{name}", value)
    sqlite_url(tmp_path)
    settings = Settings(var_dir=tmp_path, log_level="WARNING", burst_seconds=0)
    telegram.updates = [update(5, number, text=f"вопрос {number}") for number in (7, 8)]
    for round_ in range(2):
        office = open_small_office(settings, now_utc, model)
        working, reception = Couriers(office), Reception(office)
        working.start()
        reception.start()
        wait_until(lambda office=office, n=round_: len(said(office)) == 2 + n, "the news are taken")
        wait_until(lambda: telegram.updates == [], "Telegram hears that they are safe")
        reception.stop()
        working.stop()
        office.close()
        telegram.updates = [update(5, 9 + round_, text="ещё")]
    assert outbox.FIRST_STATE


@pytest.mark.parametrize("error", [RetryLater("busy", after_seconds=0.2), FateUnknown("silence")])
def test_a_stumble_holds_back_only_the_conversation_it_happened_in(
    office: Office, couriers: Couriers, sandbox: SandboxChannel, error: Any
) -> None:
    stumbled: list[str] = []

    def fault(delivery: Delivery) -> None:
        if delivery.recipient == "slow" and not stumbled:
            stumbled.append(delivery.key)
            raise error

    sandbox.fault = fault
    slow = queue(office, "slow", 2)
    quick = queue(office, "quick", 2)
    expected = 4 if isinstance(error, RetryLater) else 3
    wait_until(lambda: len(sandbox.delivered) == expected, "all but what is unknown arrive")
    assert [each.text for each in sandbox.delivered if each.recipient == "quick"] == quick
    assert [each.text for each in sandbox.delivered if each.recipient == "slow"] == slow[-(expected - 2) :]
