"""WhatsApp against a double of the Cloud API."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    OutFile,
    RemoteFile,
    RetryLater,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import hmac_sha256
from service.channels.whatsapp import WhatsappChannel, known_as
from service.domain.messages import Button, DeliveryState, InboundMessage
from tests.doubles.graph import APP_SECRET, TOKEN, VERIFY_TOKEN, refused
from tests.doubles.platform import always
from tests.doubles.whatsapp import NUMBER, WhatsappDouble
from tests.service.channels.contract import NOW, Captured, Case, ConnectorContract

SETTINGS = {"token": TOKEN, "phone_number_id": NUMBER, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
IVAN = {"profile": {"name": "Иван"}, "wa_id": "79161234567"}


def signed(body: Any, secret: str = APP_SECRET) -> WebhookRequest:
    """News as Meta sends them."""
    content = json.dumps(body).encode()  # Meta escapes letters before it signs
    return WebhookRequest("POST", {"x-hub-signature-256": f"sha256={hmac_sha256(secret, content)}"}, {}, content)


def news(number: str = NUMBER, **what: Any) -> dict[str, Any]:
    """News of a number."""
    about = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "7495", "phone_number_id": number}}
    change = {"field": "messages", "value": about | what}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def message(wamid: str, **what: Any) -> dict[str, Any]:
    """A message of Ivan."""
    said = {"from": "79161234567", "id": wamid, "timestamp": "1763740800"} | what
    return news(contacts=[IVAN], messages=[said])


def came(wamid: str, text: str, button: str | None = None) -> InboundMessage:
    """What a message of Ivan means."""
    return InboundMessage("whatsapp", known_as(wamid), "79161234567", text, button, None, "Иван")


def status(state: str, **more: Any) -> dict[str, Any]:
    """What became of a message of ours."""
    told = {"id": "wamid.7", "status": state, "timestamp": "1763740800", "recipient_id": "79161234567"}
    return news(statuses=[told | more])


class TestWhatsapp(ConnectorContract):
    """The contract against the double."""

    KIND = WhatsappChannel
    RECIPIENT = "79161234567"
    SETTINGS = SETTINGS
    CASES = (
        Case("the window is over", always(refused(131047, "Re-engagement message")), Undeliverable),
        Case("can't be reached", always(refused(131026)), Undeliverable),
        Case("the token has run out", always(refused(190, f"Error validating {TOKEN}", 401)), AccountBroken),
        Case("no permission", always(refused(200, status=403)), AccountBroken),
        Case("too many to this client", always(refused(131056)), RetryLater, 6.0),
        Case("too many", always(refused(130429)), RetryLater),
        Case("a fault of its own", always(refused(131000)), RetryLater),
    )

    @pytest.fixture
    def double(self) -> Iterator[WhatsappDouble]:
        """The API."""
        with WhatsappDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """Text, presses, files; reactions, other numbers and changes of the account mean nothing to us."""
        reply = {"type": "button_reply", "button_reply": {"id": "feedback:yes", "title": "Да, помогло"}}
        picture = {"id": "P1", "mime_type": "image/jpeg", "sha256": "x", "caption": "вот"}
        document = {"id": "D1", "mime_type": "application/pdf", "filename": "чек.pdf"}
        pressed = {"text": "Да", "payload": "feedback:yes"}
        return [
            Captured(signed(message("wamid.1", type="text", text={"body": "привет"})), came("wamid.1", "привет")),
            Captured(
                signed(message("wamid.2", type="interactive", interactive=reply)),
                came("wamid.2", "Да, помогло", "feedback:yes"),
            ),
            Captured(signed(message("wamid.3", type="image", image=picture)), came("wamid.3", "вот"), ("P1",)),
            Captured(signed(message("wamid.4", type="document", document=document)), came("wamid.4", ""), ("D1",)),
            Captured(
                signed(message("wamid.5", type="button", button=pressed)), came("wamid.5", "Да", "feedback:yes")
            ),
            Captured(signed(message("wamid.6", type="reaction", reaction={"emoji": "👍", "message_id": "wamid.0"}))),
            Captured(signed(news("1", messages=[{"from": "1", "id": "w", "type": "text", "text": {"body": "x"}}]))),
            Captured(signed({"object": "page", "entry": []})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Unsigned, signed with another secret, changed; a question with another verify token."""
        right = signed(message("wamid.1", type="text", text={"body": "привет"}))
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(json.loads(right.body), "another"),
            WebhookRequest("POST", right.headers, {}, right.body + b" "),
            WebhookRequest("GET", {}, {"hub.mode": "subscribe", "hub.verify_token": "x", "hub.challenge": "1"}),
            WebhookRequest("GET", right.headers, {}, right.body),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What Meta never sends."""
        return [
            signed({"object": "whatsapp_business_account", "entry": {"Иван": 1}}),
            signed(message("", type="text", text={"body": "Иван"})),
            signed(message("wamid.1", type="text", text={"body": ["Иван"]})),
        ]

    def texts_sent(self, double: Any) -> list[str]:
        """The bodies of text messages."""
        return [each["text"]["body"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[WhatsappDouble]:
    """The API."""
    with WhatsappDouble() as running:
        yield running


@pytest.fixture
def channel(double: WhatsappDouble) -> WhatsappChannel:
    """A number."""
    return WhatsappChannel(SETTINGS | {"api_url": double.url})


def test_the_question_for_the_verify_token_gets_its_challenge_back(channel: WhatsappChannel) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    asked = WebhookRequest("GET", {}, query)
    channel.verify(asked, NOW)
    assert channel.parse(asked).answer.body == "1158201444"
    with pytest.raises(SignatureRefused):
        channel.verify(WebhookRequest("GET", {}, query | {"hub.mode": "unsubscribe"}), NOW)


def test_states_are_told_with_the_reason_of_a_failure(channel: WhatsappChannel) -> None:
    def told(state: str, **more: Any) -> Any:
        return channel.parse(signed(status(state, **more))).events

    assert told("delivered") == (DeliveryReported(DeliveryState.DELIVERED, platform_id=known_as("wamid.7")),)
    assert told("read") == (DeliveryReported(DeliveryState.SEEN, platform_id=known_as("wamid.7")),)
    errors = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "no WhatsApp"}}]
    (failed,) = told("failed", errors=errors)
    assert failed.error == "error 131026: no WhatsApp"


def test_one_request_brings_many_events_in_order(channel: WhatsappChannel) -> None:
    said = [{"from": "7", "id": f"wamid.{n}", "type": "text", "text": {"body": str(n)}} for n in range(3)]
    events = channel.parse(signed(news(messages=said))).events
    assert [each.message.text for each in events] == ["0", "1", "2"]  # type: ignore[union-attr]


def test_who_hides_the_number_is_known_and_answered_by_the_other_id(
    channel: WhatsappChannel, double: WhatsappDouble
) -> None:
    said = {"from_user_id": "RU.abc", "id": "wamid.1", "type": "text", "text": {"body": "привет"}}
    contact = {"profile": {"name": "Иван"}, "user_id": "RU.abc"}
    (event,) = channel.parse(signed(news(contacts=[contact], messages=[said]))).events
    assert (event.message.client_external_id, event.message.client_name) == ("RU.abc", "Иван")  # type: ignore[union-attr]
    channel.deliver(Delivery("RU.abc", "✉1/1", "Здравствуйте"))
    assert double.sent[0]["recipient"] == "RU.abc"


def test_up_to_three_buttons_are_buttons(channel: WhatsappChannel, double: WhatsappDouble) -> None:
    channel.deliver(Delivery("7916", "✉1/1", "Помогло?", (Button("Да", "feedback:yes"), Button("Нет", "feedback:no"))))
    assert double.sent[0]["interactive"]["action"]["buttons"][1]["reply"] == {"id": "feedback:no", "title": "Нет"}


@pytest.mark.parametrize(("media_type", "kind"), [("image/png", "image"), ("application/pdf", "document")])
def test_files_are_uploaded_first(
    channel: WhatsappChannel, double: WhatsappDouble, tmp_path: Path, media_type: str, kind: str
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    channel.deliver(Delivery("7916", "✉1/1", "Вот", (), (OutFile("справка.pdf", media_type, 7, path),)))
    assert double.uploaded[0][1] == b"content"
    assert double.sent[0][kind]["id"] == "M1"
    assert double.sent[0][kind]["caption"] == "Вот"


def test_a_file_is_asked_for_and_fetched(channel: WhatsappChannel, double: WhatsappDouble, tmp_path: Path) -> None:
    double.contents["P1"] = b"picture"
    assert channel.fetch(RemoteFile("P1", "image.jpg"), tmp_path / "file", 1000) == "image.jpg"
    assert (tmp_path / "file").read_bytes() == b"picture"
    with pytest.raises(Undeliverable):
        channel.fetch(RemoteFile("gone", "image.jpg"), tmp_path / "file", 1000)
