"""VK against its double: what comes, what goes, what fails and what that means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.channels import connect
from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    Ignored,
    OutFile,
    ReachChanged,
    RemoteFile,
    RetryLater,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.vk import VkChannel
from service.domain.messages import Button, DeliveryState, InboundMessage
from tests.doubles.platform import always
from tests.doubles.vk import CONFIRMATION, GROUP, SECRET, TOKEN, VkDouble, refused
from tests.service.channels.contract import NOW, Captured, Case, ConnectorContract

SETTINGS = {"token": TOKEN, "group_id": GROUP, "secret": SECRET, "confirmation": CONFIRMATION}
CLIENT_INFO = {"button_actions": ["text", "open_link"], "keyboard": True, "inline_keyboard": True, "lang_id": 0}
PHOTO = {"type": "photo", "photo": {"id": 1, "owner_id": 100, "sizes": [
    {"type": "s", "url": "https://sun9-1.userapi.com/s.jpg", "width": 75, "height": 50},
    {"type": "x", "url": "https://sun9-1.userapi.com/x.jpg", "width": 604, "height": 400},
]}}  # fmt: skip
DOC = {"type": "doc", "doc": {
    "id": 2, "owner_id": 100, "title": "чек.pdf", "size": 4200, "ext": "pdf", "url": "https://vk.com/doc100_2?hash=a",
}}  # fmt: skip


def signed(body: dict[str, Any], secret: str | None = SECRET) -> WebhookRequest:
    """A notification as VK sends it."""
    whole = {"group_id": int(GROUP), "event_id": "ab", "v": "5.199"} | body | ({"secret": secret} if secret else {})
    return WebhookRequest("POST", {}, {}, json.dumps(whole, ensure_ascii=False).encode())


def message(event_id: str, **what: Any) -> dict[str, Any]:
    """A message of a client."""
    said = {
        "id": 12, "date": 1763740800, "peer_id": 100, "from_id": 100, "text": "привет", "out": 0, "version": 10000001,
        "conversation_message_id": 7, "attachments": [], "fwd_messages": [], "important": False, "is_hidden": False,
    }  # fmt: skip
    return {
        "type": "message_new", "event_id": event_id, "object": {"message": said | what, "client_info": CLIENT_INFO},
    }  # fmt: skip


def came(event_id: str, text: str, button: str | None = None) -> InboundMessage:
    """What a message of the client means."""
    return InboundMessage("vk", f"{GROUP}/{event_id}", "100", text, button, "ru")


class TestVk(ConnectorContract):
    """The contract against the double."""

    KIND = VkChannel
    RECIPIENT = "100"
    SETTINGS = SETTINGS
    CASES = (
        Case("does not let us write", always(refused(901)), Undeliverable),
        Case("too long", always(refused(914)), Undeliverable),
        Case("unknown token", always(refused(5, f"invalid access_token {TOKEN}")), AccountBroken),
        Case("the community's token has no rights", always(refused(15)), AccountBroken),
        Case("too many a second", always(refused(6)), RetryLater, 1.0),
        Case("flood", always(refused(9)), RetryLater, 60.0),
        Case("a fault of its own", always(refused(10)), RetryLater),
    )

    @pytest.fixture
    def double(self) -> Iterator[VkDouble]:
        """The API."""
        with VkDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """Text, press, «Начать», files; our own words and group chats mean nothing to us."""
        return [
            Captured(signed(message("e1")), came("e1", "привет")),
            Captured(
                signed(message("e2", text="Да, помогло", payload='{"b":"feedback:yes"}')),
                came("e2", "Да, помогло", "feedback:yes"),
            ),
            Captured(signed(message("e3", text="Начать", payload='{"command":"start"}')), came("e3", "/start")),
            Captured(
                signed(message("e4", text="", attachments=[PHOTO, DOC])), came("e4", ""),
                ("https://sun9-1.userapi.com/x.jpg", "https://vk.com/doc100_2?hash=a"),
            ),
            Captured(signed(message("e5", from_id=-int(GROUP), out=1))),
            Captured(signed(message("e6", peer_id=2000000001))),
            Captured(signed({"type": "message_reply", "object": {"id": 13}})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Without the secret, with another one, of another community, no JSON, by GET."""
        right = signed(message("e1"))
        return [
            signed(message("e1"), None),
            signed(message("e1"), "another"),
            signed(message("e1") | {"group_id": 1}),
            WebhookRequest("POST", {}, {}, b"{"),
            WebhookRequest("GET", {}, {}, right.body),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What VK never sends."""
        return [
            signed({"type": "message_new", "object": {"Иван": 1}}),
            signed(message("e1", text=["Иван"])),
            signed(message("", text="Иван")),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The texts of messages.send."""
        return [each["message"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[VkDouble]:
    """The API."""
    with VkDouble() as running:
        yield running


@pytest.fixture
def channel(double: VkDouble) -> VkChannel:
    """A community."""
    return VkChannel(SETTINGS | {"api_url": double.url})


def test_the_question_for_the_confirmation_word_is_answered_with_it(channel: VkChannel) -> None:
    asked = signed({"type": "confirmation"}, None)
    channel.verify(asked, NOW)
    assert channel.parse(asked).answer.body == CONFIRMATION
    with pytest.raises(SignatureRefused):
        channel.verify(signed({"type": "confirmation", "group_id": 1}, None), NOW)


def test_every_other_notification_is_answered_ok(channel: VkChannel) -> None:
    for body in (message("e1"), {"type": "wall_post_new", "object": {}}):
        assert channel.parse(signed(body)).answer.body == "ok"


def test_allowing_denying_and_reading_are_told(channel: VkChannel) -> None:
    def told(kind: str, **what: Any) -> Any:
        return channel.parse(signed({"type": kind, "object": what})).events

    assert told("message_allow", user_id=100, key="") == (ReachChanged("100", reachable=True),)
    assert told("message_deny", user_id=100) == (ReachChanged("100", reachable=False),)
    seen = DeliveryReported(DeliveryState.SEEN, platform_id="77", and_before=True)
    assert told("message_read", from_id=100, peer_id=100, read_message_id=77) == (seen,)


def test_a_payload_of_somebody_else_is_no_button_of_ours(channel: VkChannel) -> None:
    for payload in ("[]", "{", '{"b":1}', '"b"'):
        (event,) = channel.parse(signed(message("e1", payload=payload))).events
        assert event.message == came("e1", "привет")  # type: ignore[union-attr]


def test_a_sticker_alone_is_ignored(channel: VkChannel) -> None:
    sticker = {"type": "sticker", "sticker": {"sticker_id": 1}}
    (event,) = channel.parse(signed(message("e1", text="", attachments=[sticker]))).events
    assert isinstance(event, Ignored)


def test_ten_buttons_fit_into_six_rows_and_links_open(channel: VkChannel, double: VkDouble) -> None:
    buttons = [Button(f"Кнопка {n}", f"intent:{n}") for n in range(9)] + [Button("Сайт", url="https://bank.example")]
    channel.deliver(Delivery("100", "✉1/1", "Выберите", tuple(buttons)))
    rows = json.loads(double.sent[0]["keyboard"])["buttons"]
    assert len(rows) == 5
    assert rows[0][0]["action"] == {"type": "text", "label": "Кнопка 0", "payload": '{"b": "intent:0"}'}
    assert rows[4][1]["action"]["link"] == "https://bank.example"


@pytest.mark.parametrize(
    ("media_type", "attachment"), [("image/png", "photo-227000001_457_k"), ("application/pdf", "doc100_9")]
)
def test_files_are_uploaded_and_travel_with_the_words(
    channel: VkChannel, double: VkDouble, tmp_path: Path, media_type: str, attachment: str
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    channel.deliver(Delivery("100", "✉1/1", "Вот", (), (OutFile("справка.pdf", media_type, 7, path),)))
    (sent,) = double.sent
    assert (sent["attachment"], sent["message"]) == (attachment, "Вот")
    assert double.uploaded[0][1] == b"content"


def test_an_upload_that_fails_is_tried_again_with_the_whole_message(
    channel: VkChannel, double: VkDouble, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    double.faults = [always("accept_and_drop")]
    with pytest.raises(RetryLater):
        channel.deliver(Delivery("100", "✉1/1", "Вот", (), (OutFile("a.pdf", "application/pdf", 7, path),)))
    assert double.sent == []


def test_files_are_fetched_from_vk_only_also_where_it_sends_us_on(
    channel: VkChannel, double: VkDouble, tmp_path: Path
) -> None:
    name = channel.fetch(RemoteFile(f"{double.url}/doc100_2", "чек.pdf"), tmp_path / "file", 1000)
    assert (name, (tmp_path / "file").read_bytes()) == ("чек.pdf", b"%PDF-1.4 content")
    for elsewhere in (
        "http://169.254.169.254/", "https://userapi.com.evil.example/1", "http://sun9-1.userapi.com/1",
        "https://userapi.com@evil.example/", "file:///etc/passwd",
    ):  # fmt: skip
        with pytest.raises(Undeliverable):
            channel.fetch(RemoteFile(elsewhere, "x"), tmp_path / "file", 1000)


def test_typing_is_shown(channel: VkChannel, double: VkDouble) -> None:
    channel.show_typing("100")
    assert double.typing == ["100"]


def test_the_webhook_is_set_once_and_asks_for_what_we_read(channel: VkChannel, double: VkDouble) -> None:
    for _ in range(2):
        assert "Банк" in channel.set_webhook("https://bank.example/channels/v1/vk")
    (server,) = double.servers
    assert server["secret_key"] == SECRET
    assert double.news["message_new"] == "1"


def test_a_wrong_confirmation_word_is_told_with_the_right_one(double: VkDouble) -> None:
    channel = connect(VkChannel, SETTINGS | {"confirmation": "old", "api_url": double.url})
    with pytest.raises(AccountBroken, match=CONFIRMATION):
        channel.set_webhook("https://bank.example/channels/v1/vk")  # type: ignore[attr-defined]
