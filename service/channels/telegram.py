"""Telegram: a bot, called by a webhook or polling by itself. See telegram.md beside this file."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from service.channels.base import (
    AccountBroken,
    Delivery,
    Event,
    FateUnknown,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    Polled,
    ReachChanged,
    Receipt,
    RecipientMoved,
    RemoteFile,
    RetryLater,
    Setting,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.reading import field_of, id_of, json_object, same, words_of
from service.channels.wire import Wire, json_of, retry_after
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit
from service.domain.messages import InboundMessage

if TYPE_CHECKING:
    import httpx

NEWS = ("message", "callback_query", "my_chat_member")
PICTURES = ("image/png", "image/jpeg")
PICTURE_BYTES = 10 * 2**20
"""A photo may have 10 MB, any other file 50; what is fetched from clients at most 20."""
POLL_AT_ONCE = 100
LOST = ("bot was blocked", "user is deactivated", "chat not found", "bot can't initiate", "bot was kicked")


class TelegramChannel:
    """One bot. Messages are told apart by bot and `update_id`, which Telegram repeats until it hears a 2xx."""

    name = "telegram"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=4096,
        unit=LengthUnit.UTF16,
        caption_length=1024,
        buttons=ButtonRules(ButtonKind.INLINE, most=20, title_length=60, links=True),
        per_second=25.0,  # 30 is the platform's own limit
        chat_per_second=1.0,
        typing_seconds=5.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("mode", default="polling", choices=("polling", "webhook")),
        Setting("webhook_secret", secret=True, required=False),
        Setting("api_url", required=False, default="https://api.telegram.org"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._token = settings["token"]
        self._bot = self._token.partition(":")[0]
        self._secret = settings["webhook_secret"]
        self._mode = settings["mode"]
        self._wire = Wire(settings["api_url"], pause_of=_pause)

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """The header holds the secret that `set_webhook` gave to Telegram."""
        if request.method != "POST" or not same(
            request.headers.get("x-telegram-bot-api-secret-token"), self._secret
        ):  # fmt: skip
            raise SignatureRefused("the secret token is missing or wrong")

    def parse(self, request: WebhookRequest) -> Inbound:
        """One update."""
        return Inbound((self._event(json_object(request.body)),))

    def _event(self, update: dict[str, Any]) -> Event:
        update_id = id_of(update, "update_id")
        if "message" in update:
            return self._message(field_of(update, "message"), update_id)
        if "callback_query" in update:
            return self._press(field_of(update, "callback_query"), update_id)
        if "my_chat_member" in update:
            member = field_of(update, "my_chat_member")
            status = field_of(member, "new_chat_member.status", str)
            return ReachChanged(id_of(member, "chat.id"), reachable=status not in ("kicked", "left"))
        return Ignored(next((key for key in update if key != "update_id"), "an empty update")[:40])

    def _message(self, message: dict[str, Any], update_id: str) -> Event:
        chat = id_of(message, "chat.id")
        if message["chat"].get("type") != "private":
            return Ignored("a message in a group")
        sender = message.get("from")
        if isinstance(sender, dict) and sender.get("is_bot") is True:
            return Ignored("a message of a bot")
        text = message.get("text", message.get("caption"))
        files = _files(message)
        if text is None and not files:
            text = _told(message)
            if text is None:
                return Ignored("a message without words or files")
        if text is not None and not isinstance(text, str):
            raise Malformed("message.text: is no text")
        words = text or ""
        return MessageCame(
            self._inbound(update_id, chat, "/start" if words.startswith("/start ") else words, sender),
            files,
            words_of(message, "media_group_id"),
        )

    def _press(self, query: dict[str, Any], update_id: str) -> Event:
        chat = id_of(query, "message.chat.id")  # without it the button was under no message of ours
        data = words_of(query, "data")
        if data is None:
            return Ignored("a button without data")
        title = _title_of(query["message"], data)
        inbound = self._inbound(update_id, chat, title, query.get("from"), button=data)
        return MessageCame(inbound, acknowledge=id_of(query, "id"))

    def _inbound(
        self, update_id: str, chat: str, text: str, sender: Any, button: str | None = None
    ) -> InboundMessage:  # fmt: skip
        names = [words_of(sender, "first_name"), words_of(sender, "last_name")]
        return InboundMessage(
            channel=self.name,
            external_id=f"{self._bot}/{update_id}",
            client_external_id=chat,
            text=text,
            button=button,
            language_hint=(words_of(sender, "language_code") or "").partition("-")[0] or None,
            client_name=" ".join(each for each in names if each)[:200] or None,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """sendMessage, sendPhoto or sendDocument."""
        fields: dict[str, Any] = {"chat_id": delivery.recipient}
        if delivery.buttons:
            fields["reply_markup"] = {"inline_keyboard": [[_button(each)] for each in delivery.buttons]}
        if not delivery.files:
            fields |= {"text": delivery.text, "link_preview_options": {"is_disabled": True}}
            return self._receipt(self._call("sendMessage", json=fields), delivery)
        (file,) = delivery.files
        picture = file.media_type in PICTURES and file.size <= PICTURE_BYTES
        method, part = ("sendPhoto", "photo") if picture else ("sendDocument", "document")
        if delivery.text:
            fields["caption"] = delivery.text
        written = {name: each if isinstance(each, str) else json.dumps(each) for name, each in fields.items()}
        with file.path.open("rb") as content:
            sent = {part: (file.name, content, file.media_type)}
            return self._receipt(self._call(method, data=written, files=sent, timeout_seconds=60), delivery)

    def _receipt(self, result: Any, delivery: Delivery) -> Receipt:
        try:
            return Receipt(f"{delivery.recipient}/{id_of(result, 'message_id')}")
        except Malformed:
            raise FateUnknown("the answer names no message; it may have arrived") from None

    def check(self) -> str:
        """The bot's name, and what Telegram says of the webhook."""
        bot = self._ask("getMe")
        said = f"@{words_of(bot, 'username')}"
        if self._mode == "webhook":
            hook = self._ask("getWebhookInfo")
            said += f", webhook: {words_of(hook, 'url') or 'not set; run otklik channels set-webhook telegram'}"
            if error := words_of(hook, "last_error_message"):
                said += f", last error: {error}"
        return said

    def set_webhook(self, url: str) -> str:
        """Let Telegram call `url`, at most 40 at a time, with the secret in a header."""
        if not self._secret:
            raise AccountBroken("webhook_secret is not set; choose any long word of letters, digits, _ and -")
        self._ask("setWebhook", url=url, secret_token=self._secret, allowed_updates=NEWS, max_connections=40)
        return self.check()

    def polls(self) -> bool:
        """Whether the mode is polling."""
        return self._mode == "polling"

    def poll(self, cursor: str | None, wait_seconds: float) -> Polled:
        """getUpdates; asking for what follows `cursor` tells Telegram that everything before it is safe."""
        wanted = {"timeout": int(wait_seconds), "limit": POLL_AT_ONCE, "allowed_updates": NEWS}
        if cursor is not None:
            wanted["offset"] = int(cursor)
        updates = self._ask("getUpdates", timeout_seconds=wait_seconds + 10, **wanted)
        if not isinstance(updates, list):
            raise RetryLater("getUpdates: the answer is no list", platform_away=True)
        events: list[Event] = []
        following = int(cursor or 0)
        for update in updates:
            try:
                following = max(following, int(id_of(update, "update_id")) + 1)
                events.append(self._event(update))
            except (Malformed, ValueError) as error:  # one broken update must not hold up the others for ever
                events.append(Ignored(f"a malformed update ({error})"))
        return Polled(tuple(events), str(following))

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """getFile tells where it lies; Telegram gives files of up to 20 MB."""
        told = self._ask("getFile", file_id=file.reference)
        path = words_of(told, "file_path")
        if path is None:
            raise Undeliverable("Telegram does not give this file; it may be larger than 20 MB")
        self._wire.download(f"/file/bot{self._token}/{path}", into, most_bytes)
        return file.name if "." in file.name else f"{file.name}.{path.rpartition('.')[2]}"

    def acknowledge(self, token: str) -> None:
        """Stop the little clock on the button."""
        self._ask("answerCallbackQuery", callback_query_id=token)

    def show_typing(self, recipient: str) -> None:
        """Shown for five seconds."""
        self._ask("sendChatAction", chat_id=recipient, action="typing")

    def _ask(self, method: str, *, timeout_seconds: float = 15.0, **fields: Any) -> Any:
        try:
            return self._call(method, json=fields, timeout_seconds=timeout_seconds)
        except FateUnknown as error:
            raise RetryLater(str(error).partition(";")[0], platform_away=True) from None

    def _call(self, method: str, **more: Any) -> Any:
        response = self._wire.send("POST", f"/bot{self._token}/{method}", **more)
        body = json_of(response)
        if response.is_success and body.get("ok") is True:
            return body.get("result")
        said = str(body.get("description", ""))[:200]
        parameters = body.get("parameters")
        moved = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
        if moved is not None:
            raise RecipientMoved(str(moved))
        if response.status_code in (401, 404):
            raise AccountBroken(f"Telegram does not know this token ({said or response.status_code})")
        if response.status_code == 409:
            raise RetryLater(f"{said}; a webhook is set, or another program polls with this token", 30)
        lost = response.status_code == 403 or any(each in said.lower() for each in LOST)
        raise Undeliverable(said or f"refused (HTTP {response.status_code})", unreachable=lost)


def _pause(response: "httpx.Response") -> float | None:
    try:
        return float(response.json()["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return retry_after(response.headers)


def _button(button: Any) -> dict[str, str]:
    return {"text": button.text} | ({"url": button.url} if button.url else {"callback_data": button.payload or ""})


def _title_of(message: Any, data: str) -> str:
    """The title of the pressed button, which stands in the message it was under; "" where that is gone."""
    markup = message.get("reply_markup") if isinstance(message, dict) else None
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    listed = rows if isinstance(rows, list) else []
    buttons = [each for row in listed if isinstance(row, list) for each in row if isinstance(each, dict)]
    return next((str(each.get("text", "")) for each in buttons if each.get("callback_data") == data), "")


def _files(message: dict[str, Any]) -> tuple[RemoteFile, ...]:
    photos = message.get("photo")
    if isinstance(photos, list) and photos:
        return (_file(photos[-1], f"photo-{message.get('message_id', '')}.jpg"),)  # the last is the largest
    for what, ending in (
        ("document", ""), ("video", ".mp4"), ("voice", ".ogg"), ("audio", ".mp3"), ("video_note", ".mp4"),
    ):  # fmt: skip
        if isinstance(message.get(what), dict) and not (what == "document" and "animation" in message):
            return (_file(message[what], f"{what}{ending}"),)
    return ()


def _file(told: Any, name: str) -> RemoteFile:
    size = told.get("file_size") if isinstance(told, dict) else None
    return RemoteFile(
        id_of(told, "file_id"), words_of(told, "file_name") or name, size if isinstance(size, int) else None
    )


def _told(message: dict[str, Any]) -> str | None:
    """What a message without words says: a sticker its emoji, a contact its phone."""
    if isinstance(sticker := message.get("sticker"), dict):
        return words_of(sticker, "emoji")
    if isinstance(contact := message.get("contact"), dict):
        return words_of(contact, "phone_number")
    return None
