"""Chatwoot: an agent bot in its inboxes. See chatwoot.md beside this file."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from service.channels.base import (
    AccountBroken,
    Delivery,
    Event,
    FateUnknown,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    Receipt,
    RemoteFile,
    RetryLater,
    Setting,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import field_of, id_of, json_object, must_be_fresh, must_be_signed, words_of
from service.channels.wire import Wire, json_of
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules
from service.domain.messages import InboundMessage

CONTACT = "contact-"
"""Before the number of a contact, so that it is never taken for that of a conversation."""
WITH_BOT, WITH_PEOPLE = "pending", "open"
"""The statuses of a conversation that the bot leads, and of one that Chatwoot's agents have."""
INCOMING = ("incoming", 0)
NO_CONVERSATION = "0"
"""Chatwoot numbers conversations from 1."""
ITEMS = ButtonRules(ButtonKind.QUICK_REPLY, most=10, title_length=20)
MOST_FILES = 15


class ChatwootChannel:
    """One agent bot of one account. Clients are Chatwoot's contacts; `thread` is the conversation they wrote in."""

    name = "chatwoot"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=10_000,  # 150,000 in Chatwoot itself, less in the platforms behind it
        caption_length=1000,
        files_at_once=1,
        buttons=ITEMS,
        per_second=20.0,
        chat_per_second=2.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("secret", secret=True),
        Setting("account_id"),
        Setting("handoff", default="otklik", choices=("otklik", "chatwoot")),
        Setting("buttons", default="items", choices=("items", "numbers")),
        Setting("files_host", required=False),
        Setting("api_url", required=False, default="https://app.chatwoot.com"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._secret = settings["secret"]
        self._account = settings["account_id"]
        self._passes_on = settings["handoff"] == "chatwoot"
        self._file_hosts = (settings["files_host"],) if settings["files_host"] else ()
        self._wire = Wire(settings["api_url"], headers={"api_access_token": settings["token"]})
        if settings["buttons"] == "numbers":
            self.rules = ChannelRules(
                text_length=10_000, caption_length=1000, files_at_once=1, per_second=20.0, chat_per_second=2.0
            )

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """HMAC-SHA256 of timestamp, full stop and body with the bot's secret; at most five minutes old."""
        if request.method != "POST":
            raise SignatureRefused("Chatwoot posts its events")
        timestamp = request.headers.get("x-chatwoot-timestamp", "")
        signed = timestamp.encode() + b"." + request.body
        must_be_signed(request.headers.get("x-chatwoot-signature"), self._secret, signed, "sha256=")
        must_be_fresh(timestamp, now)

    def parse(self, request: WebhookRequest) -> Inbound:
        """One event. What is not a client's, or is in a conversation that people have, is nobody's business here."""
        body = json_object(request.body)
        event = field_of(body, "event", str)
        if event not in ("message_created", "message_updated"):
            return Inbound((Ignored(event[:40] or "an empty event"),))
        if id_of(body, "account.id") != self._account:
            return Inbound((Ignored("an event of another account"),))
        if field_of(body, "conversation.status", str) != WITH_BOT:
            return Inbound((Ignored("a message in a conversation that the bot does not lead"),))
        return Inbound((self._pressed(body) if event == "message_updated" else self._message(body),))

    def _message(self, body: dict[str, Any]) -> Event:
        """A client's own words; those of agents, of bots (ours too) and private notes are none."""
        sender = body.get("sender")
        ours = isinstance(sender, dict) and sender.get("type") in ("agent_bot", "user")
        kind = body.get("message_type")
        if isinstance(kind, bool) or kind not in INCOMING or body.get("private") is True or ours:
            return Ignored("a message of ours, of an agent or of the system")
        text = body.get("content") or ""
        if not isinstance(text, str):
            raise Malformed("content: is no text")
        files = _files(body.get("attachments"))
        if not text.strip() and not files:
            return Ignored("a message without words or files")
        return MessageCame(self._inbound(body, id_of(body, "id"), text), files)

    def _pressed(self, body: dict[str, Any]) -> Event:
        """The website's chat tells of a chosen item by changing the message that offered it."""
        attributes = body.get("content_attributes")
        chosen = attributes.get("submitted_values") if isinstance(attributes, dict) else None
        first = chosen[0] if isinstance(chosen, list) and chosen else None
        button = words_of(first, "value")
        if body.get("content_type") != "input_select" or button is None:
            return Ignored("a change of a message")
        return MessageCame(
            self._inbound(body, f"{id_of(body, 'id')}/chosen", words_of(first, "title") or "", button)
        )  # fmt: skip

    def _inbound(self, body: dict[str, Any], external_id: str, text: str, button: str | None = None) -> InboundMessage:
        conversation = body["conversation"]
        contact = field_of(conversation, "meta.sender")
        more = conversation.get("additional_attributes")
        return InboundMessage(
            channel=self.name,
            external_id=external_id,
            client_external_id=CONTACT + id_of(contact, "id"),
            text=text,
            button=button,
            language_hint=(words_of(more, "browser_language") or "").partition("-")[0] or None,
            client_name=words_of(contact, "name"),
            thread=id_of(conversation, "id"),
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """A message of the bot; before it, where Chatwoot's agents serve those who wait, the conversation is theirs.

        In this order nothing is lost: to be opened twice means nothing to Chatwoot, to be told twice would.
        """
        conversation = delivery.thread or delivery.recipient
        if not conversation.isascii() or not conversation.isdigit():
            raise Undeliverable("it is not known in which conversation of Chatwoot this client is")
        passed_on = self._passes_on and delivery.waits
        if passed_on:
            self._ask(conversation, "toggle_status", {"status": WITH_PEOPLE})
        return Receipt(self._send(conversation, delivery), passed_on=passed_on)

    def _send(self, conversation: str, delivery: Delivery) -> str:
        path = self._path(conversation, "messages")
        fields: dict[str, Any] = {"content": delivery.text, "message_type": "outgoing"}
        if delivery.files:
            (file,) = delivery.files
            with file.path.open("rb") as content:
                sent = {"attachments[]": (file.name, content, file.media_type)}
                answer = self._judged(self._wire.send("POST", path, data=fields, files=sent, timeout_seconds=60))
        else:
            if delivery.buttons:
                items = [{"title": each.text, "value": each.payload or each.text} for each in delivery.buttons]
                fields |= {"content_type": "input_select", "content_attributes": {"items": items}}
            answer = self._judged(self._wire.send("POST", path, json=fields | {"private": False}))
        try:
            return id_of(answer, "id")
        except Malformed:
            raise FateUnknown("the answer names no message; it may have arrived") from None

    def check(self) -> str:
        """Whether the bot's token is taken. A bot may read nothing, so it asks for a conversation that is not there."""
        try:
            self._ask(NO_CONVERSATION, "toggle_status", {"status": WITH_BOT})
        except Undeliverable as answer:
            if not answer.unreachable:
                raise AccountBroken(str(answer)) from None
        return f"account {self._account}: the token of the bot is taken"

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get a file from Chatwoot, or from the one host named for files, where Chatwoot sends us on to it."""
        self._wire.must_be_at_home(file.reference, self._file_hosts)
        self._wire.download(file.reference, into, most_bytes, hosts=self._file_hosts)
        return file.name

    def _path(self, conversation: str, what: str) -> str:
        return f"/api/v1/accounts/{self._account}/conversations/{conversation}/{what}"

    def _ask(self, conversation: str, what: str, body: Mapping[str, Any]) -> None:
        try:
            self._judged(self._wire.send("POST", self._path(conversation, what), json=body))
        except FateUnknown as error:  # asked twice it means the same
            raise RetryLater(str(error).partition(";")[0], platform_away=True) from None

    def _judged(self, response: Any) -> dict[str, Any]:
        status = response.status_code
        if response.is_success:
            return json_of(response)
        said = f"HTTP {status}"
        if status in (401, 403):
            raise AccountBroken(f"Chatwoot does not take the bot's token for this account ({said})")
        raise Undeliverable(
            f"Chatwoot: there is no such conversation ({said})" if status == 404 else f"Chatwoot refused it ({said})",
            unreachable=status == 404,
        )


def _files(told: Any) -> tuple[RemoteFile, ...]:
    """Attachments that lie at Chatwoot; a place on the map or a contact has no file."""
    found = []
    for each in told[:MOST_FILES] if isinstance(told, list) else ():
        address = words_of(each, "data_url", 2000)
        if address is None:
            continue
        size = each.get("file_size")
        name = address.partition("?")[0].rpartition("/")[2] or "file"
        found.append(RemoteFile(address, name, size if isinstance(size, int) and not isinstance(size, bool) else None))
    return tuple(found)
