"""Who writes in the web chat: a signed visitor token, made once and good for months."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.errors import Unauthorized

_SALT = "otklik.visitor.1"


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

    def issue(self, language: str) -> tuple[Visitor, str]:
        """A new visitor and the token to give to the browser."""
        visitor = Visitor(secrets.token_urlsafe(16), language)
        return visitor, self._serializer.dumps([visitor.id, visitor.language])

    def read(self, token: str) -> Visitor:
        """The visitor behind a token; Unauthorized for a forged, broken or expired one."""
        try:
            (visitor, language), signed_at = self._serializer.loads(token, return_timestamp=True)
        except (BadSignature, ValueError, TypeError) as error:
            raise Unauthorized("this chat token is not ours; open a new session") from error
        # Clocks of two servers differ: a token from the near future is good.
        if datetime.now(UTC) - signed_at > self._valid:
            raise Unauthorized("this chat token has expired; open a new session")
        return Visitor(str(visitor), str(language))
