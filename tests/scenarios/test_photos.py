"""A picture where a code or a number is waited for: it is asked to be typed, and the wait goes on."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from service import filing
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.storage import conversations, messages
from service.worker import work_once
from tests.doubles.telegram import SECRET, TOKEN, TelegramDouble
from tests.scenarios.verifying import BALANCE, IRINA, Verifying, someone, verifying
from tests.scenarios.verifying import SECRET as ACCOUNT
from tests.service.channels.telegram_talk import take, update

__all__ = ["someone", "verifying"]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
PHOTO = [{"file_id": "P1", "file_unique_id": "p1", "width": 1, "height": 1, "file_size": len(PNG)}]


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramDouble]:
    """The Bot API, which the office will know."""
    with TelegramDouble() as running:
        for name, value in (
            ("TOKEN", TOKEN),
            ("MODE", "webhook"),
            ("WEBHOOK_SECRET", SECRET),
            ("API_URL", running.url),
        ):
            monkeypatch.setenv(f"OTKLIK_TELEGRAM_{name}", value)
        running.contents["P1"] = ("file_1.png", PNG)
        yield running


def show(verifying: Verifying, client: Any, caption: str = "") -> str:
    """The client sends a picture in the web chat; what comes back."""
    client.news()
    sent = filing.receive_from_client("code.png", io.BytesIO(PNG), "web", client.id, verifying.office)
    message = InboundMessage("web", uuid4().hex, client.id, caption, None, "ru", files=(sent.key,))
    assert handle_message(message, verifying.office).message.files[0].media_type == "image/png"
    client.pause()
    return said(client.news())


@pytest.mark.parametrize("caption", ["", "вот код"])
def test_a_picture_of_the_code_costs_no_try_and_the_typed_code_counts(
    verifying: Verifying, someone: Callable[..., Any], caption: str
) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    for _ in range(4):
        assert "Картинку я не прочитаю" in show(verifying, client, caption)
    client.ask(code)
    assert verifying.conversation(client).link is not None
    verifying.work()
    assert ACCOUNT in said(client.history()), "the question that started it is answered"


def test_a_code_below_the_picture_counts_and_is_not_kept(verifying: Verifying, someone: Callable[..., Any]) -> None:
    client = someone()
    client.ask(BALANCE)
    assert "Номер с картинки я не прочитаю" in show(verifying, client)
    assert "Если номер есть в банке" in show(verifying, client, IRINA)
    code = verifying.code()
    assert "Спасибо, это вы" in show(verifying, client, f"вот что пришло мне на почту, посмотрите: {code}")
    assert code not in said(client.history())


def test_a_photo_from_a_messenger_is_fetched_and_then_asked_to_be_typed(
    telegram: TelegramDouble, verifying: Verifying
) -> None:
    office = verifying.office

    def heard() -> str:
        with office.database.read() as connection:
            found = conversations.find(connection, "telegram", "5", office.kind_of("telegram"))
            return said(messages.timeline(connection, found.id or 0)) if found else ""

    for words in (BALANCE, IRINA):
        take(office, update(text=words))
        verifying.clock.move(seconds=5)
        work_once(office)
    code = verifying.code()
    take(office, update(photo=PHOTO))
    assert "Картинку я не прочитаю" in heard()
    take(office, update(text=code))
    assert "Спасибо, это вы" in heard()
    assert code not in heard()


def said(messages: Iterable[Any]) -> str:
    """Their texts."""
    return "\n".join(each.text for each in messages)
