"""A double of Meta's Graph API: messages of WhatsApp, Messenger and Instagram, required fields, errors in its form."""

import itertools
import json
from typing import Any

from tests.doubles.platform import Answered, Asked, PlatformDouble

TOKEN = "EAAG-secret-token-of-the-double"
APP_SECRET = "app-secret-of-the-double"
VERIFY_TOKEN = "verify-token-of-the-double"


def refused(code: int, words: str = "refused", status: int = 400, **more: Any) -> Answered:
    """An error in Meta's form."""
    return Answered(
        {"error": {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A"} | more}, status
    )


class GraphDouble(PlatformDouble):
    """`sent` are the messages it took, `uploaded` the files, `contents` those it keeps, by id."""

    def __init__(self, account: str) -> None:
        super().__init__()
        self.account = account
        self.sent: list[dict[str, Any]] = []
        self.uploaded: list[tuple[str, bytes]] = []
        self.contents: dict[str, bytes] = {}
        self.typing: list[str] = []
        self._ids = itertools.count(1)

    def answer(self, asked: Asked) -> Answered:
        """The account itself, its messages and its media."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(190, "Invalid OAuth access token.", 401)
        path = asked.path.removeprefix("/v21.0/")
        if path.startswith(("kept/", "/kept/")):
            return Answered(self.contents[path.rpartition("/")[2]], headers={"Content-Type": "image/jpeg"})
        if path == self.account and asked.method == "GET":
            return Answered(self.about())
        if path == f"{self.account}/messages":
            return self.message(_plain(asked.fields))
        if path == f"{self.account}/media":
            self.uploaded.append(asked.fields["file"])
            return Answered({"id": f"M{len(self.uploaded)}"})
        if path in self.contents:
            return Answered({"url": f"{self.url}/kept/{path}", "id": path, "mime_type": "image/jpeg"})
        return refused(100, "Unsupported request. Object does not exist", error_subcode=33)

    def about(self) -> dict[str, Any]:
        """What the account says of itself."""
        return {"id": self.account, "name": "Банк", "username": "bank"}

    def message(self, fields: dict[str, Any]) -> Answered:
        """A message to a page or a professional account."""
        if not fields.get("recipient", {}).get("id"):
            return refused(100, "(#100) The parameter recipient is required")
        if "sender_action" in fields:
            self.typing.append(fields["recipient"]["id"])
            return Answered({"recipient_id": fields["recipient"]["id"]})
        if fields.get("messaging_type") not in ("RESPONSE", "MESSAGE_TAG"):
            return refused(100, "(#100) messaging_type is required")
        if (fields["messaging_type"] == "MESSAGE_TAG") != ("tag" in fields):
            return refused(100, "(#100) tag is required with MESSAGE_TAG")
        message = fields.get("message", {})
        if "attachment" in message:
            self.uploaded.append(fields["filedata"])
        elif not 0 < len(message.get("text", "")) <= 2000:
            return refused(100, "(#100) Length of param message[text] must be less than or equal to 2000")
        replies = message.get("quick_replies", [])
        if len(replies) > 13 or any(not 0 < len(each["title"]) <= 20 or not each["payload"] for each in replies):
            return refused(100, "(#100) quick_replies")
        self.sent.append(fields)
        return Answered({"recipient_id": fields["recipient"]["id"], "message_id": f"m_{next(self._ids)}"})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a form, which hold JSON, as those of JSON."""
    read = {}
    for name, value in fields.items():
        held = isinstance(value, str) and value[:1] in "{["
        read[name] = json.loads(value) if held else value
    return read
