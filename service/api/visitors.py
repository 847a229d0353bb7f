"""Who writes in the web chat: a signed visitor token, made once and good for months."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.errors import Unauthorized

_SALT = "otklik.visitor.1"
REMEMBERED_TOKENS: Final = 4096


@dataclass(frozen=True)
class Visitor:
    """A visitor of the site: a random id, and the language the chat was opened in."""

    id: str
    language: str


class VisitorTokens:
    """Makes and reads visitor tokens, signed with the service's key (HMAC over id, language and time)."""

    def __init__(self, key: str, valid_days: int) -> None:
        self._serializer = URLSafeTimedSerializer(key, salt=_SALT)
        self._valid = timedelta(days=valid_days)
        # A visitor sends the same token with every request, and checking a signature costs as much as storing a message
        # costs the database. What does not hold raises and is not remembered.
        self._read = lru_cache(maxsize=REMEMBERED_TOKENS)(self._check)

    def issue(self, language: str) -> tuple[Visitor, str]:
        """A new visitor and the token to give to the browser."""
        visitor = Visitor(secrets.token_urlsafe(16), language)
        return visitor, self._serializer.dumps([visitor.id, visitor.language])

    def read(self, token: str) -> Visitor:
        """The visitor behind a token; Unauthorized for a forged, broken or expired one."""
        visitor, signed_at = self._read(token)
        # Clocks of two servers differ: a token from the near future is good.
        if datetime.now(UTC) - signed_at > self._valid:
            raise Unauthorized("this chat token has expired; open a new session")
        return visitor

    def _check(self, token: str) -> tuple[Visitor, datetime]:
        try:
            (visitor, language), signed_at = self._serializer.loads(token, return_timestamp=True)
        except (BadSignature, ValueError, TypeError) as error:
            raise Unauthorized("this chat token is not ours; open a new session") from error
        return Visitor(str(visitor), str(language)), signed_at
