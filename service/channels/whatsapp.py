"""WhatsApp through Meta's Cloud API. See whatsapp.md beside this file."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from service.channels.base import (
    Delivery,
    DeliveryReported,
    Event,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    OutFile,
    Receipt,
    RemoteFile,
    RetryLater,
    Setting,
    Undeliverable,
    WebhookRequest,
)
from service.channels.graph import (
    BASE_URL,
    Codes,
    Graph,
    answer_of,
    details_of,
    entries_of,
    named,
    objects_of,
    optional_objects,
)
from service.channels.reading import field_of, id_of, words_of
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit
from service.domain.messages import DeliveryState, InboundMessage

CODES = Codes(
    later={
        2: 10.0, 4: 60.0, 80007: 60.0, 130429: 5.0, 131000: 10.0, 131016: 30.0, 131056: 6.0, 131057: 300.0,
        133004: 30.0,
    },
    away=frozenset({2, 4, 80007, 130429, 131016, 131057, 133004}),
    broken=frozenset({0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, 131048, 131064, 130497, 133010}),
    unreachable=frozenset({131026}),
)  # fmt: skip
STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.SEEN,
    "failed": DeliveryState.FAILED,
}
FILES = {"image": ".jpg", "document": "", "video": ".mp4", "audio": ".ogg", "voice": ".ogg", "sticker": ".webp"}
PICTURES = ("image/png", "image/jpeg")
PICTURE_BYTES = 5 * 2**20
MEDIA_HOSTS = ("lookaside.fbsbx.com", "fbcdn.net", "facebook.com")
CAPTIONS = 1024
BY_ID = "recipient"
"""Where a client's id goes who hides the number. Not seen yet: it is from the platform's announcement."""


class WhatsappChannel:
    """One telephone number. Messages are told apart by a hash of the wamid; free words may be sent for 24 hours."""

    name = "whatsapp"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=1024,  # 4096 without buttons, but those stand under the last piece, whose limit is 1024
        unit=LengthUnit.UTF16,
        caption_length=CAPTIONS,
        buttons=ButtonRules(ButtonKind.INLINE, most=3, title_length=20),
        per_second=40.0,  # 80 is the platform's own limit
        chat_per_second=0.5,  # more than a message in six seconds is borrowed from a burst of 45
        window_hours=24.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("phone_number_id"),
        Setting("app_secret", secret=True),
        Setting("verify_token", secret=True),
        Setting("api_url", required=False, default=BASE_URL),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._number = settings["phone_number_id"]
        self._graph = Graph(
            settings["api_url"], settings["token"], settings["app_secret"], settings["verify_token"], CODES
        )

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """HMAC-SHA256 of the body with the app's secret; a GET has our verify token."""
        self._graph.verify(request)

    def parse(self, request: WebhookRequest) -> Inbound:
        """Messages and states of all entries."""
        answer = answer_of(request)
        if answer is not None:
            return answer
        events: list[Event] = []
        for entry in entries_of(request, "whatsapp_business_account"):
            for change in objects_of(entry, "changes"):
                events += self._change(change)
        return Inbound(tuple(events) or (Ignored("news about something else"),))

    def _change(self, change: dict[str, Any]) -> list[Event]:
        if change.get("field") != "messages":
            return [Ignored("a change of the account")]
        value = field_of(change, "value")
        if id_of(value, "metadata.phone_number_id") != self._number:
            return [Ignored("news of another number")]
        contacts = optional_objects(value, "contacts")
        events: list[Event] = [self._message(each, contacts) for each in optional_objects(value, "messages")]
        return [*events, *(_state(each) for each in optional_objects(value, "statuses"))]

    def _message(self, message: dict[str, Any], contacts: list[dict[str, Any]]) -> Event:
        kind = field_of(message, "type", str)
        text, button = _said(message, kind)
        files = (_file(message, kind),) if kind in FILES else ()
        if text is None and not files:
            return Ignored(f"a message of the type {kind[:30]}")
        sender = id_of(message, "from" if "from" in message else "from_user_id")
        about = next((each for each in contacts if sender in (each.get("wa_id"), each.get("user_id"))), None)
        profile = about.get("profile") if about is not None else None
        return MessageCame(
            InboundMessage(
                channel=self.name,
                external_id=known_as(id_of(message, "id")),
                client_external_id=sender,
                text=text or "",
                button=button,
                client_name=words_of(profile, "name"),
            ),
            files,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """A text, an interactive message with buttons or a list, or a file that was uploaded before."""
        whom = "to" if delivery.recipient.isdigit() else BY_ID
        body: dict[str, Any] = {
            "messaging_product": "whatsapp", "recipient_type": "individual", whom: delivery.recipient,
            "biz_opaque_callback_data": delivery.key,
        }  # fmt: skip
        if delivery.files:
            (file,) = delivery.files
            body |= self._with_file(file, delivery.text)
        elif delivery.buttons:
            body |= {"type": "interactive", "interactive": _interactive(delivery)}
        else:
            body |= {"type": "text", "text": {"body": delivery.text, "preview_url": False}}
        answer = self._graph.send(f"{self._number}/messages", json=body)
        messages = answer.get("messages")
        return Receipt(known_as(named(messages[0] if isinstance(messages, list) and messages else {}, "id")))

    def _with_file(self, file: OutFile, caption: str) -> dict[str, Any]:
        kind = "image" if file.media_type in PICTURES and file.size <= PICTURE_BYTES else "document"
        with file.path.open("rb") as content:
            kept = self._graph.ask(
                "POST", f"{self._number}/media", data={"messaging_product": "whatsapp", "type": file.media_type},
                files={"file": (file.name, content, file.media_type)}, timeout_seconds=60,
            )  # fmt: skip
        if (key := words_of(kept, "id")) is None:
            raise RetryLater("WhatsApp did not take the file")
        media = {"id": key} | ({"caption": caption} if caption else {})
        return {"type": kind, kind: media | ({"filename": file.name} if kind == "document" else {})}

    def check(self) -> str:
        """The number and its name, as WhatsApp shows them."""
        told = self._graph.ask("GET", self._number, params={"fields": "verified_name,display_phone_number"})
        return f"{words_of(told, 'verified_name')}, {words_of(told, 'display_phone_number')}"

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Ask where it lies, for some minutes, and get it from Meta's own hosts."""
        address = words_of(self._graph.ask("GET", file.reference), "url", 2000)
        if address is None:
            raise Undeliverable("WhatsApp does not give this file")
        self._graph.wire.must_be_at_home(address, MEDIA_HOSTS)
        self._graph.wire.download(address, into, most_bytes, hosts=MEDIA_HOSTS)
        return file.name


def known_as(wamid: str) -> str:
    """By what we know a message: a wamid has the client's telephone number in it, for whoever decodes it."""
    return hashlib.sha256(wamid.encode("utf-8", "surrogatepass")).hexdigest()


def _said(message: dict[str, Any], kind: str) -> tuple[str | None, str | None]:
    """The words and the payload of the button; no words for what has none."""
    if kind == "text":
        return field_of(message, "text.body", str), None
    if kind == "button":
        return field_of(message, "button.text", str), words_of(message["button"], "payload")
    if kind == "interactive":
        reply = field_of(message, "interactive")
        told = next((reply[each] for each in ("button_reply", "list_reply") if isinstance(reply.get(each), dict)), None)
        return (field_of(told, "title", str), id_of(told, "id")) if told is not None else (None, None)
    if kind == "contacts" or kind not in FILES:
        return None, None
    return words_of(field_of(message, kind), "caption", 4096), None


def _file(message: dict[str, Any], kind: str) -> RemoteFile:
    told = field_of(message, kind)
    return RemoteFile(id_of(told, "id"), words_of(told, "filename") or f"{kind}{FILES[kind]}")


def _state(status: dict[str, Any]) -> Event:
    state = STATES.get(field_of(status, "status", str))
    if state is None:
        return Ignored("another state")
    errors = status.get("errors")
    error = None
    if state is DeliveryState.FAILED:
        first = errors[0] if isinstance(errors, list) and errors else {}
        if not isinstance(first, dict):
            raise Malformed("statuses.errors: is no list of objects")
        error = f"error {first.get('code', '')}: {details_of(first)}"[:200]
    return DeliveryReported(state, platform_id=known_as(id_of(status, "id")), error=error)


def _interactive(delivery: Delivery) -> dict[str, Any]:
    drawn = [{"type": "reply", "reply": {"id": each.payload, "title": each.text}} for each in delivery.buttons]
    return {"type": "button", "body": {"text": delivery.text}, "action": {"buttons": drawn}}
