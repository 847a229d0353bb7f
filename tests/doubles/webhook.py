"""A double of another system that speaks our signed webhook."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

from tests.doubles.platform import Answered, Asked, PlatformDouble

SECRET = "secret-of-the-other-system"


class WebhookDouble(PlatformDouble):
    """`sent` are the messages it took, each key once."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.files: list[bytes] = []

    def answer(self, asked: Asked) -> Answered:
        """2xx for what is signed and whole."""

        if asked.method == "GET":
            return Answered(b"%PDF-1.4 content", headers={"Content-Type": "application/pdf"})
        signed = asked.headers.get("x-otklik-timestamp", "").encode() + b"." + asked.body
        expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if asked.headers.get("x-otklik-signature") != expected:
            return Answered(status=403)
        if asked.fields.get("type") == "ping":
            return Answered()
        if not {"key", "client", "text"} <= set(asked.fields):
            return Answered(status=422)
        if unquote(asked.headers.get("idempotency-key", "")) != asked.fields["key"]:
            return Answered(status=422)
        if all(each["key"] != asked.fields["key"] for each in self.sent):
            self.sent.append(asked.fields)
            self.files += [base64.b64decode(file["content_base64"]) for file in asked.fields["files"]]
        return Answered()
