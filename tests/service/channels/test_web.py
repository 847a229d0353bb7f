"""The web chat as a channel: nothing is pushed, the client's reading is the delivery."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service import desk, outbox
from service.channels.base import Channel
from service.channels.web import WebChannel
from service.model_shelf import Model
from service.office import Office
from service.storage.tables import OutboxRow, table
from service.typing_board import TypingBoard
from service.visits import mark_seen, read_visit
from tests.service.channels.contract import ChannelContract
from tests.service.small_office import OPERATOR, PIN, hire, small_office_in


class TestWebChannel(ChannelContract):
    """Our own chat."""

    @pytest.fixture
    def channel(self) -> Channel:
        """It needs no platform."""
        return WebChannel()


@pytest.fixture
def office(tmp_path: Path, clock: Any, model: Model) -> Iterator[Office]:
    """A small office."""
    with small_office_in(tmp_path, clock, model) as opened:
        yield opened


def states(client: Any) -> list[str]:
    """How far each message has come."""
    return [str(message.state) for message in client.history()]


def test_nothing_of_the_web_chat_goes_through_the_outbox(office: Office, client: Any) -> None:
    client.say("ПИН", button=PIN)
    with office.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(OutboxRow))).scalar_one() == 0
    assert outbox.deliver_due(office) == 0


def test_an_answer_is_sent_then_delivered_by_reading_then_seen(office: Office, client: Any) -> None:
    client.say("ПИН", button=PIN)
    first = [str(message.state) for message in read_visit(client.id, office).messages]
    assert first == ["seen", "sent"]
    assert states(client) == ["seen", "delivered"]
    mark_seen(client.id, 2, office)
    assert states(client) == ["seen", "seen"]


def test_seen_never_goes_back_nor_past_the_last_message(office: Office, client: Any) -> None:
    client.say("ПИН", button=PIN)
    mark_seen(client.id, 10**12, office)
    assert states(client)[1] == "seen"
    mark_seen(client.id, 1, office)
    assert states(client)[1] == "seen"
    client.say("ещё", button="intent:cash_withdrawal")
    assert states(client)[3] != "seen"


def test_marking_a_chat_that_has_not_begun_changes_nothing(office: Office) -> None:
    mark_seen("nobody", 5, office)
    visit = read_visit("nobody", office)
    assert (visit.messages, visit.state, visit.position, visit.bot_is_typing) == ([], "bot", None, False)


def test_a_clients_message_is_seen_when_the_operator_reads_it(office: Office, client: Any) -> None:
    anna, _ = hire(office, "anna")
    conversation_id = client.say("Оператор", button=OPERATOR).message.conversation_id
    desk.take(conversation_id, anna, office)
    client.say("вы тут?")
    assert states(client)[-1] == "delivered"
    boris, _ = hire(office, "boris")
    desk.read_conversation(conversation_id, boris, office)
    assert states(client)[-1] == "delivered", "another operator's look is not hers"
    desk.read_conversation(conversation_id, anna, office)
    assert states(client)[-1] == "seen"


def test_a_waiting_client_knows_their_place(office: Office, new_client: Callable[..., Any]) -> None:
    first, second, urgent = new_client(), new_client(), new_client()
    for client in (first, second):
        client.say("Оператор", button=OPERATOR)
        client.clock.move(minutes=1)
    assert [read_visit(client.id, office).position for client in (first, second)] == [1, 2]
    urgent.say("Карту украли", button="intent:card_lost_or_stolen")
    assert read_visit(urgent.id, office).position == 1
    first.say("отмена")
    assert [read_visit(client.id, office).position for client in (first, second)] == [None, 1]


def test_the_bot_is_typing_while_it_waits_for_more(client: Any, office: Office) -> None:
    client.say("у меня тут такой вопрос,")
    assert read_visit(client.id, office).bot_is_typing
    client.pause()
    assert not read_visit(client.id, office).bot_is_typing


def test_typing_is_forgotten_when_it_stops_and_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("service.typing_board.time.monotonic", lambda: now[0])
    board = TypingBoard()
    board.set(1, "client", True)
    assert board.is_typing(1, "client")
    assert not board.is_typing(1, "operator")
    assert not board.is_typing(2, "client")
    now[0] += 6.1
    assert not board.is_typing(1, "client")
    board.set(1, "client", True)
    board.set(1, "client", False)
    assert not board.is_typing(1, "client")
