"""A double of Telegram's Bot API: required fields, limits and errors as the platform has them."""

import itertools
import json
from typing import Any

from tests.doubles.platform import Answered, Asked, PlatformDouble

TOKEN = "7000000001:AAE-secret-token-of-the-double"
SECRET = "webhook-secret-of-the-double"


def refused(status: int, description: str, **parameters: Any) -> Answered:
    """An error in Telegram's form."""
    body = {"ok": False, "error_code": status, "description": description}
    return Answered(body | ({"parameters": parameters} if parameters else {}), status)


class TelegramDouble(PlatformDouble):
    """`sent` are the messages it took, `updates` what getUpdates has to give, `contents` the files it keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.contents: dict[str, tuple[str, bytes]] = {}
        self.pressed: list[str] = []
        self.typing: list[str] = []
        self.webhook: dict[str, Any] = {"url": ""}
        self._ids = itertools.count(1)

    def answer(self, asked: Asked) -> Answered:
        """Any method of the Bot API that a connector uses."""
        if asked.path.startswith(f"/file/bot{TOKEN}/"):
            return self._file(asked.path.rpartition("/")[2])
        if not asked.path.startswith(f"/bot{TOKEN}/"):
            return refused(401, "Unauthorized")
        method = asked.path.rpartition("/")[2]
        known = getattr(self, f"_{method.lower()}", None)
        return known(asked.fields) if known else refused(404, "Not Found")

    def _getme(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"id": 7000000001, "is_bot": True, "first_name": "Bank", "username": "bank_bot"})

    def _sendmessage(self, fields: dict[str, Any]) -> Answered:
        text = fields.get("text")
        if not isinstance(text, str) or not text.strip():
            return refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return refused(400, "Bad Request: message is too long")
        return self._take("text", fields)

    def _sendphoto(self, fields: dict[str, Any]) -> Answered:
        return self._take("photo", fields)

    def _senddocument(self, fields: dict[str, Any]) -> Answered:
        return self._take("document", fields)

    def _take(self, what: str, fields: dict[str, Any]) -> Answered:
        if "chat_id" not in fields:
            return refused(400, "Bad Request: chat_id is empty")
        if what not in fields:
            return refused(400, f"Bad Request: there is no {what} in the request")
        if len(str(fields.get("caption", "")).encode("utf-16-le")) // 2 > 1024:
            return refused(400, "Bad Request: message caption is too long")
        markup = fields.get("reply_markup")
        rows = (json.loads(markup) if isinstance(markup, str) else markup or {}).get("inline_keyboard", [])
        for button in itertools.chain.from_iterable(rows):
            data = button.get("callback_data")
            if not button.get("text") or (data is None) == ("url" not in button):
                return refused(400, "Bad Request: can't parse inline keyboard button")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                return refused(400, "Bad Request: BUTTON_DATA_INVALID")
        message = {"message_id": next(self._ids), "chat": {"id": int(fields["chat_id"]), "type": "private"}, "date": 1}
        self.sent.append(fields | {"message_id": message["message_id"]})
        return _ok(message | {"text": fields.get("text", "")})

    def _getupdates(self, fields: dict[str, Any]) -> Answered:
        offset = int(fields.get("offset", 0))
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        return _ok(self.updates[: int(fields.get("limit", 100))])

    def _getfile(self, fields: dict[str, Any]) -> Answered:
        kept = self.contents.get(str(fields.get("file_id")))
        if kept is None:
            return refused(400, "Bad Request: invalid file_id")
        return _ok({"file_id": fields["file_id"], "file_path": f"documents/{kept[0]}", "file_size": len(kept[1])})

    def _file(self, name: str) -> Answered:
        content = next((each for known, each in self.contents.values() if known == name), None)
        if content is None:
            return refused(404, "Not Found")
        return Answered(content, headers={"Content-Type": "application/octet-stream"})

    def _answercallbackquery(self, fields: dict[str, Any]) -> Answered:
        self.pressed.append(fields["callback_query_id"])
        return _ok(True)

    def _sendchataction(self, fields: dict[str, Any]) -> Answered:
        self.typing.append(str(fields["chat_id"]))
        return _ok(True)

    def _setwebhook(self, fields: dict[str, Any]) -> Answered:
        if not str(fields.get("url", "")).startswith("https://"):
            return refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = {"url": fields["url"], "pending_update_count": 0, "secret": fields.get("secret_token")}
        return _ok(True)

    def _getwebhookinfo(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"url": self.webhook["url"], "pending_update_count": 0, "has_custom_certificate": False})


def _ok(result: Any) -> Answered:
    return Answered({"ok": True, "result": result})
