"""Typing is shown to clients of messengers: as often as needed, never in the way of a message."""

from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from service import desk, outbox
from service.channels.sandbox import SandboxChannel
from service.courtesies import MOST_WAITING, TOLD_AGAIN, Courtesies
from service.errors import Conflict
from service.office import Office
from tests.doubles.platform import Asked
from tests.doubles.telegram import TelegramDouble
from tests.service.channels.telegram_talk import press, take, update
from tests.service.channels.test_receiving import timeline
from tests.service.small_office import OPERATOR, hire
from tests.service.threads import wait_until


class Shows(SandboxChannel):
    """A messenger that shows typing for ten seconds, and takes twenty requests a second."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = replace(self.rules, typing_seconds=10.0, per_second=20.0)
        self.shown: list[str] = []
        self.go_on = Event()
        self.go_on.set()

    def show_typing(self, recipient: str) -> None:
        """Note it."""
        self.go_on.wait(20)
        self.shown.append(recipient)


class Seconds:
    """A clock that counts as it is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """The clock of `courtesies`."""
    return Seconds()


@pytest.fixture
def courtesies(seconds: Seconds) -> Courtesies:
    """On a clock of their own."""
    return Courtesies(seconds)


def test_typing_is_told_once_and_again_before_it_fades(courtesies: Courtesies, seconds: Seconds) -> None:
    channel = Shows()
    told = []
    for at in (0.0, 1.0, 10 * TOLD_AGAIN - 0.1, 10 * TOLD_AGAIN, 10.0):
        seconds.now = 100.0 + at
        told.append(courtesies.show_typing(channel, "anna"))
    assert told == [True, False, False, True, False]
    wait_until(lambda: channel.shown == ["anna", "anna"], "it is shown")


def test_typing_takes_a_tenth_of_what_the_platform_takes(courtesies: Courtesies, seconds: Seconds) -> None:
    channel = Shows()
    told = 0
    for number in range(200):
        seconds.now += 0.05
        told += courtesies.show_typing(channel, f"client {number}")
    assert 18 <= told <= 20, "ten seconds at two a second"


def test_what_comes_too_late_is_not_told(courtesies: Courtesies, seconds: Seconds) -> None:
    channel = Shows()
    channel.go_on.clear()
    assert courtesies.show_typing(channel, "anna")
    seconds.now += 1
    assert courtesies.show_typing(channel, "boris")
    seconds.now += 6
    channel.go_on.set()
    courtesies.do(channel.name, lambda: channel.shown.append("end"))
    wait_until(lambda: "end" in channel.shown, "all of it is done")
    assert channel.shown == ["anna", "end"]


def test_a_platform_that_shows_nothing_is_not_asked(courtesies: Courtesies) -> None:
    assert not courtesies.show_typing(SandboxChannel(), "anna")


def test_what_waits_is_bounded(courtesies: Courtesies) -> None:
    go_on = Event()
    taken = [courtesies.do("sandbox", lambda: go_on.wait(20)) for _ in range(MOST_WAITING + 50)]
    go_on.set()
    assert taken.count(True) == MOST_WAITING


@pytest.fixture
def held(telegram_office: Office, telegram: TelegramDouble) -> tuple[int, Any]:
    """A conversation in Telegram and the operator who holds it."""
    anna, _ = hire(telegram_office, "anna")
    take(telegram_office, press(OPERATOR, "Оператор"))
    outbox.deliver_due(telegram_office)
    conversation_id = timeline(telegram_office)[0].conversation_id
    desk.take(conversation_id, anna, telegram_office)
    outbox.deliver_due(telegram_office)
    return conversation_id, anna


def test_a_client_in_a_messenger_sees_the_operator_type(
    telegram_office: Office, telegram: TelegramDouble, held: tuple[int, Any]
) -> None:
    conversation_id, anna = held
    for on in (False, True, True, False, True):
        desk.set_typing(conversation_id, anna, telegram_office, on)
    boris, _ = hire(telegram_office, "boris")
    with pytest.raises(Conflict):
        desk.set_typing(conversation_id, boris, telegram_office, True)
    wait_until(lambda: telegram.typing == ["5"], "Telegram is told, once")


def test_a_platform_that_hangs_on_typing_gets_the_reply_all_the_same(
    telegram_office: Office, telegram: TelegramDouble, held: tuple[int, Any]
) -> None:
    conversation_id, anna = held

    def hangs(asked: Asked) -> str | None:
        return "hang" if asked.path.endswith("sendChatAction") else None

    telegram.always = hangs
    desk.set_typing(conversation_id, anna, telegram_office, True)
    wait_until(lambda: telegram.typing, "Telegram is told")
    desk.reply(conversation_id, anna, telegram_office, key="1", text="Вот ответ.")
    outbox.deliver_due(telegram_office)
    assert telegram.sent[-1]["text"] == "Вот ответ."


def test_a_client_sees_that_the_bot_waits_for_the_rest(telegram_office: Office, telegram: TelegramDouble) -> None:
    patient = replace(telegram_office, rules=replace(telegram_office.rules, burst_seconds=2.0))
    take(patient, update(text="здравствуйте,"))
    wait_until(lambda: telegram.typing == ["5"], "Telegram is told")
    take(patient, press(OPERATOR, "Оператор", chat=6))
    assert telegram.typing == ["5"], "who is answered at once sees the answer"
