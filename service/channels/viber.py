"""Viber: a bot, called by a webhook. See viber.md beside this file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    Event,
    FateUnknown,
    Ignored,
    Inbound,
    MessageCame,
    ReachChanged,
    Receipt,
    RemoteFile,
    RetryLater,
    Setting,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import field_of, id_of, json_object, must_be_signed, words_of
from service.channels.wire import Wire, json_of
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit
from service.domain.messages import Button, DeliveryState, InboundMessage

NEWS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
STATES = {"delivered": DeliveryState.DELIVERED, "seen": DeliveryState.SEEN, "failed": DeliveryState.FAILED}
FILES = {"picture": "photo.jpg", "video": "video.mp4", "file": "file"}
FILE_HOSTS = ("viber.com",)
PRESSED = "otklik/"
"""A pressed button comes as a message with this word before its payload."""
SILENT_VERSION = 6
"""The version of clients that press buttons without showing what is sent."""
BUSY, BUSY_SECONDS = 12, 5.0
BROKEN = (2, 7, 8, 9, 10, 15, 23, 24)
LOST = (5, 6)
LONGEST_NAME = 28


class ViberChannel:
    """One bot. Messages are told apart by their token; Viber fetches files itself, so ours can't be sent."""

    name = "viber"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = False
    rules = ChannelRules(
        text_length=7000,
        unit=LengthUnit.UTF16,
        buttons=ButtonRules(ButtonKind.INLINE, most=12, title_length=60, links=True),
        per_second=20.0,
        chat_per_second=1.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("sender_name"),
        Setting("api_url", required=False, default="https://chatapi.viber.com"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._token = settings["token"]
        self._sender = settings["sender_name"][:LONGEST_NAME]
        self._wire = Wire(settings["api_url"], headers={"X-Viber-Auth-Token": self._token})

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """HMAC-SHA256 of the body with the bot's token."""
        if request.method != "POST":
            raise SignatureRefused("Viber posts its news")
        must_be_signed(request.headers.get("x-viber-content-signature"), self._token, request.body)

    def parse(self, request: WebhookRequest) -> Inbound:
        """One event."""
        body = json_object(request.body)
        return Inbound((self._event(body, field_of(body, "event", str)),))

    def _event(self, body: dict[str, Any], event: str) -> Event:
        if event == "message":
            return self._message(body)
        if event in STATES:
            error = words_of(body, "desc") if event == "failed" else None
            return DeliveryReported(STATES[event], platform_id=id_of(body, "message_token"), error=error)
        if event == "unsubscribed":
            return ReachChanged(id_of(body, "user_id"), reachable=False)
        if event == "subscribed":
            return ReachChanged(id_of(body, "user.id"), reachable=True)
        return Ignored(event[:40] or "an empty event")

    def _message(self, body: dict[str, Any]) -> Event:
        message = field_of(body, "message")
        kind = field_of(message, "type", str)
        text, button = "", None
        files: tuple[RemoteFile, ...] = ()
        if kind == "text":
            text = field_of(message, "text", str)
            if text.startswith(PRESSED) and len(text) > len(PRESSED):
                text, button = "", text.removeprefix(PRESSED)[:200]
        elif kind in FILES:
            text = words_of(message, "text", 7000) or ""
            size = message.get("size")
            name = words_of(message, "file_name") or FILES[kind]
            files = (RemoteFile(field_of(message, "media", str), name, size if isinstance(size, int) else None),)
        elif kind == "contact":
            text = words_of(message.get("contact"), "phone_number") or ""
        if not (text or button or files):
            return Ignored(f"a message of the type {kind[:30]}")
        sender = field_of(body, "sender")
        return MessageCame(
            InboundMessage(
                channel=self.name,
                external_id=id_of(body, "message_token"),
                client_external_id=id_of(sender, "id"),
                text=text,
                button=button,
                language_hint=(words_of(sender, "language") or "").partition("-")[0] or None,
                client_name=words_of(sender, "name"),
            ),
            files,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """send_message; every answer comes with HTTP 200, its `status` tells."""
        body: dict[str, Any] = {
            "receiver": delivery.recipient, "type": "text", "text": delivery.text, "sender": {"name": self._sender},
            "tracking_data": delivery.key, "min_api_version": 1,
        }  # fmt: skip
        if delivery.buttons:
            body |= {"keyboard": _keyboard(delivery.buttons), "min_api_version": SILENT_VERSION}
        answer = self._call("send_message", body)
        token = answer.get("message_token")
        if not isinstance(token, int | str):
            raise FateUnknown("the answer names no message; it may have arrived")
        return Receipt(str(token))

    def check(self) -> str:
        """The bot's name, and where its news go."""
        told = self._ask("get_account_info", {})
        return f"{words_of(told, 'name')}, webhook: {words_of(told, 'webhook') or 'not set'}"

    def set_webhook(self, url: str) -> str:
        """Let Viber call `url`; it tries at once whether we answer."""
        self._ask("set_webhook", {"url": url, "event_types": NEWS, "send_name": True, "send_photo": False})
        return self.check()

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get the file from Viber's own hosts, and no others."""
        self._wire.must_be_at_home(file.reference, FILE_HOSTS)
        self._wire.download(file.reference, into, most_bytes, hosts=FILE_HOSTS)
        return file.name

    def _ask(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._call(method, body)
        except FateUnknown as error:
            raise RetryLater(str(error).partition(";")[0], platform_away=True) from None
        except Undeliverable as error:
            raise AccountBroken(str(error)) from None

    def _call(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = json_of(self._wire.send("POST", f"/pa/{method}", json=body))
        status = answer.get("status")
        if not isinstance(status, int):
            raise FateUnknown("the answer is none of Viber's; it may have arrived")
        if status == 0:
            return answer
        said = f"Viber: status {status}, {words_of(answer, 'status_message') or 'without words'}"
        said = said.replace(self._token or "\0", "…")
        if status == BUSY:
            raise RetryLater(said, BUSY_SECONDS, platform_away=True)
        if status in BROKEN:
            raise AccountBroken(said)
        raise Undeliverable(said, unreachable=status in LOST)


def _keyboard(buttons: Sequence[Button]) -> dict[str, Any]:
    drawn = [
        {"Columns": 6, "Rows": 1, "Text": each.text}
        | (
            {"ActionType": "open-url", "ActionBody": each.url}
            if each.url
            else {"ActionType": "reply", "ActionBody": PRESSED + (each.payload or ""), "Silent": True}
        )
        for each in buttons
    ]
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": drawn}
