"""Messages to pages of Meta: what Messenger and Instagram have in common."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.channels.base import (
    Delivery,
    DeliveryReported,
    Event,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    Receipt,
    RemoteFile,
    WebhookRequest,
)
from service.channels.graph import Codes, Graph, answer_of, entries_of, named, optional_objects
from service.channels.reading import field_of, id_of, words_of
from service.domain.messages import DeliveryState, InboundMessage

CODES = Codes(
    later={1: 10.0, 2: 10.0, 4: 60.0, 17: 60.0, 32: 60.0, 613: 30.0},
    away=frozenset({1, 2, 4, 17, 32, 613}),
    broken=frozenset({3, 102, 190, 368}),
    unreachable=frozenset({200, 551, 2018001, 2018108}),
)
FILE_HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
FILES = {"image": "photo.jpg", "video": "video.mp4", "audio": "voice.mp4", "file": "file"}
STARTED = "GET_STARTED"
"""The payload that the platform's own button «Get started» has by custom."""


class Page:
    """One page or professional account: reads its news, writes for it. `wanted` is what news of it are about."""

    def __init__(self, channel: str, wanted: str, page: str, settings: Mapping[str, str]) -> None:
        self._channel = channel
        self._wanted = wanted
        self._page = page
        self._graph = Graph(
            settings["api_url"], settings["token"], settings["app_secret"], settings["verify_token"], CODES
        )

    def verify(self, request: WebhookRequest) -> None:
        """HMAC-SHA256 of the body with the app's secret; a GET has our verify token."""
        self._graph.verify(request)

    def parse(self, request: WebhookRequest) -> Inbound:
        """What happened in all entries about this page."""
        answer = answer_of(request)
        if answer is not None:
            return answer
        events: list[Event] = []
        for entry in entries_of(request, self._wanted):
            if id_of(entry, "id") == self._page:
                events += [self._event(each) for each in optional_objects(entry, "messaging")]
        return Inbound(tuple(events) or (Ignored("news about something else"),))

    def _event(self, told: dict[str, Any]) -> Event:
        if "message" in told:
            return self._message(told, field_of(told, "message"))
        if "postback" in told:
            return self._postback(told, field_of(told, "postback"))
        for kind, state in (("delivery", DeliveryState.DELIVERED), ("read", DeliveryState.SEEN)):
            if kind in told:
                return _reported(told, field_of(told, kind), state)
        return Ignored(next((key for key in told if key not in ("sender", "recipient", "timestamp")), "nothing")[:40])

    def _message(self, told: dict[str, Any], message: dict[str, Any]) -> Event:
        if message.get("is_echo") or message.get("is_deleted") or message.get("is_unsupported"):
            return Ignored("an echo of ours, or something taken back")
        text = message.get("text", "")
        if not isinstance(text, str):
            raise Malformed("message.text: is no text")
        attachments = optional_objects(message, "attachments")
        files = tuple(file for each in attachments if (file := _file(each)) is not None)
        if not text and not files:
            return Ignored("a message without words or files")
        payload = words_of(message.get("quick_reply"), "payload")
        return MessageCame(self._inbound(told, id_of(message, "mid"), text, payload), files)

    def _postback(self, told: dict[str, Any], postback: dict[str, Any]) -> Event:
        payload = words_of(postback, "payload")
        key = postback.get("mid")
        if not isinstance(key, str):
            key = f"{id_of(told, 'sender.id')}/{id_of(told, 'timestamp')}"
        elif not 0 < len(key) <= 200:
            raise Malformed("postback.mid: is no id")
        if payload == STARTED:
            return MessageCame(self._inbound(told, key, "/start", None))
        title = words_of(postback, "title") or ""
        return MessageCame(self._inbound(told, key, title, payload)) if title or payload else Ignored("an empty press")

    def _inbound(self, told: dict[str, Any], key: str, text: str, button: str | None) -> InboundMessage:
        return InboundMessage(
            channel=self._channel, external_id=key, client_external_id=id_of(told, "sender.id"), text=text,
            button=button,
        )  # fmt: skip

    def deliver(self, delivery: Delivery) -> Receipt:
        """A text with quick replies, or one file."""
        body: dict[str, Any] = {"recipient": {"id": delivery.recipient}, "messaging_type": "RESPONSE"}
        if delivery.late:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        if delivery.files:
            return self._send_file(body, delivery)
        message: dict[str, Any] = {"text": delivery.text}
        if delivery.buttons:
            message["quick_replies"] = [
                {"content_type": "text", "title": each.text, "payload": each.payload} for each in delivery.buttons
            ]
        return self._receipt(json=body | {"message": message})

    def _send_file(self, body: dict[str, Any], delivery: Delivery) -> Receipt:
        (file,) = delivery.files
        kind = "image" if file.media_type in ("image/png", "image/jpeg", "image/gif") else "file"
        message = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
        fields = {
            name: each if isinstance(each, str) else json.dumps(each)
            for name, each in (body | {"message": message}).items()
        }
        with file.path.open("rb") as content:
            return self._receipt(
                data=fields, files={"filedata": (file.name, content, file.media_type)}, timeout_seconds=60
            )  # fmt: skip

    def _receipt(self, **more: Any) -> Receipt:
        return Receipt(named(self._graph.send(f"{self._page}/messages", **more), "message_id"))

    def name_of(self, *fields: str) -> str:
        """What the platform calls the page."""
        told = self._graph.ask("GET", self._page, params={"fields": ",".join(fields)})
        return next((said for field in fields if (said := words_of(told, field))), "the page answers")

    def show_typing(self, recipient: str) -> None:
        """Shown for twenty seconds."""
        body = {"recipient": {"id": recipient}, "sender_action": "typing_on"}
        self._graph.ask("POST", f"{self._page}/messages", json=body)

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get the file from Meta's own hosts, and no others."""
        self._graph.wire.must_be_at_home(file.reference, FILE_HOSTS)
        self._graph.wire.download(file.reference, into, most_bytes, hosts=FILE_HOSTS)
        return file.name


def _reported(told: dict[str, Any], report: dict[str, Any], state: DeliveryState) -> Event:
    if isinstance(report.get("mid"), str):
        return DeliveryReported(state, platform_id=id_of(report, "mid"), and_before=True)
    watermark = field_of(report, "watermark", int)
    try:
        until = datetime.fromtimestamp(watermark / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed("watermark: is no moment") from None
    return DeliveryReported(state, client_external_id=id_of(told, "sender.id"), up_to=until)


def _file(attachment: dict[str, Any]) -> RemoteFile | None:
    """The file of an attachment; None for what is none (a place, a shared post)."""
    kind = words_of(attachment, "type") or ""
    address = words_of(attachment.get("payload"), "url", 4000)
    return RemoteFile(address, FILES[kind]) if kind in FILES and address else None
