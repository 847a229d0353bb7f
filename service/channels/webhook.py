"""Any other system, by a signed webhook in both directions; the format is in webhook.md beside this file."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    Event,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    ReachChanged,
    Receipt,
    RemoteFile,
    Setting,
    Undeliverable,
    WebhookAnswer,
    WebhookRequest,
)
from service.channels.reading import (
    field_of,
    hmac_sha256,
    id_of,
    json_object,
    must_be_fresh,
    must_be_signed,
    words_of,
)
from service.channels.wire import Wire
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules
from service.domain.messages import DeliveryState, InboundMessage

STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.SEEN,
    "failed": DeliveryState.FAILED,
}
MOST_EVENTS = 100
FILE_BYTES = 5 * 2**20


class WebhookChannel:
    """A system that speaks our format: it posts events to us, we post messages to its `url`."""

    name = "webhook"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=10_000,
        caption_length=10_000,
        files_at_once=1,
        file_bytes=FILE_BYTES,
        buttons=ButtonRules(ButtonKind.QUICK_REPLY, most=20, title_length=60, links=True),
        per_second=50.0,
        chat_per_second=10.0,
        has_idempotency_key=True,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (Setting("secret", secret=True), Setting("url"))

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._secret = settings["secret"]
        self._wire = Wire(settings["url"])

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """HMAC-SHA256 over timestamp, full stop and body; the timestamp is at most five minutes off."""
        timestamp = request.headers.get("x-otklik-timestamp", "")
        signed = timestamp.encode() + b"." + request.body
        must_be_signed(request.headers.get("x-otklik-signature"), self._secret, signed, "sha256=")
        must_be_fresh(timestamp, now)

    def parse(self, request: WebhookRequest) -> Inbound:
        """One event, or several under `events`."""
        body = json_object(request.body)
        events = field_of(body, "events", list) if "events" in body else [body]
        if len(events) > MOST_EVENTS:
            raise Malformed(f"events: at most {MOST_EVENTS} come at once")
        return Inbound(
            tuple(self._event(each) for each in events), WebhookAnswer('{"ok":true}', media_type="application/json")
        )

    def _event(self, event: Any) -> Event:
        kind = field_of(event, "type", str)
        if kind == "message":
            return self._message(event)
        if kind in ("blocked", "unblocked"):
            return ReachChanged(id_of(event, "client.id"), reachable=kind == "unblocked")
        if kind in STATES:
            return DeliveryReported(STATES[kind], key=id_of(event, "key"), error=words_of(event, "error"))
        return Ignored("an event of another type")

    def _message(self, event: dict[str, Any]) -> MessageCame:
        files = event.get("files", [])
        if not isinstance(files, list):
            raise Malformed("files: is no list")
        found = tuple(
            RemoteFile(field_of(each, "url", str), words_of(each, "name") or "file", each.get("size")) for each in files
        )
        text = event.get("text", "")
        if not isinstance(text, str) or not (text or found or event.get("button")):
            raise Malformed("text: is missing or no text")
        return MessageCame(
            InboundMessage(
                channel=self.name,
                external_id=id_of(event, "id"),
                client_external_id=id_of(event, "client.id"),
                text=text,
                button=words_of(event, "button"),
                language_hint=words_of(event["client"], "language"),
                client_name=words_of(event["client"], "name"),
                thread=words_of(event, "thread"),
            ),
            found,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """One signed POST; any 2xx means taken, `Idempotency-Key` is the same at every attempt."""
        body: dict[str, Any] = {
            "type": "message",
            "key": delivery.key,
            "client": {"id": delivery.recipient},
            "author": delivery.author.value,
            "text": delivery.text,
            "buttons": [asdict(each) for each in delivery.buttons],
            "thread": delivery.thread,
            "files": [
                {
                    "name": file.name, "media_type": file.media_type, "size": file.size,
                    "content_base64": base64.b64encode(file.path.read_bytes()).decode(),
                }
                for file in delivery.files
            ],
        }  # fmt: skip
        self._post(body, delivery.key)
        return Receipt(delivery.key)

    def check(self) -> str:
        """Post an event of the type `ping`."""
        try:
            self._post({"type": "ping"}, f"ping-{time.time():.0f}")
        except Undeliverable as error:
            raise AccountBroken(str(error)) from None
        return "it answers"

    def _post(self, body: dict[str, Any], key: str) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        signature = hmac_sha256(self._secret, timestamp.encode() + b"." + content)
        headers = {
            "Content-Type": "application/json", "X-Otklik-Timestamp": timestamp,
            "X-Otklik-Signature": f"sha256={signature}", "Idempotency-Key": quote(key, safe="/"),
        }  # fmt: skip
        status = self._wire.send("POST", "", content=content, headers=headers).status_code
        if status in (401, 403):
            raise AccountBroken(f"the other system refuses our signature (HTTP {status})")
        if not 200 <= status < 300:
            raise Undeliverable(f"the other system refused it (HTTP {status})", unreachable=status == 410)

    def fetch(self, file: RemoteFile, into: Any, most_bytes: int) -> str:
        """Get the file from the address that came with the message; only from the host that we post to."""
        self._wire.must_be_at_home(file.reference)
        self._wire.download(file.reference, into, most_bytes)
        return file.name
