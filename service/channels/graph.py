"""What Meta's platforms share: the question for the verify token, signed news, errors of the Graph API in one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.channels.base import (
    AccountBroken,
    FateUnknown,
    Inbound,
    Malformed,
    RetryLater,
    SignatureRefused,
    Undeliverable,
    WebhookAnswer,
    WebhookRequest,
)
from service.channels.reading import field_of, id_of, json_object, must_be_signed, same, words_of
from service.channels.wire import Wire, json_of

BASE_URL = "https://graph.facebook.com"
VERSION = "v21.0"
MOST_EVENTS = 1000
"""One request brings at most so many events."""


@dataclass(frozen=True)
class Codes:
    """What error codes of a platform mean; `later` are codes with the seconds to wait, `away` those of all clients."""

    later: Mapping[int, float]
    away: frozenset[int]
    broken: frozenset[int]
    unreachable: frozenset[int]

    def is_broken(self, code: int) -> bool:
        """Whether nothing more can be sent; 200 to 299 are missing permissions."""
        return code in self.broken or 200 <= code <= 299


class Graph:
    """Requests to the Graph API with one token, and the checks of what comes from there."""

    def __init__(self, base_url: str, token: str, app_secret: str, verify_token: str, codes: Codes) -> None:
        self._token = token
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._codes = codes
        self.wire = Wire(base_url, headers={"Authorization": f"Bearer {token}"})

    def verify(self, request: WebhookRequest) -> None:
        """A question with our verify token, or news signed with the secret of the app."""
        if request.method == "GET":
            asked = request.query.get("hub.mode") == "subscribe"
            if not asked or not same(request.query.get("hub.verify_token"), self._verify_token):
                raise SignatureRefused("the verify token is missing or wrong")
            return
        must_be_signed(request.headers.get("x-hub-signature-256"), self._app_secret, request.body, "sha256=")

    def send(self, path: str, **more: Any) -> dict[str, Any]:
        """A POST that may change something; its answer."""
        return self._answered("POST", path, ask=False, **more)

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """A request that may simply be made again."""
        return self._answered(method, path, ask=True, **more)

    def _answered(self, method: str, path: str, *, ask: bool, **more: Any) -> dict[str, Any]:
        sent = (self.wire.ask if ask else self.wire.send)(method, f"/{VERSION}/{path}", **more)
        try:
            body = json_of(sent)
        except FateUnknown:
            if ask:
                raise RetryLater("the answer is none of Meta's", platform_away=True) from None
            raise
        error = body.get("error")
        if error is None and sent.is_success:
            return body
        raise self.failure(error)

    def failure(self, error: Any) -> Exception:
        """What an error of the platform means for the message."""
        code = error.get("code") if isinstance(error, dict) else None
        if not isinstance(code, int) or isinstance(code, bool):
            return FateUnknown("the platform refused without a reason; it may have arrived")
        said = f"error {code}: {details_of(error)}".replace(self._token or "\0", "…")
        if code in self._codes.later:
            return RetryLater(said, self._codes.later[code], platform_away=code in self._codes.away)
        if self._codes.is_broken(code) and code not in self._codes.unreachable:
            return AccountBroken(said)
        subcode = error.get("error_subcode")
        gone = code in self._codes.unreachable or subcode in self._codes.unreachable
        return Undeliverable(said, unreachable=gone)


def details_of(error: Any) -> str:
    """The most telling words of an error."""
    data = error.get("error_data") if isinstance(error, dict) else None
    said = (words_of(data, "details"), words_of(error, "error_user_msg"), words_of(error, "message"))
    return next((each for each in (*said, words_of(error, "title")) if each), "without words")


def answer_of(request: WebhookRequest) -> Inbound | None:
    """The answer to the question for the verify token; None for news."""
    if request.method != "GET":
        return None
    return Inbound((), WebhookAnswer(request.query.get("hub.challenge", "")[:200]))


def entries_of(request: WebhookRequest, wanted: str) -> list[dict[str, Any]]:
    """The entries of news about `wanted`; none for news about something else."""
    body = json_object(request.body)
    if field_of(body, "object", str) != wanted:
        return []
    return objects_of(body, "entry")


def objects_of(value: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The list of objects at `path`; Malformed for anything else."""
    found = field_of(value, path, list)
    if len(found) > MOST_EVENTS or not all(isinstance(each, dict) for each in found):
        raise Malformed(f"{path}: is no list of objects")
    return list(found)


def optional_objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The same where the list may be missing."""
    return objects_of(value, name) if name in value else []


def named(answer: dict[str, Any], path: str) -> str:
    """The platform's id of what it took; FateUnknown without one."""
    try:
        return id_of(answer, path)
    except Malformed:
        raise FateUnknown("the answer names no message; it may have arrived") from None
