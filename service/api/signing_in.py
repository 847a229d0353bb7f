"""How a browser of the staff signs in and looks after its own account. An API token can do none of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status
from fastapi.responses import RedirectResponse

from service import api_tokens, second_factor, signing_in, single_sign_on
from service.api.access import (
    COOKIE,
    OfficeHere,
    SessionHere,
    WorkerHere,
    address_of,
    give_cookie,
    must_be_secure,
    no_foreigner,
    own_url,
)
from service.api.problems import responses
from service.api.sign_in_schemas import (
    CodeIn,
    EnrolmentOut,
    Me,
    PasswordChange,
    RecoveryCodes,
    SessionList,
    SessionOut,
    SignIn,
    TokenIn,
    TokenList,
    TokenOut,
)
from service.errors import SupportError
from service.office import Office
from service.policies.permissions import PAGES, may_open
from service.storage import sessions, staff
from service.storage.columns import LARGEST_ID
from service.storage.sessions import Session

JOURNEY_COOKIE = "otklik_oidc"
SIGN_IN_PAGE = "/console/sign-in"
NO_CONTENT = status.HTTP_204_NO_CONTENT
Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = APIRouter(prefix="/staff/v1", tags=["sign-in"], responses=responses(401, 403, 409, 413, 422, 503))


@router.post("/sign-in", responses=responses(429), dependencies=[Depends(no_foreigner)])
def sign_in(body: SignIn, request: Request, response: Response, office: OfficeHere) -> Me:
    """Sign in; the answer sets the cookie. What was wrong is not said, and wrong tries wait longer and longer."""
    session = signing_in.sign_in(
        body.login, body.password, body.code, address_of(request), request.headers.get("user-agent", ""), office,
        replaces=request.cookies.get(COOKIE),
    )  # fmt: skip
    give_cookie(response, session, request, office)
    return _me(session, office)


@router.post("/sign-out", status_code=NO_CONTENT)
def sign_out(request: Request, response: Response, office: OfficeHere, _session: SessionHere) -> None:
    """End the session of this browser."""
    signing_in.sign_out(request.cookies.get(COOKIE), office, address_of(request))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=must_be_secure(request, office))


@router.get("/me")
def me(office: OfficeHere, session: SessionHere) -> Me:
    """Who is signed in, and what they may open."""
    return _me(session, office)


@router.get("/sessions")
def list_sessions(office: OfficeHere, session: WorkerHere) -> SessionList:
    """The browsers in which you are signed in."""
    found = signing_in.list_sessions(session.staff, office)
    return SessionList(sessions=[_session_out(each, session) for each in found])


@router.delete("/sessions/{session_id}", status_code=NO_CONTENT, responses=responses(404))
def revoke_session(session_id: Number, office: OfficeHere, session: WorkerHere) -> None:
    """Sign out one of your browsers."""
    signing_in.revoke_session(session_id, session.staff, office)


@router.post("/password", status_code=NO_CONTENT, responses=responses(429))
def change_password(body: PasswordChange, request: Request, office: OfficeHere, session: SessionHere) -> None:
    """Choose another password; your other browsers are signed out."""
    signing_in.change_password(
        session.staff, body.old, body.new, office, session_id=session.id, address=address_of(request)
    )


@router.post("/totp/enrol")
def enrol_totp(office: OfficeHere, session: WorkerHere) -> EnrolmentOut:
    """A secret for the telephone; codes are required only after the first one was confirmed."""
    made = second_factor.enrol_totp(session.staff, office)
    return EnrolmentOut(secret=made.secret, uri=made.uri)


@router.post("/totp/confirm")
def confirm_totp(body: CodeIn, office: OfficeHere, session: WorkerHere) -> RecoveryCodes:
    """Require codes from now on; the answer has the recovery codes."""
    return RecoveryCodes(codes=list(second_factor.confirm_totp(session.staff, body.code, office)))


@router.post("/totp/recovery-codes")
def renew_recovery_codes(body: CodeIn, office: OfficeHere, session: WorkerHere) -> RecoveryCodes:
    """New recovery codes in place of the old ones."""
    return RecoveryCodes(codes=list(second_factor.renew_recovery_codes(session.staff, body.code, office)))


@router.post("/totp/off", status_code=NO_CONTENT)
def turn_totp_off(body: CodeIn, office: OfficeHere, session: WorkerHere) -> None:
    """Ask for no codes any more."""
    second_factor.turn_totp_off(session.staff, body.code, office)


@router.get("/tokens")
def list_tokens(office: OfficeHere, session: WorkerHere) -> TokenList:
    """Your API tokens that work."""
    found = api_tokens.list_tokens(session.staff.id, session.staff, office)
    return TokenList(
        tokens=[
            TokenOut(
                id=each.id, name=each.name, created_at=each.created_at, expires_at=each.expires_at,
                last_used_at=each.last_used_at,
            )
            for each in found
        ]
    )  # fmt: skip


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
def add_token(body: TokenIn, office: OfficeHere, session: WorkerHere) -> TokenOut:
    """A further API token; it is shown only in this answer."""
    made = api_tokens.add_token(
        session.staff.id, body.name, session.staff, office, expires_in_days=body.expires_in_days
    )
    return TokenOut(id=made.id, name=made.name, token=made.token, expires_at=made.expires_at)


@router.delete("/tokens/{token_id}", status_code=NO_CONTENT, responses=responses(404))
def revoke_token(token_id: Number, office: OfficeHere, session: WorkerHere) -> None:
    """Withdraw one of your API tokens."""
    api_tokens.revoke_token(session.staff.id, token_id, session.staff, office)


@router.get("/oidc/start", status_code=status.HTTP_303_SEE_OTHER, responses=responses(404))
def start_single_sign_on(
    request: Request,
    office: OfficeHere,
    after: Annotated[str, Query(max_length=500, description="The page to show afterwards")] = "/console",
) -> RedirectResponse:
    """Go to the provider of single sign-on."""
    departure = single_sign_on.depart(_callback(request, office), after, office)
    answer = RedirectResponse(departure.url, status.HTTP_303_SEE_OTHER)
    answer.set_cookie(
        JOURNEY_COOKIE, departure.cookie, max_age=single_sign_on.VALID_SECONDS, path="/staff/v1/oidc", httponly=True,
        samesite="lax", secure=must_be_secure(request, office),
    )  # fmt: skip
    return answer


@router.get("/oidc/callback", status_code=status.HTTP_303_SEE_OTHER)
def finish_single_sign_on(
    request: Request,
    office: OfficeHere,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> RedirectResponse:
    """Back from the provider: to the console, or to the sign-in page with the code of what went wrong."""
    try:
        session, after = single_sign_on.arrive(
            request.cookies.get(JOURNEY_COOKIE), state, code, address_of(request),
            request.headers.get("user-agent", ""), office, replaces=request.cookies.get(COOKIE),
        )  # fmt: skip
    except SupportError as error:
        answer = RedirectResponse(f"{SIGN_IN_PAGE}?problem={error.code}", status.HTTP_303_SEE_OTHER)
    else:
        answer = RedirectResponse(after, status.HTTP_303_SEE_OTHER)
        give_cookie(answer, session, request, office)
    answer.delete_cookie(JOURNEY_COOKIE, path="/staff/v1/oidc")
    return answer


def _callback(request: Request, office: Office) -> str:
    return f"{own_url(request, office)}/staff/v1/oidc/callback"


def _me(session: Session, office: Office) -> Me:
    member = session.staff
    with office.database.read() as connection:
        account = staff.get(connection, member.id)
        left = sessions.recovery_codes_left(connection, member.id)
    return Me(
        id=member.id,
        login=member.login,
        name=member.name,
        role=member.role.value,
        departments=list(member.departments),
        pages=[page for page in PAGES if may_open(member.role, page, member.departments)],
        must_change_password=session.must_change_password,
        codes_required=account.has_totp,
        recovery_codes_left=left,
    )


def _session_out(each: Session, current: Session) -> SessionOut:
    return SessionOut(
        id=each.id,
        current=each.id == current.id,
        method=each.method,
        address=each.address,
        agent=each.agent,
        created_at=each.created_at,
        seen_at=each.seen_at,
        expires_at=each.expires_at,
    )
