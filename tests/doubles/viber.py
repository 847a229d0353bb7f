"""A double of Viber's API: every answer has HTTP 200, `status` tells."""

import itertools
from typing import Any

from tests.doubles.platform import Answered, Asked, PlatformDouble

TOKEN = "4453b6ac12345678-e02c5f12174805f9-daec9cbb5448c51f"


def refused(status: int, words: str = "refused") -> Answered:
    """An error in Viber's form."""
    return Answered({"status": status, "status_message": words})


class ViberDouble(PlatformDouble):
    """`sent` are the messages it took, `webhook` what it was told to call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {}
        self._tokens = itertools.count(5_741_311_803_571_721_087)

    def answer(self, asked: Asked) -> Answered:
        """The methods that a bot uses, and files."""
        if asked.path.startswith("/media/"):
            return Answered(b"picture", headers={"Content-Type": "image/jpeg"})
        if asked.headers.get("x-viber-auth-token") != TOKEN:
            return refused(2, "invalidAuthToken")
        method = asked.path.removeprefix("/pa/")
        if method == "get_account_info":
            return _ok(name="Банк", uri="bank", webhook=self.webhook.get("url", ""))
        if method == "set_webhook":
            if not str(asked.fields.get("url", "")).startswith("https://"):
                return refused(1, "invalidUrl")
            self.webhook = asked.fields
            return _ok(event_types=asked.fields["event_types"])
        return self._send(asked.fields) if method == "send_message" else refused(3, "badData")

    def _send(self, fields: dict[str, Any]) -> Answered:
        if not fields.get("receiver") or not fields.get("type") or not fields.get("text"):
            return refused(4, "missingData")
        if not 0 < len(fields.get("sender", {}).get("name", "")) <= 28 or len(fields["text"]) > 7000:
            return refused(3, "badData")
        for button in fields.get("keyboard", {}).get("Buttons", []):
            if not button["ActionBody"] or not button["Text"] or len(button["Text"]) > 250:
                return refused(3, "badData")
        token = next(self._tokens)
        self.sent.append(fields | {"message_token": token})
        return _ok(message_token=token, chat_hostname="SN-CHAT-01_")


def _ok(**more: Any) -> Answered:
    return Answered({"status": 0, "status_message": "ok"} | more)
