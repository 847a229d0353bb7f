"""Viber against its double: what comes, what goes, what fails and what that means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    ReachChanged,
    RemoteFile,
    RetryLater,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import hmac_sha256
from service.channels.viber import ViberChannel
from service.domain.messages import Button, DeliveryState, InboundMessage
from tests.doubles.platform import always
from tests.doubles.viber import TOKEN, ViberDouble, refused
from tests.service.channels.contract import Captured, Case, ConnectorContract

SETTINGS = {"token": TOKEN, "sender_name": "Банк"}
IVAN = {"id": "0123A=", "name": "Иван", "language": "ru", "country": "RU", "api_version": 10}
MESSAGE_TOKEN = 4912661846655238145


def signed(body: Any, token: str = TOKEN) -> WebhookRequest:
    """An event as Viber sends it."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return WebhookRequest("POST", {"x-viber-content-signature": hmac_sha256(token, content)}, {}, content)


def message(number: int, **what: Any) -> WebhookRequest:
    """A message of Ivan."""
    body = {
        "event": "message",
        "timestamp": 1763740800000,
        "chat_hostname": "SN",
        "message_token": MESSAGE_TOKEN + number,
    }
    return signed(body | {"sender": IVAN, "message": {"type": "text"} | what, "silent": False})


def came(number: int, text: str, button: str | None = None) -> InboundMessage:
    """What a message of Ivan means."""
    return InboundMessage("viber", str(MESSAGE_TOKEN + number), "0123A=", text, button, "ru", "Иван")


class TestViber(ConnectorContract):
    """The contract against the double."""

    KIND = ViberChannel
    RECIPIENT = "0123A="
    SETTINGS = SETTINGS
    CASES = (
        Case("not subscribed", always(refused(6, "receiverNotSubscribed")), Undeliverable),
        Case("bad data", always(refused(3, "badData")), Undeliverable),
        Case("a wrong token", always(refused(2, f"invalidAuthToken {TOKEN}")), AccountBroken),
        Case("no webhook", always(refused(10, "webhookNotSet")), AccountBroken),
        Case("too many", always(refused(12, "tooManyRequests")), RetryLater),
    )

    @pytest.fixture
    def double(self) -> Iterator[ViberDouble]:
        """The API."""
        with ViberDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """Text, press, picture, contact; a sticker and the question for the webhook mean nothing to us."""
        contact = {"name": "Я", "phone_number": "+79161234567"}
        return [
            Captured(message(1, text="привет", tracking_data="t"), came(1, "привет")),
            Captured(message(2, text="otklik/feedback:yes"), came(2, "", "feedback:yes")),
            Captured(
                message(3, type="picture", media="https://dl-media.viber.com/1.jpg", text="вот"), came(3, "вот"),
                ("https://dl-media.viber.com/1.jpg",),
            ),
            Captured(message(4, type="contact", contact=contact), came(4, "+79161234567")),
            Captured(message(5, type="sticker", sticker_id=46105)),
            Captured(signed({"event": "webhook", "timestamp": 1, "message_token": 1})),
            Captured(signed({"event": "conversation_started", "type": "open", "user": IVAN, "subscribed": False})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Unsigned, signed with another token, changed, by GET."""
        right = message(1, text="привет")
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(json.loads(right.body), "another"),
            WebhookRequest("POST", right.headers, {}, right.body + b" "),
            WebhookRequest("GET", right.headers, {}, right.body),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What Viber never sends."""
        return [
            signed({"event": "message", "message": "Иван"}),
            message(1, text=["Иван"]),
            signed({"event": "seen", "user_id": "Иван"}),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The texts of messages."""
        return [each["text"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[ViberDouble]:
    """The API."""
    with ViberDouble() as running:
        yield running


@pytest.fixture
def channel(double: ViberDouble) -> ViberChannel:
    """A bot."""
    return ViberChannel(SETTINGS | {"api_url": double.url})


def test_states_and_subscriptions_are_told(channel: ViberChannel) -> None:
    def told(event: str, **what: Any) -> Any:
        return channel.parse(signed({"event": event, "timestamp": 1, **what})).events

    seen = DeliveryReported(DeliveryState.SEEN, platform_id=str(MESSAGE_TOKEN))
    assert told("seen", message_token=MESSAGE_TOKEN, user_id="0123A=") == (seen,)
    failed = DeliveryReported(DeliveryState.FAILED, platform_id=str(MESSAGE_TOKEN), error="failure")
    assert told("failed", message_token=MESSAGE_TOKEN, user_id="0123A=", desc="failure") == (failed,)
    assert told("unsubscribed", user_id="0123A=", message_token=1) == (ReachChanged("0123A=", reachable=False),)
    assert told("subscribed", user=IVAN, message_token=1) == (ReachChanged("0123A=", reachable=True),)


def test_a_press_shows_nothing_to_the_client_and_comes_back(channel: ViberChannel, double: ViberDouble) -> None:
    buttons = (Button("Да", "feedback:yes"), Button("Сайт", url="https://bank.example"))
    channel.deliver(Delivery("0123A=", "✉1/1", "Помогло?", buttons))
    yes, site = double.sent[0]["keyboard"]["Buttons"]
    assert (yes["Silent"], site["ActionType"], site["ActionBody"]) == (True, "open-url", "https://bank.example")
    (event,) = channel.parse(message(1, text=yes["ActionBody"])).events
    assert event.message.button == "feedback:yes"  # type: ignore[union-attr]


def test_a_token_above_what_floats_can_hold_stays_exact(channel: ViberChannel, double: ViberDouble) -> None:
    receipt = channel.deliver(Delivery("0123A=", "✉1/1", "Здравствуйте"))
    assert receipt.platform_id == str(double.sent[0]["message_token"]) == "5741311803571721087"


def test_the_webhook_is_set_with_what_we_read(channel: ViberChannel, double: ViberDouble) -> None:
    assert "https://bank.example/channels/v1/viber" in channel.set_webhook("https://bank.example/channels/v1/viber")
    assert "seen" in double.webhook["event_types"]
    with pytest.raises(AccountBroken):
        channel.set_webhook("http://bank.example/channels/v1/viber")


def test_files_are_fetched_from_viber_only(channel: ViberChannel, double: ViberDouble, tmp_path: Path) -> None:
    assert channel.fetch(RemoteFile(f"{double.url}/media/1.jpg", "photo.jpg"), tmp_path / "file", 1000) == "photo.jpg"
    for elsewhere in ("https://viber.com.evil.example/1", "http://127.0.0.1:9/1"):
        with pytest.raises(Undeliverable):
            channel.fetch(RemoteFile(elsewhere, "x"), tmp_path / "file", 1000)
