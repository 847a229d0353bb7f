"""Telegram against its double: what comes, what goes, what fails and what that means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.channels import connect
from service.channels.base import (
    AccountBroken,
    Channel,
    Delivery,
    MessageCame,
    OutFile,
    ReachChanged,
    RecipientMoved,
    RetryLater,
    Undeliverable,
    WebhookRequest,
)
from service.channels.telegram import TelegramChannel
from service.domain.messages import Button, InboundMessage
from tests.doubles.platform import always
from tests.doubles.telegram import SECRET, TOKEN, TelegramDouble, refused
from tests.service.channels.contract import Captured, Case, ConnectorContract

IVAN = {"id": 5, "is_bot": False, "first_name": "Иван", "last_name": "Петров", "language_code": "ru"}
CHAT = {"id": 5, "type": "private", "first_name": "Иван"}
KEYBOARD = {"inline_keyboard": [[{"text": "Да, помогло", "callback_data": "feedback:yes"}]]}


def signed(update: Any, secret: str = SECRET) -> WebhookRequest:
    """An update as Telegram sends it."""
    body = json.dumps(update, ensure_ascii=False).encode()
    return WebhookRequest("POST", {"x-telegram-bot-api-secret-token": secret}, {}, body)


def update(number: int, **what: Any) -> dict[str, Any]:
    """An update of a private chat with Ivan."""
    return {"update_id": number, **what}


def message(number: int, **what: Any) -> dict[str, Any]:
    """A message of Ivan."""
    said = {"message_id": 3, "date": 1763740800, "chat": CHAT, "from": IVAN}
    return update(number, message=said | what)


def came(number: int, text: str, button: str | None = None) -> InboundMessage:
    """What a message of Ivan means."""
    return InboundMessage("telegram", f"7000000001/{number}", "5", text, button, "ru", "Иван Петров")


PRESS = update(11, callback_query={
    "id": "77", "from": IVAN, "chat_instance": "1", "data": "feedback:yes",
    "message": {"message_id": 4, "date": 1763740800, "chat": CHAT, "text": "Это помогло?", "reply_markup": KEYBOARD},
})  # fmt: skip
DOCUMENT = {"file_id": "F1", "file_unique_id": "f1", "file_name": "справка.pdf", "file_size": 10}
PHOTOS = [{"file_id": f"P{n}", "file_unique_id": f"p{n}", "width": n, "height": n, "file_size": n} for n in (90, 800)]


class TestTelegram(ConnectorContract):
    """The contract against the double."""

    KIND = TelegramChannel
    RECIPIENT = "5"
    SETTINGS = {"token": TOKEN, "mode": "webhook", "webhook_secret": SECRET}  # noqa: RUF012
    CASES = (
        Case("blocked", always(refused(403, "Forbidden: bot was blocked by the user")), Undeliverable),
        Case("no such chat", always(refused(400, "Bad Request: chat not found")), Undeliverable),
        Case("unknown token", always(refused(401, "Unauthorized")), AccountBroken),
        Case("flood", always(refused(429, "Too Many Requests: retry after 35", retry_after=35)), RetryLater, 35.0),
        Case("moved", always(refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100)),
             RecipientMoved),
    )  # fmt: skip

    @pytest.fixture
    def double(self) -> Iterator[TelegramDouble]:
        """The Bot API."""
        with TelegramDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """Text, press, files, sticker; edits and groups mean nothing to us."""
        return [
            Captured(signed(message(7, text="привет")), came(7, "привет")),
            Captured(signed(message(8, text="/start promo")), came(8, "/start")),
            Captured(signed(PRESS), came(11, "Да, помогло", "feedback:yes")),
            Captured(signed(message(12, document=DOCUMENT, caption="вот")), came(12, "вот"), ("F1",)),
            Captured(signed(message(13, photo=PHOTOS)), came(13, ""), ("P800",)),
            Captured(signed(message(14, sticker={"file_id": "S", "emoji": "😭"})), came(14, "😭")),
            Captured(signed(update(15, edited_message={"message_id": 3, "chat": CHAT, "date": 1}))),
            Captured(signed(update(16, message={"message_id": 3, "chat": {"id": -1, "type": "group"}, "date": 1}))),
        ]

    def refused(self) -> list[WebhookRequest]:
        """Without the secret, with another one, by GET."""
        right = signed(message(7, text="привет"))
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(message(7, text="привет"), "another"),
            signed(message(7, text="привет"), ""),
            WebhookRequest("GET", right.headers, {}, right.body),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What Telegram never sends."""
        return [
            signed({"message": {"text": "Иван"}}),
            signed(message(7, chat="Иван", text="x")),
            signed(message(7, text={"Иван": 1})),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The texts of sendMessage."""
        return [each["text"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    """The Bot API."""
    with TelegramDouble() as running:
        yield running


@pytest.fixture
def channel(double: TelegramDouble) -> Channel:
    """A bot that polls."""
    return connect(TelegramChannel, {"token": TOKEN, "webhook_secret": SECRET, "api_url": double.url})


def test_blocking_and_unblocking_are_told(channel: TelegramChannel) -> None:
    def member(number: int, status: str) -> WebhookRequest:
        change = {"chat": CHAT, "from": IVAN, "date": 1, "new_chat_member": {"user": {"id": 7}, "status": status}}
        return signed(update(number, my_chat_member=change))

    assert channel.parse(member(1, "kicked")).events == (ReachChanged("5", reachable=False),)
    assert channel.parse(member(2, "member")).events == (ReachChanged("5", reachable=True),)


def test_a_press_is_acknowledged_by_its_own_id(channel: TelegramChannel, double: TelegramDouble) -> None:
    (event,) = channel.parse(signed(PRESS)).events
    assert isinstance(event, MessageCame)
    assert event.acknowledge == "77"
    channel.acknowledge("77")
    assert double.pressed == ["77"]


def test_parts_of_an_album_name_it(channel: TelegramChannel) -> None:
    (event,) = channel.parse(signed(message(7, photo=PHOTOS, media_group_id="G"))).events
    assert isinstance(event, MessageCame)
    assert event.album == "G"


def test_buttons_are_an_inline_keyboard(channel: TelegramChannel, double: TelegramDouble) -> None:
    buttons = (Button("Да", "feedback:yes"), Button("Сайт", url="https://bank.example"))
    channel.deliver(Delivery("5", "1/1", "Помогло?", buttons))
    assert double.sent[0]["reply_markup"]["inline_keyboard"] == [
        [{"text": "Да", "callback_data": "feedback:yes"}],
        [{"text": "Сайт", "url": "https://bank.example"}],
    ]


@pytest.mark.parametrize(
    ("media_type", "what"), [("image/png", "photo"), ("application/pdf", "document"), ("image/webp", "document")]
)
def test_pictures_are_sent_as_photos_and_other_files_as_documents(
    channel: TelegramChannel, double: TelegramDouble, tmp_path: Path, media_type: str, what: str
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    channel.deliver(Delivery("5", "1/1", "Вот", (), (OutFile("справка.pdf", media_type, 7, path),)))
    (sent,) = double.sent
    assert sent[what][1] == b"content"
    assert sent["caption"] == "Вот"


def test_a_file_is_fetched_and_one_that_is_too_large_is_not(
    channel: TelegramChannel, double: TelegramDouble, tmp_path: Path
) -> None:
    from service.channels.base import RemoteFile

    double.contents["F1"] = ("file_1.jpg", b"x" * 100)
    name = channel.fetch(RemoteFile("F1", "photo-3"), tmp_path / "file", 1000)
    assert (name, (tmp_path / "file").read_bytes()) == ("photo-3.jpg", b"x" * 100)
    with pytest.raises(Undeliverable):
        channel.fetch(RemoteFile("F1", "photo-3"), tmp_path / "file", 99)
    with pytest.raises(Undeliverable):
        channel.fetch(RemoteFile("gone", "photo-3"), tmp_path / "file", 1000)


def test_polling_gives_everything_again_until_the_cursor_moves(
    channel: TelegramChannel, double: TelegramDouble
) -> None:
    double.updates = [message(number, text=str(number)) for number in (7, 8)]
    first = channel.poll(None, 0)
    assert [event.message.text for event in first.events if isinstance(event, MessageCame)] == ["7", "8"]
    assert channel.poll(None, 0) == first
    assert channel.poll(first.cursor, 0).events == ()
    assert double.updates == []


def test_a_broken_update_does_not_hold_up_those_behind_it(channel: TelegramChannel, double: TelegramDouble) -> None:
    double.updates = [update(7, message={"chat": 1}), message(8, text="жив")]
    news = channel.poll(None, 0)
    assert [type(event).__name__ for event in news.events] == ["Ignored", "MessageCame"]
    assert news.cursor == "9"


def test_another_program_that_polls_is_no_broken_account(channel: TelegramChannel, double: TelegramDouble) -> None:
    double.always = always(refused(409, "Conflict: terminated by other getUpdates request"))
    with pytest.raises((RetryLater, Undeliverable)) as told:
        channel.poll("7", 0)
    assert isinstance(told.value, RetryLater)


def test_a_webhook_is_set_with_the_secret(double: TelegramDouble) -> None:
    settings = {"token": TOKEN, "webhook_secret": SECRET, "mode": "webhook", "api_url": double.url}
    channel = connect(TelegramChannel, settings)
    assert isinstance(channel, TelegramChannel)
    assert "not set" in channel.check()
    assert "https://bank.example/channels/v1/telegram" in channel.set_webhook(
        "https://bank.example/channels/v1/telegram"
    )
    assert double.webhook["secret"] == SECRET
