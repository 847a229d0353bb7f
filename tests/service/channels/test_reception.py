"""What platforms have told us becomes messages behind their back: in order, sealed until then, each client apart."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Text, select, type_coerce

from service import reception
from service.office import Office, now_utc
from service.reception import RETRY_SECONDS, Reception, take_due
from service.storage import arrivals
from service.storage.arrivals import LEASE_SECONDS, STUCK, WAITING
from service.storage.tables import ArrivalRow, table
from service.understanding import Understands
from tests.doubles.platform import always
from tests.doubles.telegram import TelegramDouble
from tests.service.channels.telegram_talk import tell, update
from tests.service.channels.test_receiving import PHOTO, PNG, ours, said
from tests.service.threads import wait_until

CARD = "4242 4242 4242 4242"


class Thinker:
    """A reader that thinks until it is let go on."""

    def __init__(self, reader: Understands) -> None:
        self._reader = reader
        self.go_on = Event()
        self.asked = Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def understand(self, *question: Any) -> Any:
        """Waits first."""
        self.asked.set()
        self.go_on.wait(30)
        return self._reader.understand(*question)


@pytest.fixture
def thinker(telegram_office: Office) -> Iterator[Thinker]:
    """The reader of `thinking`."""
    made = Thinker(telegram_office.reader)
    yield made
    made.go_on.set()


@pytest.fixture
def thinking(telegram_office: Office, thinker: Thinker) -> Iterator[Office]:
    """An office whose reception is at work, and whose reader thinks for long."""
    office = replace(telegram_office, reader=thinker, clock=now_utc)
    working = Reception(office)
    working.start()
    yield office
    thinker.go_on.set()
    working.stop()


def counts(office: Office) -> dict[str, int]:
    """Arrivals by state."""
    with office.database.read() as connection:
        return arrivals.counts(connection)


def test_a_platform_is_answered_while_all_hands_still_think(thinking: Office, thinker: Thinker) -> None:
    chats = range(50, 50 + 3 * reception.HANDS)
    for number in range(3):
        for chat in chats:
            tell(thinking, update(chat, 1000 + chat * 10 + number, text=f"вопрос {number}"))
    assert thinker.asked.wait(20)
    assert counts(thinking)[WAITING] == 3 * len(chats)
    assert not any(said(thinking, chat) for chat in chats)
    thinker.go_on.set()
    wait_until(lambda: counts(thinking)[WAITING] == 0, "all of it is read")
    for chat in chats:
        assert said(thinking, chat) == ["вопрос 0", "вопрос 1", "вопрос 2"]


def test_what_waits_is_sealed_and_what_was_made_is_gone(telegram_office: Office) -> None:
    tell(telegram_office, update(text=f"карта {CARD}"))
    query = select(type_coerce(table(ArrivalRow).c.content, Text))
    with telegram_office.database.read() as connection:
        (kept,) = connection.execute(query).scalars()
    assert kept.startswith("sealed:")
    assert take_due(telegram_office) == 1
    with telegram_office.database.read() as connection:
        assert list(connection.execute(query).scalars()) == []
    assert CARD not in said(telegram_office)[0]


def test_a_repeat_is_known_before_and_after_the_message_is_made(telegram_office: Office) -> None:
    event = update(number=7, text="раз")
    tell(telegram_office, event, event)
    assert take_due(telegram_office) == 1
    tell(telegram_office, event)
    assert counts(telegram_office) == {WAITING: 0, STUCK: 0}
    assert said(telegram_office) == ["раз"]


def test_what_a_dead_process_had_claimed_is_made_by_the_next(telegram_office: Office, clock: Any) -> None:
    tell(telegram_office, update(text="раз"), update(text="два"))
    with telegram_office.database.write() as connection:
        assert len(arrivals.claim(connection, clock.now, 20)) == 1, "the second waits behind the first"
    assert take_due(telegram_office) == 0
    clock.move(seconds=LEASE_SECONDS)
    assert (take_due(telegram_office), take_due(telegram_office)) == (1, 1)
    assert said(telegram_office) == ["раз", "два"]


def test_what_no_message_can_be_made_of_is_set_aside_and_the_next_go_on(
    telegram_office: Office, clock: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make = reception.give_to_inbox

    def stumble(message: Any, office: Office) -> None:
        if message.text == "яд":
            raise LookupError("a bug")
        make(message, office)

    monkeypatch.setattr(reception, "give_to_inbox", stumble)
    tell(telegram_office, update(text="яд"), update(text="дальше"), update(6, text="другой"))
    with caplog.at_level(logging.CRITICAL):
        assert take_due(telegram_office) == 1
        assert said(telegram_office, 6) == ["другой"]
        for seconds in RETRY_SECONDS:
            assert said(telegram_office) == []
            clock.now += timedelta(seconds=seconds)
            assert take_due(telegram_office) == 0
        assert take_due(telegram_office) == 1
    assert said(telegram_office) == ["дальше"]
    assert counts(telegram_office) == {WAITING: 0, STUCK: 1}


def test_files_that_do_not_come_keep_only_their_clients_waiting(
    telegram_office: Office, telegram: TelegramDouble
) -> None:
    office = replace(telegram_office, clock=now_utc)
    telegram.contents["P1"] = ("file_1.png", PNG)
    telegram.always = always("hang")
    photos = range(100, 130)
    tell(office, *(update(chat, photo=PHOTO) for chat in photos), update(5, text="меню"))
    working = Reception(office)
    working.start()
    wait_until(lambda: said(office) == ["меню"], "the others are served")
    assert ours(office)
    assert len(telegram.asked) <= reception.FETCHING_HANDS
    telegram.let_go()
    working.stop()


def test_a_reception_that_stops_leaves_the_rest_to_the_next(thinking: Office, thinker: Thinker, tmp_path: Path) -> None:
    tell(thinking, *(update(chat, text="меню") for chat in range(60, 60 + 4 * reception.HANDS)))
    assert thinker.asked.wait(20)
    thinker.go_on.set()
    second = Reception(thinking)
    second.start()
    second.stop()
    third = Reception(thinking)
    third.start()
    wait_until(lambda: counts(thinking)[WAITING] == 0, "all of it is read")
    third.stop()
    assert all(said(thinking, chat) == ["меню"] for chat in range(60, 60 + 4 * reception.HANDS))
