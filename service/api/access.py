"""Who is calling, and how often they may: visitors by their signed token, staff by theirs.

Dependencies that touch no database are `async`: FastAPI would send each of the others through a thread of its own.
"""

import time
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from service.api.visitors import Visitor, VisitorTokens
from service.errors import TooManyRequests, Unauthorized
from service.office import Office
from service.storage import staff
from service.storage.staff import StaffMember


class Gate:
    """Checks tokens and counts requests; one an application."""

    def __init__(self, office: Office) -> None:
        settings = office.settings
        self.tokens = VisitorTokens(office.signing_key, settings.visitor_days)
        self._limiter = MovingWindowRateLimiter(storage_from_string(settings.redis_url or "memory://"))
        self._messages = RateLimitItemPerMinute(settings.visitor_messages_per_minute)
        self._sessions = RateLimitItemPerMinute(settings.sessions_per_minute)

    def count_message(self, visitor: Visitor) -> None:
        """Raise TooManyRequests when this visitor writes faster than a person can."""
        self._count(self._messages, "message", visitor.id, "you are writing too fast; wait a little")

    def count_session(self, address: str) -> None:
        """Raise TooManyRequests when one address opens too many chats."""
        self._count(self._sessions, "session", address, "too many new chats from this address; wait a little")

    def _count(self, limit: RateLimitItemPerMinute, kind: str, who: str, detail: str) -> None:
        if not self._limiter.hit(limit, kind, who):
            reset = self._limiter.get_window_stats(limit, kind, who).reset_time
            raise TooManyRequests(detail, retry_after=max(1, round(reset - time.time())))


async def the_office(request: Request) -> Office:
    """The office of this application."""
    office: Office = request.app.state.office
    return office


async def the_gate(request: Request) -> Gate:
    """The gate of this application."""
    gate: Gate = request.app.state.gate
    return gate


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("send the token as «Authorization: Bearer TOKEN»")
    return token.strip()


Authorization = Annotated[str | None, Header(description="Bearer TOKEN")]


async def the_visitor(gate: Annotated[Gate, Depends(the_gate)], authorization: Authorization = None) -> Visitor:
    """The visitor behind the token in the header."""
    return gate.tokens.read(_bearer(authorization))


async def the_stream_visitor(
    gate: Annotated[Gate, Depends(the_gate)],
    authorization: Authorization = None,
    token: Annotated[str | None, Query(description="The token, for EventSource, which can't send headers")] = None,
) -> Visitor:
    """The visitor behind the token in the header or in the query."""
    return gate.tokens.read(token or _bearer(authorization))


def the_staff(office: Annotated[Office, Depends(the_office)], authorization: Authorization = None) -> StaffMember:
    """The member of staff behind the token in the header."""
    token = _bearer(authorization)
    with office.database.read() as connection:
        member = staff.find_by_token(connection, token)
    if member is None:
        raise Unauthorized("this token is not known or was withdrawn; ask an administrator for a new one")
    return member


OfficeHere = Annotated[Office, Depends(the_office)]
GateHere = Annotated[Gate, Depends(the_gate)]
VisitorHere = Annotated[Visitor, Depends(the_visitor)]
StreamVisitorHere = Annotated[Visitor, Depends(the_stream_visitor)]
StaffHere = Annotated[StaffMember, Depends(the_staff)]
