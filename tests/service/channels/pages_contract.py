"""What Messenger and Instagram promise alike; their tests inherit it and say how their account is called."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from service.channels.base import (
    AccountBroken,
    Channel,
    Connector,
    Delivery,
    DeliveryReported,
    FetchesFiles,
    RemoteFile,
    RetryLater,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import hmac_sha256
from service.domain.messages import Author, Button, DeliveryState, InboundMessage
from tests.doubles.graph import APP_SECRET, TOKEN, VERIFY_TOKEN, GraphDouble, refused
from tests.doubles.platform import always
from tests.service.channels.contract import NOW, Captured, Case, ConnectorContract

SECRETS = {"token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
CLIENT = "24400320"


def signed(body: Any, secret: str = APP_SECRET) -> WebhookRequest:
    """News as Meta sends them."""
    content = json.dumps(body).encode()
    return WebhookRequest("POST", {"x-hub-signature-256": f"sha256={hmac_sha256(secret, content)}"}, {}, content)


class PagesContract(ConnectorContract):
    """`ACCOUNT` is the page or the account, `WANTED` what the news are called."""

    RECIPIENT = CLIENT
    ACCOUNT: ClassVar[str]
    WANTED: ClassVar[str]
    CASES = (
        Case("the window is over", always(refused(10, error_subcode=2018278)), Undeliverable),
        Case("does not take messages", always(refused(551)), Undeliverable),
        Case("no such client", always(refused(100, error_subcode=2018001)), Undeliverable),
        Case("the token has run out", always(refused(190, f"Error validating {TOKEN}", 401)), AccountBroken),
        Case("too many", always(refused(613)), RetryLater),
        Case("a fault of its own", always(refused(2, status=503)), RetryLater),
    )

    def news(self, **what: Any) -> WebhookRequest:
        """One event between the client and the account."""
        event = {"sender": {"id": CLIENT}, "recipient": {"id": self.ACCOUNT}, "timestamp": 1763740800000} | what
        return signed({"object": self.WANTED, "entry": [{"id": self.ACCOUNT, "time": 1, "messaging": [event]}]})

    def came(self, mid: str, text: str, button: str | None = None) -> InboundMessage:
        """What a message of the client means."""
        return InboundMessage(self.KIND.name, mid, CLIENT, text, button)

    def captured(self) -> list[Captured]:
        """Text, quick reply, postback, files; echoes and reactions mean nothing to us."""
        picture = {"type": "image", "payload": {"url": "https://scontent.fbcdn.net/1.jpg"}}
        place = {"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}}
        pressed = {"mid": "m2", "text": "Да", "quick_reply": {"payload": "feedback:yes"}}
        started = {"mid": "m4", "title": "Начать", "payload": "GET_STARTED"}
        postback = {"mid": "m3", "title": "Карты", "payload": "intent:cards"}
        return [
            Captured(self.news(message={"mid": "m1", "text": "привет"}), self.came("m1", "привет")),
            Captured(self.news(message=pressed), self.came("m2", "Да", "feedback:yes")),
            Captured(self.news(postback=postback), self.came("m3", "Карты", "intent:cards")),
            Captured(self.news(postback=started), self.came("m4", "/start")),
            Captured(
                self.news(message={"mid": "m5", "attachments": [picture]}), self.came("m5", ""),
                ("https://scontent.fbcdn.net/1.jpg",),
            ),
            Captured(self.news(message={"mid": "m6", "text": "Здравствуйте", "is_echo": True, "app_id": 1})),
            Captured(self.news(message={"mid": "m7", "attachments": [place]})),
            Captured(self.news(reaction={"mid": "m1", "action": "react"})),
            Captured(signed({"object": "user", "entry": []})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Unsigned, signed with another secret, changed; a question with another verify token."""
        right = self.news(message={"mid": "m1", "text": "привет"})
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(json.loads(right.body), "another"),
            WebhookRequest("POST", right.headers, {}, right.body + b" "),
            WebhookRequest("GET", {}, {"hub.mode": "subscribe", "hub.verify_token": "x", "hub.challenge": "1"}),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What Meta never sends."""
        return [
            signed({"object": self.WANTED, "entry": "Иван"}),
            self.news(message={"text": "Иван"}),
            self.news(message={"mid": "m1", "text": {"Иван": 1}}),
            self.news(read={"watermark": "Иван"}),
            self.news(read={"watermark": 10**30}),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The texts of messages."""
        return [each["message"]["text"] for each in double.sent]

    def test_the_question_for_the_verify_token_gets_its_challenge_back(self, connector: Connector) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
        asked = WebhookRequest("GET", {}, query)
        connector.verify(asked, NOW)
        assert connector.parse(asked).answer.body == "1158201444"
        with pytest.raises(SignatureRefused):
            connector.verify(WebhookRequest("GET", {}, query | {"hub.mode": "unsubscribe"}), NOW)

    def test_readings_are_told_up_to_a_moment_or_a_message(self, connector: Connector) -> None:
        until = datetime(2025, 11, 21, 16, 0, tzinfo=UTC)
        read = DeliveryReported(DeliveryState.SEEN, client_external_id=CLIENT, up_to=until)
        assert connector.parse(self.news(read={"watermark": 1763740800000})).events == (read,)
        one = DeliveryReported(DeliveryState.SEEN, platform_id="m_1", and_before=True)
        assert connector.parse(self.news(read={"mid": "m_1"})).events == (one,)

    def test_buttons_are_quick_replies(self, channel: Channel, double: GraphDouble) -> None:
        channel.deliver(Delivery(CLIENT, "✉1/1", "Помогло?", (Button("Да", "feedback:yes"),)))
        (sent,) = double.sent
        assert sent["message"]["quick_replies"] == [{"content_type": "text", "title": "Да", "payload": "feedback:yes"}]
        assert sent["messaging_type"] == "RESPONSE"

    def test_only_a_late_message_has_the_tag_of_a_person(self, channel: Channel, double: GraphDouble) -> None:
        channel.deliver(Delivery(CLIENT, "✉1/1", "Простите за ожидание", author=Author.OPERATOR, late=True))
        assert (double.sent[0]["messaging_type"], double.sent[0]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")

    def test_files_are_fetched_from_meta_only(self, channel: Channel, double: GraphDouble, tmp_path: Path) -> None:
        double.contents["1"] = b"picture"
        assert isinstance(channel, FetchesFiles)
        assert (
            channel.fetch(RemoteFile(f"{double.url}/v21.0/kept/1", "photo.jpg"), tmp_path / "file", 99) == "photo.jpg"
        )
        assert (tmp_path / "file").read_bytes() == b"picture"
        for elsewhere in ("http://169.254.169.254/", "https://fbcdn.net.evil.example/1", "file:///etc/passwd"):
            with pytest.raises(Undeliverable):
                channel.fetch(RemoteFile(elsewhere, "x"), tmp_path / "file", 1000)
