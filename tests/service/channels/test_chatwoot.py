"""Chatwoot's agent bot against a double: its published events and signature, both ways of handing on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service import outbox, receiving
from service.channels import connect
from service.channels.base import (
    AccountBroken,
    Channel,
    Delivery,
    Ignored,
    MessageCame,
    OutFile,
    RemoteFile,
    Undeliverable,
    WebhookRequest,
)
from service.channels.chatwoot import ChatwootChannel
from service.channels.reading import hmac_sha256
from service.domain.conversations import ConversationState
from service.domain.messages import Button, InboundMessage
from service.model_shelf import Model
from service.policies.parting import part_message
from service.reception import take_due
from service.settings import Settings
from service.storage import conversations, messages
from tests.doubles.chatwoot import ACCOUNT, SECRET, TOKEN, ChatwootDouble
from tests.doubles.platform import Answered, always
from tests.service.channels.contract import BUTTONS, NOW, Captured, Case, ConnectorContract
from tests.service.conftest import Clock
from tests.service.databases import sqlite_url
from tests.service.small_office import OPERATOR, open_small_office

CONTACT = {"id": 41, "name": "Иван", "email": None, "type": "contact"}
OFFERED = {"items": [{"title": "Да", "value": "feedback:yes"}], "submitted_values": [
    {"title": "Да", "value": "feedback:yes"}
]}  # fmt: skip
FILE = "https://chat.bank.example/rails/active_storage/blobs/redirect/eyJf--1/chek.pdf"


def event(number: int = 501, **changes: Any) -> dict[str, Any]:
    """A message_created as Chatwoot publishes it."""
    return {
        "event": "message_created", "id": number, "content": "не проходит оплата", "content_type": "text",
        "content_attributes": {}, "created_at": "2026-11-20T12:00:00.000Z", "message_type": "incoming",
        "private": False, "source_id": None, "sender": CONTACT, "account": {"id": 3, "name": "Банк"},
        "inbox": {"id": 5, "name": "Сайт"}, "conversation": conversation(),
    } | changes  # fmt: skip


def conversation(status: str = "pending") -> dict[str, Any]:
    """The conversation inside an event."""
    return {
        "id": 57, "status": status, "channel": "Channel::WebWidget", "can_reply": True, "inbox_id": 5,
        "additional_attributes": {"browser_language": "ru-RU"},
        "contact_inbox": {"id": 9, "contact_id": 41, "inbox_id": 5, "source_id": "f4c1"},
        "meta": {"sender": CONTACT | {"thumbnail": ""}, "assignee": None},
    }  # fmt: skip


def signed(body: Any, secret: str = SECRET, at: float = NOW.timestamp()) -> WebhookRequest:
    """A request as Chatwoot 4.13 signs it."""
    content = json.dumps(body, ensure_ascii=False).encode()
    stamp = str(int(at))
    headers = {
        "x-chatwoot-timestamp": stamp, "x-chatwoot-delivery": "5f0a",
        "x-chatwoot-signature": "sha256=" + hmac_sha256(secret, stamp.encode() + b"." + content),
    }  # fmt: skip
    return WebhookRequest("POST", headers, {}, content)


def came(external_id: str, text: str, button: str | None = None) -> InboundMessage:
    """What the events above mean."""
    return InboundMessage("chatwoot", external_id, "contact-41", text, button, "ru", "Иван", thread="57")


class TestChatwoot(ConnectorContract):
    """The contract against the double."""

    KIND = ChatwootChannel
    SETTINGS = {  # noqa: RUF012
        "token": TOKEN, "secret": SECRET, "account_id": ACCOUNT, "handoff": "otklik", "buttons": "items",
        "files_host": "",
    }  # fmt: skip
    RECIPIENT = "57"
    CASES = (
        Case("does not know the token", always(Answered({"error": "Invalid Access Token"}, 401)), AccountBroken),
        Case("there is no such conversation", always(Answered({"error": "not found"}, 404)), Undeliverable),
        Case("refuses the message", always(Answered({"error": "too long"}, 422)), Undeliverable),
    )

    @pytest.fixture
    def double(self) -> Iterator[ChatwootDouble]:
        """Chatwoot."""
        with ChatwootDouble() as running:
            yield running

    def captured(self) -> list[Captured]:
        """Words, a file, a chosen item; ours, a note, people's, another account's and other events to ignore."""
        attached = [
            {"id": 1, "file_type": "file", "data_url": FILE, "file_size": 4200},
            {"id": 2, "file_type": "location", "coordinates_lat": 1.0},
        ]
        bot = {"id": 2, "name": "Otklik", "type": "agent_bot"}
        return [
            Captured(signed(event()), came("501", "не проходит оплата")),
            Captured(signed(event(502, content=None, attachments=attached)), came("502", ""), (FILE,)),
            Captured(
                signed(event(503, event="message_updated", message_type="outgoing", sender=bot,
                             content_type="input_select", content_attributes=OFFERED)),
                came("503/chosen", "Да", "feedback:yes"),
            ),
            Captured(signed(event(504, message_type="outgoing", sender=bot))),
            Captured(signed(event(505, private=True, sender={"id": 1, "type": "user"}, message_type="outgoing"))),
            Captured(signed(event(506, conversation=conversation("open")))),
            Captured(signed(event(507, account={"id": 4}))),
            Captured(signed(event(508, event="message_updated"))),
            Captured(signed({"event": "webwidget_triggered", "id": 1})),
        ]  # fmt: skip

    def refused(self) -> list[WebhookRequest]:
        """Unsigned, signed with another secret, changed, and an old one sent again."""
        right = signed(event())
        return [
            WebhookRequest("POST", {}, {}, right.body),
            signed(event(), "another"),
            WebhookRequest("POST", right.headers, {}, right.body + b" "),
            WebhookRequest("GET", right.headers, {}, right.body),
            signed(event(), at=(NOW - timedelta(minutes=6)).timestamp()),
        ]

    def malformed(self) -> list[WebhookRequest]:
        """What is none of Chatwoot's format."""
        nobody = conversation() | {"meta": {"sender": {"name": "Иван"}}}
        return [
            signed({"id": 1, "content": "Иван"}), signed(event(conversation=None)), signed(event(content=["Иван"])),
            signed(event(conversation=nobody)), signed(event(account={})), signed(event() | {"id": "x" * 201}),
        ]  # fmt: skip

    def texts_sent(self, double: Any) -> list[str]:
        """The texts it took."""
        return [each["content"] for each in double.sent]


@pytest.fixture
def double() -> Iterator[ChatwootDouble]:
    """Chatwoot."""
    with ChatwootDouble() as running:
        yield running


def connected(double: ChatwootDouble, **changes: str) -> Any:
    """The channel with some settings changed."""
    return connect(ChatwootChannel, TestChatwoot.SETTINGS | {"api_url": double.url} | changes)


def test_whoever_is_not_the_client_is_never_answered(double: ChatwootDouble) -> None:
    """The loop: our own messages come back as events, as do those of agents, of the system and private notes."""
    for kind in ("outgoing", "activity", "template", 1, 2, 3, None, True):
        (found,) = connected(double).parse(signed(event(message_type=kind))).events
        assert isinstance(found, Ignored), kind
    for changes in ({"private": True}, {"sender": {"id": 2, "type": "agent_bot"}}, {"sender": {"type": "user"}}):
        assert isinstance(connected(double).parse(signed(event(**changes))).events[0], Ignored)
    assert isinstance(connected(double).parse(signed(event(message_type=0))).events[0], MessageCame)


def test_buttons_are_items_of_a_choice_or_a_numbered_list(double: ChatwootDouble) -> None:
    channel: Channel = connected(double)
    (part,) = part_message("Это помогло?", BUTTONS, (), channel.rules, "")
    channel.deliver(Delivery("contact-41", "✉1/1", part.text, part.buttons, thread="57"))
    sent = double.sent[-1]
    assert sent["content"] == "Это помогло?\nСайт: https://bank.example"
    assert (sent["content_type"], sent["private"]) == ("input_select", False)
    assert sent["content_attributes"] == {"items": [{"title": "Да, помогло", "value": "feedback:yes"}]}
    plain = connected(double, buttons="numbers")
    (part,) = part_message("Это помогло?", (Button("Да", "yes"), Button("Нет", "no")), (), plain.rules, "Цифрой.")
    assert (part.text, part.buttons) == ("Это помогло?\n\n1. Да\n2. Нет\n\nЦифрой.", ())


def test_files_go_and_come_from_known_hosts_only(double: ChatwootDouble, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    file = OutFile("справка.pdf", "application/pdf", 7, path)
    connected(double).deliver(Delivery("contact-41", "✉1/2", "Вот", (), (file,), thread="57"))
    assert (double.sent[-1]["content"], double.files) == ("Вот", [b"content"])
    here = RemoteFile(f"{double.url}/rails/1/photo.jpg", "photo.jpg")
    assert connected(double).fetch(here, tmp_path / "file", 1000) == "photo.jpg"
    for elsewhere in ("http://169.254.169.254/latest", "https://files.bank.example.evil.example/1"):
        with pytest.raises(Undeliverable):
            connected(double, files_host="files.bank.example").fetch(RemoteFile(elsewhere, "x"), tmp_path / "f", 10)


def test_a_contact_is_never_taken_for_a_conversation(double: ChatwootDouble) -> None:
    with pytest.raises(Undeliverable, match="in which conversation"):
        connected(double).deliver(Delivery("contact-41", "✉1/1", "Здравствуйте"))
    assert double.sent == []


def test_a_wrong_token_or_account_is_said_when_it_is_checked(double: ChatwootDouble) -> None:
    assert "account 3" in connected(double).check()
    for changes in ({"token": "wrong"}, {"account_id": "4"}):
        with pytest.raises(AccountBroken):
            connected(double, **changes).check()


@pytest.mark.parametrize("handoff", ["otklik", "chatwoot"])
def test_who_asks_for_a_person_waits_here_or_is_passed_on_to_chatwoots_agents(
    handoff: str, double: ChatwootDouble, tmp_path: Path, clock: Clock, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TestChatwoot.SETTINGS | {"api_url": double.url, "handoff": handoff}
    for name, value in settings.items():
        monkeypatch.setenv(f"OTKLIK_CHATWOOT_{name.upper()}", value)
    office = open_small_office(
        Settings(var_dir=tmp_path, database_url=sqlite_url(tmp_path), log_level="WARNING", burst_seconds=0),
        clock, model,
    )  # fmt: skip
    try:
        pressed = {"items": [], "submitted_values": [{"title": "Позвать", "value": OPERATOR}]}
        asked = event(600, event="message_updated", content_type="input_select", content_attributes=pressed)
        for _ in range(2):  # Chatwoot sends it again when it did not hear us
            receiving.take("chatwoot", signed(asked, at=clock.now.timestamp()), office)
        assert take_due(office) == 1
        outbox.deliver_due(office)
        with office.database.read() as connection:
            found = conversations.find(connection, "chatwoot", "contact-41", office.kind_of("chatwoot"))
            assert found is not None
            timeline = messages.timeline(connection, found.id or 0)
        assert [each["conversation_id"] for each in double.sent] == [57] * len(double.sent)
        assert len(double.sent) == len(timeline) - 1 > 0
        if handoff == "otklik":
            assert (found.state, double.statuses) == (ConversationState.QUEUED, {})
            return
        assert (found.state, double.statuses) == (ConversationState.CLOSED, {"57": "open"})
        later = event(601, conversation=conversation("open"))
        receiving.take("chatwoot", signed(later, at=clock.now.timestamp()), office)
        receiving.take("chatwoot", signed(event(602), at=clock.now.timestamp()), office)  # an agent gave it back
        assert take_due(office) == 1
        with office.database.read() as connection:
            assert [each.external_id for each in messages.timeline(connection, found.id or 0)].count("601") == 0
            after = conversations.find(connection, "chatwoot", "contact-41", office.kind_of("chatwoot"))
        assert after is not None
        assert after.state is not ConversationState.CLOSED
    finally:
        office.close()
