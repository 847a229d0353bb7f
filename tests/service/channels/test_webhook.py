"""The generic webhook against a double of another system."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.channels import connect
from service.channels.base import (
    AccountBroken,
    Channel,
    Delivery,
    DeliveryReported,
    OutFile,
    ReachChanged,
    RemoteFile,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import hmac_sha256
from service.channels.webhook import WebhookChannel
from service.domain.messages import Author, Button, DeliveryState, InboundMessage
from tests.doubles.platform import Answered, always
from tests.doubles.webhook import SECRET, WebhookDouble
from tests.service.channels.contract import COMMON_CASES, NOW, Captured, Case, ConnectorContract

MESSAGE = {
    "type": "message", "id": "m-1", "client": {"id": "c-7", "name": "Иван", "language": "ru"}, "text": "привет",
    "thread": "room 5",
}  # fmt: skip


def signed(body: Any, secret: str = SECRET, at: float = NOW.timestamp()) -> WebhookRequest:
    """A request as the other system sends it."""
    content = json.dumps(body, ensure_ascii=False).encode()
    stamp = str(int(at))
    headers = {
        "x-otklik-timestamp": stamp,
        "x-otklik-signature": "sha256=" + hmac_sha256(secret, stamp.encode() + b"." + content),
    }
    return WebhookRequest("POST", headers, {}, content)


class TestWebhook(ConnectorContract):
    """The contract against the double."""

    KIND = WebhookChannel
    SETTINGS = {"secret": SECRET}  # noqa: RUF012
    ADDRESS = "url"
    COMMON = tuple(each for each in COMMON_CASES if "instead of JSON" not in each.what)  # any 2xx means taken
    CASES = (
        Case("refuses our signature", always(Answered(status=403)), AccountBroken),
        Case("refuses the message", always(Answered(status=422)), Undeliverable),
        Case("the client is gone", always(Answered(status=410)), Undeliverable),
    )

    @pytest.fixture
    def double(self) -> Iterator[WebhookDouble]:
        """The other system."""
        with WebhookDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """A message, a press, a file, an event of another type."""
        said = InboundMessage("webhook", "m-1", "c-7", "привет", None, "ru", "Иван", thread="room 5")
        pressed = InboundMessage("webhook", "m-2", "c-7", "", "feedback:yes")
        file = {"url": "https://files.example/1", "name": "чек.pdf", "size": 4200}
        with_file = InboundMessage("webhook", "m-3", "c-7", "вот")
        client = {"id": "c-7"}
        press = {"type": "message", "id": "m-2", "client": client, "button": "feedback:yes"}
        return [
            Captured(signed(MESSAGE), said),
            Captured(signed(press), pressed),
            Captured(
                signed({"type": "message", "id": "m-3", "client": client, "text": "вот", "files": [file]}),
                with_file, ("https://files.example/1",),
            ),
            Captured(signed({"type": "typing"})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Unsigned, signed with another secret, changed, and an old one sent again."""
        right = signed(MESSAGE)
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(MESSAGE, "another"),
            WebhookRequest("POST", right.headers, {}, right.body + b" "),
            signed(MESSAGE, at=(NOW - timedelta(minutes=6)).timestamp()),
            signed(MESSAGE, at=(NOW + timedelta(minutes=6)).timestamp()),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What is none of the format."""
        return [
            signed({"type": "message", "text": "Иван"}),
            signed(MESSAGE | {"id": "x" * 201}),
            signed({"events": [MESSAGE] * 101}),
            signed(MESSAGE | {"text": ""}),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The texts it took."""
        return [each["text"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[WebhookDouble]:
    """The other system."""
    with WebhookDouble() as running:
        yield running


@pytest.fixture
def channel(double: WebhookDouble) -> Channel:
    """Connected to the double."""
    return connect(WebhookChannel, {"secret": SECRET, "url": double.url})


def test_reports_and_blocking_are_told(channel: WebhookChannel) -> None:
    told = [
        {"type": "read", "key": "✉1/2"},
        {"type": "failed", "key": "✉1/3", "error": "no such room"},
        {"type": "blocked", "client": {"id": "c-7"}},
    ]
    assert channel.parse(signed({"events": told})).events == (
        DeliveryReported(DeliveryState.SEEN, key="✉1/2"),
        DeliveryReported(DeliveryState.FAILED, key="✉1/3", error="no such room"),
        ReachChanged("c-7", reachable=False),
    )


def test_everything_said_travels_with_the_message(
    channel: WebhookChannel, double: WebhookDouble, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    file = OutFile("справка.pdf", "application/pdf", 7, path)
    button = Button("Помогло", "feedback:yes")
    channel.deliver(Delivery("c-7", "✉1/2", "Вот", (button,), (file,), Author.OPERATOR, "room 5"))
    (sent,) = double.sent
    assert (sent["client"], sent["author"], sent["thread"]) == ({"id": "c-7"}, "operator", "room 5")
    assert sent["buttons"] == [{"text": "Помогло", "payload": "feedback:yes", "url": None}]
    assert double.files == [b"content"]


def test_files_are_fetched_from_the_known_host_only(
    channel: WebhookChannel, double: WebhookDouble, tmp_path: Path
) -> None:
    assert channel.fetch(RemoteFile(f"{double.url}/1", "чек.pdf"), tmp_path / "file", 1000) == "чек.pdf"
    for elsewhere in ("http://169.254.169.254/latest", "file:///etc/passwd", f"{double.url}@evil.example/1"):
        with pytest.raises(Undeliverable):
            channel.fetch(RemoteFile(elsewhere, "x"), tmp_path / "file", 1000)


def test_a_signature_with_a_strange_timestamp_is_refused(channel: WebhookChannel) -> None:
    right = signed(MESSAGE)
    for stamp in ("", "-1", "1e9", "٣", "9" * 400):
        with pytest.raises(SignatureRefused):
            channel.verify(WebhookRequest("POST", right.headers | {"x-otklik-timestamp": stamp}, {}, right.body), NOW)
