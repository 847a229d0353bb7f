"""VK: messages to a community, called by its Callback API. See vk.md beside this file."""

import hashlib
import json
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
    Malformed,
    MessageCame,
    OutFile,
    ReachChanged,
    Receipt,
    RemoteFile,
    RetryLater,
    Setting,
    SignatureRefused,
    Undeliverable,
    WebhookAnswer,
    WebhookRequest,
)
from service.channels.reading import field_of, id_of, json_object, same, words_of
from service.channels.wire import Wire, json_of
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit
from service.domain.messages import Button, DeliveryState, InboundMessage

VERSION = "5.199"
TAKEN = WebhookAnswer("ok")
"""The platform wants this very word; on «remove» it forgets our address."""
LANGUAGES = {0: "ru", 3: "en"}
FIRST_GROUP_CHAT = 2_000_000_000
PICTURES = ("image/png", "image/jpeg", "image/gif")
FILE_HOSTS = ("userapi.com", "vk.com", "vk.ru", "vk.me", "vkuser.net", "vkuserphoto.ru", "vkuseraudio.net")
BUSY = {1: 5.0, 6: 1.0, 10: 5.0, 29: 600.0}
"""Codes of errors that pass, and how many seconds the whole channel waits then."""
FLOOD, FLOOD_SECONDS = 9, 60.0
LOST = (18, 900, 901, 902)
"""Deleted, blocked by us, or does not let the community write."""
BROKEN = (5, 7, 15, 17, 27, 28, 203)
NEWS = ("message_new", "message_read", "message_allow", "message_deny")


class VkChannel:
    """One community. Messages are told apart by community and `event_id`; ours are deduplicated by `random_id`."""

    name = "vk"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=4096,
        unit=LengthUnit.UTF16,
        caption_length=4096,
        buttons=ButtonRules(ButtonKind.INLINE, most=10, title_length=40, links=True),
        per_second=18.0,  # 20 is the platform's own limit
        chat_per_second=3.0,
        has_idempotency_key=True,
        typing_seconds=10.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("group_id"),
        Setting("secret", secret=True),
        Setting("confirmation"),
        Setting("api_url", required=False, default="https://api.vk.ru"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._token = settings["token"]
        self._group = settings["group_id"]
        self._secret = settings["secret"]
        self._confirmation = settings["confirmation"]
        self._wire = Wire(settings["api_url"])

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """`secret` in the body is ours. The question for the confirmation word may come without it."""
        try:
            body = json_object(request.body)
        except Malformed:
            raise SignatureRefused("the body is no notification of VK") from None
        known = bool(self._group) and str(body.get("group_id")) == self._group
        if request.method == "POST" and known:
            secret = body.get("secret")
            if body.get("type") == "confirmation" or same(secret if isinstance(secret, str) else "", self._secret):
                return
        raise SignatureRefused("the secret or the community's number is missing or wrong")

    def parse(self, request: WebhookRequest) -> Inbound:
        """One notification."""
        body = json_object(request.body)
        kind = field_of(body, "type", str)
        if kind == "confirmation":
            return Inbound((), WebhookAnswer(self._confirmation))
        if kind not in NEWS:
            return Inbound((Ignored(kind[:40] or "an empty type"),), TAKEN)
        told = field_of(body, "object")
        if kind == "message_new":
            event = self._message(told, f"{id_of(body, 'group_id')}/{id_of(body, 'event_id')}")
        elif kind == "message_read":
            event = _read(told)
        else:
            event = ReachChanged(id_of(told, "user_id"), reachable=kind == "message_allow")
        return Inbound((event,), TAKEN)

    def _message(self, told: dict[str, Any], event_id: str) -> Event:
        message = field_of(told, "message")
        sender, peer = field_of(message, "from_id", int), field_of(message, "peer_id", int)
        if message.get("out") == 1 or sender < 0:
            return Ignored("a message of a community")
        if peer >= FIRST_GROUP_CHAT:
            return Ignored("a message in a group chat")
        text = message.get("text", "")
        if not isinstance(text, str):
            raise Malformed("object.message.text: is no text")
        button, starts = _pressed(message.get("payload"))
        attachments = message.get("attachments", [])
        if not isinstance(attachments, list):
            raise Malformed("object.message.attachments: is no list")
        files = tuple(file for each in attachments if (file := _file(each)) is not None)
        if not (text or button or files):
            return Ignored("a message without words or files")
        info = told.get("client_info")
        language = info.get("lang_id") if isinstance(info, dict) else None
        return MessageCame(
            InboundMessage(
                channel=self.name,
                external_id=event_id,
                client_external_id=str(peer),
                text="/start" if starts else text,
                button=button,
                language_hint=LANGUAGES.get(language) if isinstance(language, int) else None,
            ),
            files,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """messages.send, after the files were uploaded; a repeat with the same key is known by its `random_id`."""
        fields: dict[str, Any] = {
            "peer_id": delivery.recipient, "random_id": _number_of(delivery), "message": delivery.text,
            "dont_parse_links": 1,
        }  # fmt: skip
        if delivery.buttons:
            fields["keyboard"] = _keyboard(delivery.buttons)
        if delivery.files:
            fields["attachment"] = ",".join(self._upload(file, delivery.recipient) for file in delivery.files)
        sent = self._call("messages.send", **fields)
        if not isinstance(sent, int) or isinstance(sent, bool):
            raise FateUnknown("the answer names no message; it may have arrived")
        return Receipt(str(sent))

    def _upload(self, file: OutFile, recipient: str) -> str:
        """Put a file where messages may refer to it; nothing reaches the client by this."""
        picture = file.media_type in PICTURES
        what, field = ("photos", "photo") if picture else ("docs", "file")
        more = {} if picture else {"type": "doc"}
        try:
            address = field_of(
                self._ask(f"{what}.getMessagesUploadServer", peer_id=recipient, **more), "upload_url", str
            )
            with file.path.open("rb") as content:
                answer = self._wire.ask(
                    "POST", address, files={field: (file.name, content, file.media_type)}, timeout_seconds=60
                )
            told = json_of(answer)
            if picture:
                wanted = {name: told.get(name) for name in ("photo", "server", "hash")}
                saved = self._ask("photos.saveMessagesPhoto", **wanted)
                kept, kind = (saved[0] if isinstance(saved, list) and saved else None), "photo"
            else:
                saved = self._ask("docs.save", file=field_of(told, "file", str), title=file.name)
                kept, kind = field_of(saved, "doc"), "doc"
            key = words_of(kept, "access_key")
            return f"{kind}{id_of(kept, 'owner_id')}_{id_of(kept, 'id')}" + (f"_{key}" if key else "")
        except (Malformed, FateUnknown):
            raise RetryLater("VK did not take the file") from None

    def check(self) -> str:
        """The community's name."""
        told = self._ask("groups.getById", group_id=self._group)
        groups = told.get("groups") if isinstance(told, dict) else told
        found = groups[0] if isinstance(groups, list) and groups else {}
        return f"{words_of(found, 'name') or 'a community'} (vk.com/{words_of(found, 'screen_name') or self._group})"

    def set_webhook(self, url: str) -> str:
        """Make `url` a Callback server of the community, with our secret and the notifications that we read."""
        known = self._ask("groups.getCallbackConfirmationCode", group_id=self._group)
        code = words_of(known, "code")
        if code != self._confirmation:
            raise AccountBroken(f"the confirmation word of this community is {code}; set it and try again")
        listed = self._ask("groups.getCallbackServers", group_id=self._group)
        servers = listed.get("items") if isinstance(listed, dict) else None
        ours = next((each for each in servers or () if isinstance(each, dict) and each.get("url") == url), None)
        about = {"group_id": self._group, "url": url, "title": "Otklik", "secret_key": self._secret}
        if ours is None:
            number = id_of(self._ask("groups.addCallbackServer", **about), "server_id")
        else:
            number = id_of(ours, "id")
            self._ask("groups.editCallbackServer", server_id=number, **about)
        self._ask(
            "groups.setCallbackSettings", group_id=self._group, server_id=number, api_version=VERSION,
            **dict.fromkeys(NEWS, 1),
        )  # fmt: skip
        return self.check()

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get the file from VK's own hosts, and no others."""
        self._wire.must_be_at_home(file.reference, FILE_HOSTS)
        self._wire.download(file.reference, into, most_bytes, hosts=FILE_HOSTS)
        return file.name

    def show_typing(self, recipient: str) -> None:
        """Shown for ten seconds."""
        self._ask("messages.setActivity", peer_id=recipient, type="typing")

    def _ask(self, method: str, **fields: Any) -> Any:
        try:
            return self._call(method, **fields)
        except FateUnknown as error:
            raise RetryLater(str(error).partition(";")[0], platform_away=True) from None

    def _call(self, method: str, **fields: Any) -> Any:
        data = {**fields, "access_token": self._token, "v": VERSION}
        body = json_of(self._wire.send("POST", f"/method/{method}", data=data))
        if "response" in body:
            return body["response"]
        error = body.get("error")
        if not isinstance(error, dict) or not isinstance(error.get("error_code"), int):
            raise FateUnknown("the answer is none of VK's; it may have arrived")
        code = error["error_code"]
        said = f"VK: error {code}, {words_of(error, 'error_msg') or 'without words'}".replace(self._token or "\0", "…")
        if code in BUSY:
            raise RetryLater(said, BUSY[code], platform_away=True)
        if code == FLOOD:
            raise RetryLater(said, FLOOD_SECONDS)
        if code in BROKEN:
            raise AccountBroken(said)
        raise Undeliverable(said, unreachable=code in LOST)


def _read(told: dict[str, Any]) -> DeliveryReported:
    return DeliveryReported(DeliveryState.SEEN, platform_id=id_of(told, "read_message_id"), and_before=True)


def _pressed(payload: Any) -> tuple[str | None, bool]:
    """The payload of our button, and whether it is the platform's own button «Начать»."""
    try:
        told = json.loads(payload) if isinstance(payload, str) else None
    except (ValueError, RecursionError):
        return None, False
    starts = isinstance(told, dict) and told.get("command") == "start"
    return words_of(told, "b"), starts


def _file(attachment: Any) -> RemoteFile | None:
    """The file of an attachment; None for what is none (a sticker, a post, a video on a page of its own)."""
    kind = words_of(attachment, "type")
    told = attachment.get(kind) if kind else None
    if not isinstance(told, dict):
        return None
    if kind == "photo":
        listed = told.get("sizes")
        sizes = [each for each in (listed if isinstance(listed, list) else ()) if words_of(each, "url", 2000)]
        widest = max(sizes, key=lambda each: each["width"] if isinstance(each.get("width"), int) else 0, default=None)
        return RemoteFile(widest["url"], "photo.jpg") if widest else None
    if kind == "doc" and (address := words_of(told, "url", 2000)):
        size = told.get("size")
        return RemoteFile(address, words_of(told, "title") or "file", size if isinstance(size, int) else None)
    if kind == "audio_message" and (address := words_of(told, "link_ogg", 2000)):
        return RemoteFile(address, "voice.ogg")
    return None


def _keyboard(buttons: Sequence[Button]) -> str:
    """An inline keyboard: at most six rows, so more than six buttons stand two in a row."""
    drawn = [
        {"action": {"type": "open_link", "label": each.text, "link": each.url}}
        if each.url
        else {"action": {"type": "text", "label": each.text, "payload": json.dumps({"b": each.payload})}}
        for each in buttons
    ]
    wide = 1 if len(drawn) <= 6 else 2
    rows = [drawn[start : start + wide] for start in range(0, len(drawn), wide)]
    return json.dumps({"inline": True, "buttons": rows}, ensure_ascii=False)


def _number_of(delivery: Delivery) -> int:
    """The same positive 31-bit number for the same message at every attempt."""
    digest = hashlib.sha256(f"{delivery.recipient} {delivery.key}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1
