"""A double of Chatwoot's application API, as far as an agent bot may use it."""

import itertools
from typing import Any

from tests.doubles.platform import Answered, Asked, PlatformDouble

TOKEN, SECRET, ACCOUNT = "bot-access-token-3kQ9", "bot-secret-Zp81", "3"


class ChatwootDouble(PlatformDouble):
    """`sent` are the messages it took, `statuses` the last status asked for by conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        self.statuses: dict[str, str] = {}
        self._ids = itertools.count(9001)

    def answer(self, asked: Asked) -> Answered:
        """Messages and statuses of conversations 1 to 999 of one account, and files."""
        if asked.method == "GET":
            return Answered(b"picture", headers={"Content-Type": "image/jpeg"})
        if asked.headers.get("api_access_token") != TOKEN:
            return Answered({"error": "Invalid Access Token"}, 401)
        _, _, _, accounts, account, conversations, number, what = asked.path.split("/")
        if (accounts, account, conversations) != ("accounts", ACCOUNT, "conversations"):
            return Answered({"error": "You are not authorized to access this account"}, 401)
        if not number.isdigit() or not 0 < int(number) < 1000:
            return Answered({"error": "Resource could not be found"}, 404)
        if what == "toggle_status":
            if asked.fields.get("status") not in ("open", "pending", "resolved", "snoozed"):
                return Answered({"error": "unknown status"}, 422)
            self.statuses[number] = asked.fields["status"]
            return Answered({"payload": {"success": True, "current_status": asked.fields["status"]}})
        return self._send(number, asked.fields) if what == "messages" else Answered({}, 404)

    def _send(self, number: str, fields: dict[str, Any]) -> Answered:
        items = (fields.get("content_attributes") or {}).get("items", [])
        if fields.get("content_type", "text") == "input_select" and not all(
            set(item) == {"title", "value"} and all(item.values()) for item in items
        ):
            return Answered({"error": "items must have title and value"}, 422)
        if fields.get("message_type") != "outgoing" or len(fields.get("content", "")) > 150_000:
            return Answered({"error": "Content is too long (maximum is 150000 characters)"}, 422)
        if "attachments[]" in fields:
            self.files.append(fields["attachments[]"][1])
        taken = fields | {"id": next(self._ids), "conversation_id": int(number)}
        self.sent.append(taken)
        return Answered({key: value for key, value in taken.items() if key != "attachments[]"})
