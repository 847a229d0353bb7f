"""A double of VK's API: errors come with HTTP 200, `random_id` settles repeats, limits as the platform has them."""

import itertools
import json
from typing import Any

from tests.doubles.platform import Answered, Asked, PlatformDouble

TOKEN = "vk1.a.secret-token-of-the-double"
SECRET = "callbackSecret1"
CONFIRMATION = "a1b2c3d4"
GROUP = "227000001"


def refused(code: int, words: str = "refused") -> Answered:
    """An error in VK's form."""
    return Answered({"error": {"error_code": code, "error_msg": words, "request_params": []}})


class VkDouble(PlatformDouble):
    """`sent` are the messages it took, `uploaded` the files, `servers` the addresses that it would call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.uploaded: list[tuple[str, bytes]] = []
        self.typing: list[str] = []
        self.servers: list[dict[str, Any]] = []
        self.news: dict[str, Any] = {}
        self._taken: dict[tuple[str, str], int] = {}
        self._ids = itertools.count(1)

    def answer(self, asked: Asked) -> Answered:
        """Any method that a community's connector uses, and the addresses for uploads."""
        if asked.path == "/upload/photo":
            return self._keep(asked, "photo", {"server": 1, "photo": "[]", "hash": "h"})
        if asked.path == "/upload/doc":
            return self._keep(asked, "file", {"file": "token-of-the-file"})
        if asked.path.startswith("/doc"):
            return Answered(status=302, headers={"Location": f"{self.url}/files/1"})
        if asked.path.startswith("/files/"):
            return Answered(b"%PDF-1.4 content", headers={"Content-Type": "application/pdf"})
        fields = asked.query | asked.fields
        if fields.get("access_token") != TOKEN:
            return refused(5, "User authorization failed: invalid access_token (4).")
        if fields.get("v") != "5.199":
            return refused(8, "Invalid request: v is required")
        method = asked.path.removeprefix("/method/").replace(".", "_").lower()
        known = getattr(self, f"_{method}", None)
        return known(fields) if known else refused(3, "Unknown method passed")

    def _keep(self, asked: Asked, field: str, answered: dict[str, Any]) -> Answered:
        self.uploaded.append(asked.fields[field])
        return Answered(answered)

    def _messages_send(self, fields: dict[str, Any]) -> Answered:
        if not fields.get("peer_id", "").lstrip("-").isdigit() or not fields.get("random_id", "").isdigit():
            return refused(100, "One of the parameters specified was missing or invalid: peer_id or random_id")
        if not 0 < int(fields["random_id"]) < 2**31:
            return refused(100, "One of the parameters specified was missing or invalid: random_id")
        if not fields.get("message") and not fields.get("attachment"):
            return refused(100, "One of the parameters specified was missing or invalid: message is empty")
        if len(fields.get("message", "")) > 4096:
            return refused(914, "Message is too long")
        if "keyboard" in fields and (fault := _fault_of(json.loads(fields["keyboard"]))):
            return refused(911, f"Keyboard format is invalid: {fault}")
        once = (fields["peer_id"], fields["random_id"])
        if once not in self._taken:
            self._taken[once] = next(self._ids)
            self.sent.append(fields | {"message_id": self._taken[once]})
        return _ok(self._taken[once])

    def _messages_setactivity(self, fields: dict[str, Any]) -> Answered:
        self.typing.append(fields["peer_id"])
        return _ok(1)

    def _photos_getmessagesuploadserver(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"upload_url": f"{self.url}/upload/photo", "album_id": -64})

    def _photos_savemessagesphoto(self, fields: dict[str, Any]) -> Answered:
        whole = {"server", "photo", "hash"} <= set(fields)
        return _ok([{"id": 457, "owner_id": -227000001, "access_key": "k"}]) if whole else refused(100, "photo")

    def _docs_getmessagesuploadserver(self, fields: dict[str, Any]) -> Answered:
        return _ok({"upload_url": f"{self.url}/upload/doc"}) if fields.get("type") == "doc" else refused(100, "type")

    def _docs_save(self, fields: dict[str, Any]) -> Answered:
        if fields.get("file") != "token-of-the-file":
            return refused(105, "Couldn't save file")
        return _ok({"type": "doc", "doc": {"id": 9, "owner_id": 100, "title": fields.get("title")}})

    def _groups_getbyid(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"groups": [{"id": int(GROUP), "name": "Банк", "screen_name": "bank"}], "profiles": []})

    def _groups_getcallbackconfirmationcode(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"code": CONFIRMATION})

    def _groups_getcallbackservers(self, _fields: dict[str, Any]) -> Answered:
        return _ok({"count": len(self.servers), "items": self.servers})

    def _groups_addcallbackserver(self, fields: dict[str, Any]) -> Answered:
        if len(fields["title"]) > 14:
            return refused(100, "One of the parameters specified was missing or invalid: title")
        self.servers.append({"id": len(self.servers) + 1, "url": fields["url"], "secret_key": fields["secret_key"]})
        return _ok({"server_id": len(self.servers)})

    def _groups_editcallbackserver(self, fields: dict[str, Any]) -> Answered:
        self.servers[int(fields["server_id"]) - 1]["secret_key"] = fields["secret_key"]
        return _ok(1)

    def _groups_setcallbacksettings(self, fields: dict[str, Any]) -> Answered:
        self.news = fields
        return _ok(1)


def _fault_of(keyboard: dict[str, Any]) -> str | None:
    rows = keyboard.get("buttons", [])
    buttons = list(itertools.chain.from_iterable(rows))
    if keyboard.get("inline") is not True or len(rows) > 6 or len(buttons) > 10 or any(len(row) > 5 for row in rows):
        return "too many buttons"
    for action in (each["action"] for each in buttons):
        if not 0 < len(action.get("label", "")) <= 40 or len(action.get("payload", "")) > 255:
            return "label or payload"
        if action["type"] not in ("text", "open_link") or (action["type"] == "open_link" and not action.get("link")):
            return "action"
    return None


def _ok(result: Any) -> Answered:
    return Answered({"response": result})
