"""Who is calling: visitors by their signed token, staff by theirs or by their session.

Dependencies that touch no database are `async`: FastAPI would send each of the others through a thread of its own.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response

from service.api.visitors import Visitor, VisitorTokens
from service.domain.staff import StaffMember
from service.errors import CrossSiteRefused, PasswordChangeNeeded, Unauthorized
from service.office import Office
from service.policies.addresses import is_loopback
from service.policies.same_site import SAFE_METHODS, is_foreign, is_ours
from service.signing_in import find_session, use_token
from service.storage.sessions import Session

COOKIE = "otklik_staff"


class Gate:
    """Checks the tokens of visitors; one an application."""

    def __init__(self, office: Office) -> None:
        self.tokens = VisitorTokens(office.signing_key, office.settings.visitor_days)


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


def the_session(request: Request, office: Annotated[Office, Depends(the_office)]) -> Session:
    """The session behind the cookie, even one that may only choose another password."""
    session = find_session(request.cookies.get(COOKIE), office)
    if session is None:
        raise Unauthorized("you are not signed in, or no longer; sign in")
    if request.method not in SAFE_METHODS and not _said(is_ours, request, office):
        raise CrossSiteRefused("the request did not come from a page of this site; open the console and try there")
    return session


def the_worker(session: Annotated[Session, Depends(the_session)]) -> Session:
    """The session of somebody who may work with it."""
    if session.must_change_password:
        raise PasswordChangeNeeded("you signed in with a one-time password; choose your own: POST /staff/v1/password")
    return session


def the_staff(
    request: Request, office: Annotated[Office, Depends(the_office)], authorization: Authorization = None
) -> StaffMember:
    """The member of staff behind the token in the header, or behind the cookie of a signed-in browser."""
    if authorization is None and COOKIE in request.cookies:
        return the_worker(the_session(request, office)).staff
    member = use_token(_bearer(authorization), office)
    if member is None:
        raise Unauthorized("this token is not known or was withdrawn; ask an administrator for a new one")
    return member


def no_foreigner(request: Request, office: Annotated[Office, Depends(the_office)]) -> None:
    """Raise CrossSiteRefused when a browser says that another site sent the request; programs say nothing."""
    if _said(is_foreign, request, office):
        raise CrossSiteRefused("the request came from another site; open the console and sign in there")


def give_cookie(response: Response, session: Session, request: Request, office: Office) -> None:
    """Let the browser keep the session; page scripts can't read it, other sites' requests don't carry it."""
    lasts = session.expires_at - session.created_at
    response.set_cookie(
        COOKIE, session.cookie or "", max_age=int(lasts.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=must_be_secure(request, office),
    )  # fmt: skip


def must_be_secure(request: Request, office: Office) -> bool:
    """Cookies travel over https only, except on the machine itself."""
    if office.settings.public_url.startswith("https://"):
        return True
    return not (request.url.scheme == "http" and is_loopback(request.url.hostname))


def own_url(request: Request, office: Office) -> str:
    """The address under which the browser sees this service."""
    return office.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"


def address_of(request: Request) -> str:
    """The address the request came from."""
    return request.client.host if request.client else "unknown"


def _said(question: Callable[..., bool], request: Request, office: Office) -> bool:
    headers = request.headers
    said = (headers.get("sec-fetch-site"), headers.get("origin"), headers.get("referer"))
    return question(own_url(request, office), *said)


OfficeHere = Annotated[Office, Depends(the_office)]
GateHere = Annotated[Gate, Depends(the_gate)]
VisitorHere = Annotated[Visitor, Depends(the_visitor)]
StreamVisitorHere = Annotated[Visitor, Depends(the_stream_visitor)]
StaffHere = Annotated[StaffMember, Depends(the_staff)]
SessionHere = Annotated[Session, Depends(the_session)]
WorkerHere = Annotated[Session, Depends(the_worker)]
