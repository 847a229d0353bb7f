"""Reading what platforms send: JSON with its fields checked on the way, signatures compared in constant time."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from service.channels.base import Malformed, SignatureRefused

LONGEST_ID = 200
REPLAY_SECONDS = 300


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; Malformed for anything else."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is no JSON") from None
    if not isinstance(read, dict):
        raise Malformed("the body is no JSON object")
    return read


def field_of(value: Any, path: str, kind: type | tuple[type, ...] = dict) -> Any:
    """What lies at `path` ("message.chat.id") in nested objects; Malformed where it is missing or of another kind."""
    found = value
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            raise Malformed(f"{path}: is missing")
        found = found[name]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(found, kind) or (isinstance(found, bool) and bool not in kinds):
        raise Malformed(f"{path}: is no {' or '.join(each.__name__ for each in kinds)}")
    return found


def id_of(value: Any, path: str) -> str:
    """An id at `path`, a number or a word, as text; Malformed when it is missing, empty or too long to be one."""
    found = str(field_of(value, path, (int, str)))
    if not 0 < len(found) <= LONGEST_ID or "\0" in found:
        raise Malformed(f"{path}: is no id")
    return found


def words_of(value: Any, name: str, most: int = LONGEST_ID) -> str | None:
    """The text of an optional field, cut at `most` characters; None when there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found[:most] if isinstance(found, str) and found else None


def same(given: str | None, expected: str) -> bool:
    """Whether both are the same, compared in constant time; never for an empty `expected`."""
    theirs, ours = (given or "").encode("utf-8", "replace"), expected.encode("utf-8", "replace")
    return bool(ours) and hmac.compare_digest(theirs, ours)


def hmac_sha256(secret: str, body: bytes) -> str:
    """HMAC-SHA256 over raw bytes, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def must_be_signed(given: str | None, secret: str, body: bytes, prefix: str = "") -> None:
    """SignatureRefused unless `given` is `prefix` and the HMAC-SHA256 of `body` under `secret`."""
    if not secret or not same((given or "").lower(), prefix + hmac_sha256(secret, body)):
        raise SignatureRefused("the signature is missing or wrong")


def must_be_fresh(timestamp: str, now: datetime, seconds: float = REPLAY_SECONDS) -> None:
    """SignatureRefused unless `timestamp` (Unix seconds) is at most so far from now: an old request sent again."""
    if not timestamp.isascii() or not timestamp.isdigit() or abs(int(timestamp) - now.timestamp()) > seconds:
        raise SignatureRefused("the timestamp is missing or too old")
