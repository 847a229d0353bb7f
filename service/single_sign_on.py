"""Sign-in through the bank's own OpenID Connect provider: authorization code with PKCE, state and nonce.

Needs the extra `oidc` and OTKLIK_OIDC_*. The second factor is the provider's business. Accounts are made by
administrators, unless OTKLIK_OIDC_CREATE_ROLE says that whoever the provider knows may come in.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from service.domain.staff import Role, StaffMember
from service.errors import NotFound, ProviderUnavailable, SetupError, SignInRefused
from service.office import Office
from service.policies import logins
from service.policies.addresses import is_loopback
from service.settings import Settings
from service.signing_in import open_session
from service.storage import staff
from service.storage.audit import record_audit
from service.storage.sessions import Session
from service.vault import Unreadable, seal, unseal

if TYPE_CHECKING:
    import httpx

VALID_SECONDS = 600
TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_PURPOSE = "oidc"
_REFUSAL = "the provider did not let you in, or you have no account here; ask an administrator"


@dataclass(frozen=True)
class Departure:
    """Where the browser goes, and the cookie that it brings back from there."""

    url: str
    cookie: str


@dataclass(frozen=True)
class _Journey:
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    after: str
    began: float


def is_configured(settings: Settings) -> bool:
    """Whether staff may sign in through a provider."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def depart(redirect_uri: str, after: str, office: Office) -> Departure:
    """Begin: `redirect_uri` is our callback, `after` the page (a path) of ours to show in the end."""
    import httpx  # here and below: most banks never use it, and it makes the start slower

    settings = office.settings
    if not is_configured(settings):
        raise NotFound("single sign-on is not set up here; sign in with login and password")
    journey = _Journey(
        secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), redirect_uri,
        local_path(after), office.clock().timestamp(),
    )  # fmt: skip
    with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        metadata = _metadata(http, settings)
    with _client(settings, redirect_uri) as client:
        url, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], state=journey.state, nonce=journey.nonce,
            code_verifier=journey.verifier,
        )  # fmt: skip
    return Departure(url, seal(json.dumps(journey.__dict__), office.signing_key, _PURPOSE))


def arrive(
    cookie: str | None, state: str, code: str, address: str, agent: str, office: Office, *, replaces: str | None = None
) -> tuple[Session, str]:
    """Back from the provider: a session, and the page of ours to show.

    SignInRefused for whatever doesn't fit: another state, an old cookie, a token that isn't for us, an unknown login.
    """
    journey = _opened(cookie, state, office)
    claims = _claims(journey, code, office)
    now = office.clock()
    with office.database.write() as connection:
        member = _member(connection, claims, office, now)
        if member is None:
            record_audit(connection, "unknown", "sign_in_failed", "staff", "unknown", {"method": "oidc"}, now, address)
        else:
            session = open_session(connection, member, "oidc", address, agent, office, replaces=replaces)
    if member is None:
        raise SignInRefused(_REFUSAL)
    return session, journey.after


def local_path(path: str) -> str:
    """A path of this site, or the console: a sign-in never sends anybody elsewhere."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) <= 500
    return path if plain and "\\" not in path else "/console"


def _opened(cookie: str | None, state: str, office: Office) -> _Journey:
    try:
        journey = _Journey(**json.loads(unseal(cookie or "", office.signing_key, _PURPOSE)))
    except Unreadable as error:
        raise SignInRefused("this sign-in was not begun in this browser; begin again") from error
    age = office.clock().timestamp() - journey.began
    if not secrets.compare_digest(journey.state.encode(), state.encode("utf-8", "replace")):
        raise SignInRefused("this answer belongs to another sign-in; begin again")
    if not -LEEWAY_SECONDS <= age <= VALID_SECONDS:
        raise SignInRefused("the sign-in took too long; begin again")
    return journey


def _claims(journey: _Journey, code: str, office: Office) -> dict[str, Any]:
    import httpx
    from authlib.common.errors import AuthlibBaseError

    settings = office.settings
    with httpx.Client(timeout=TIMEOUT_SECONDS) as http, _client(settings, journey.redirect_uri) as client:
        metadata = _metadata(http, settings)
        try:
            token = client.fetch_token(
                metadata["token_endpoint"], grant_type="authorization_code", code=code,
                code_verifier=journey.verifier, state=journey.state,
            )  # fmt: skip
            keys = http.get(metadata["jwks_uri"]).raise_for_status().json()
        except AuthlibBaseError as error:
            raise SignInRefused(_REFUSAL) from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable("the sign-in provider does not answer; try again or use a password") from error
    return _checked(token, keys, metadata["issuer"], journey, settings, office.clock())


def _checked(
    token: Any, keys: Any, issuer: str, journey: _Journey, settings: Settings, now: datetime
) -> dict[str, Any]:
    """The claims of a token that is signed by the provider, for us, for this sign-in, and not over."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": settings.oidc_client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": journey.nonce},
    )
    try:
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        registry.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignInRefused(_REFUSAL) from error
    audience = decoded.claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and decoded.claims.get("azp") != settings.oidc_client_id:
        raise SignInRefused(_REFUSAL)
    return dict(decoded.claims)


def _member(connection: Connection, claims: dict[str, Any], office: Office, now: datetime) -> StaffMember | None:
    settings = office.settings
    said = claims.get(settings.oidc_claim)
    login = logins.tidy(said) if isinstance(said, str) else ""
    if not login or (settings.oidc_claim == "email" and claims.get("email_verified") is not True):
        return None
    account = staff.find_login(connection, login)
    if account is not None:
        return account.member if account.disabled_at is None else None
    may_be_made = settings.oidc_create_role and logins.is_login(login)
    if not may_be_made or staff.is_login_taken(connection, login):
        return None
    name = claims.get("name")
    shown = name.strip()[:200] if isinstance(name, str) and name.strip() and name.isprintable() else login
    role, departments = Role(settings.oidc_create_role), settings.oidc_create_departments
    member = staff.insert(connection, login, shown, role, departments, now)
    data = {"login": login, "after": {"role": role.value, "departments": list(departments)}, "method": "oidc"}
    record_audit(connection, login, "staff_added", "staff", member.id, data, now)
    return member


def _metadata(http: "httpx.Client", settings: Settings) -> dict[str, Any]:
    import httpx

    issuer = settings.oidc_issuer
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        raise SetupError("OTKLIK_OIDC_ISSUER must begin with https://")
    try:
        found: dict[str, Any] = http.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
        said = found["issuer"].rstrip("/")
        if not all(isinstance(found[each], str) for each in ("authorization_endpoint", "token_endpoint", "jwks_uri")):
            raise TypeError
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderUnavailable("the sign-in provider does not answer; try again or use a password") from error
    if said != issuer:
        raise SetupError(f"the provider calls itself {said[:200]}; OTKLIK_OIDC_ISSUER must be the same")
    return found


def _client(settings: Settings, redirect_uri: str) -> Any:
    try:
        from authlib.integrations.httpx_client import OAuth2Client
    except ImportError as error:
        raise SetupError("single sign-on needs the extra: pip install 'otklik[oidc]'") from error
    return OAuth2Client(
        settings.oidc_client_id, settings.oidc_client_secret or None, scope="openid profile email",
        redirect_uri=redirect_uri, code_challenge_method="S256", timeout=TIMEOUT_SECONDS,
        token_endpoint_auth_method="client_secret_basic" if settings.oidc_client_secret else "none",
    )  # fmt: skip
