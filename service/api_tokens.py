"""Tokens for programs that call the API in a person's name: several a person, each with a name and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput, NotFound
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import staff as accounts
from service.storage import tokens
from service.storage.audit import record_audit
from service.storage.tokens import ApiToken

MOST_TOKENS = 20


@dataclass(frozen=True)
class NewToken:
    """A new API token; shown only now."""

    id: int
    name: str
    token: str
    expires_at: datetime | None


def list_tokens(owner: int, staff: StaffMember, office: Office) -> list[ApiToken]:
    """The API tokens of `owner` that work: one's own, or anybody's for an administrator."""
    _must_own(owner, staff)
    with office.database.read() as connection:
        return tokens.working(connection, owner, office.clock())


def add_token(
    owner: int, name: str, staff: StaffMember, office: Office, *, expires_in_days: int | None = None
) -> NewToken:
    """A further API token of `owner`, shown only now; InvalidInput for a nameless one or one too many."""
    _must_own(owner, staff)
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidInput("give the token a name of 1 to 100 letters, like «reports»", reason="bad_token_name")
    if expires_in_days is not None and not 1 <= expires_in_days <= 3650:
        raise InvalidInput("a token may be valid for 1 to 3650 days", reason="bad_token_days")
    now = office.clock()
    expires_at = now + timedelta(days=expires_in_days) if expires_in_days else None
    with office.database.write() as connection:
        if accounts.get(connection, owner, lock=True).disabled_at is not None:
            raise Conflict("this account is disabled; enable it first")
        if len(tokens.working(connection, owner, now)) >= MOST_TOKENS:
            raise InvalidInput(f"there are {MOST_TOKENS} tokens already; withdraw one first", reason="too_many_tokens")
        number, token = tokens.add(connection, owner, name, now, expires_at)
        data = {"token": number, "name": name, "expires_at": expires_at.isoformat() if expires_at else None}
        record_audit(connection, staff.login, "token_added", "staff", owner, data, now)
    return NewToken(number, name, token, expires_at)


def revoke_token(owner: int, token_id: int, staff: StaffMember, office: Office) -> None:
    """Withdraw an API token; NotFound for one that isn't theirs or doesn't work any more."""
    _must_own(owner, staff)
    now = office.clock()
    with office.database.write() as connection:
        if not tokens.revoke(connection, owner, now, token_id):
            raise NotFound(f"there is no token {token_id}; it may have been withdrawn already")
        record_audit(connection, staff.login, "token_revoked", "staff", owner, {"token": token_id}, now)


def _must_own(owner: int, staff: StaffMember) -> None:
    if owner != staff.id:
        must(staff, Action.EDIT_STAFF)
