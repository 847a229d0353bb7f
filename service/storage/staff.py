"""Members of staff and their API tokens (kept as hashes; a token is shown once, when it is made)."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.storage.tables import StaffRow, insert_row, table

S = table(StaffRow).c
TOKEN_PREFIX = "otk_"  # noqa: S105 - a mark by which leaked tokens are recognised, not a secret


class Role(StrEnum):
    """What a member of staff may do."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ML = "ml"
    ADMIN = "admin"


@dataclass(frozen=True)
class StaffMember:
    """Who is acting. No departments means all of them."""

    id: int
    login: str
    name: str
    role: Role
    departments: tuple[str, ...]

    def may_see(self, department: str | None) -> bool:
        """The row-level rule: conversations of one's own departments, or all when none are set."""
        return not self.departments or department in self.departments


def add(
    connection: Connection, login: str, name: str, role: Role, departments: Sequence[str], now: datetime
) -> tuple[StaffMember, str]:
    """A new member of staff and the token to hand to them; Conflict if the login is taken."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    try:
        values = {
            "login": login,
            "name": name,
            "role": role.value,
            "departments": list(departments),
            "token_hash": _hash(token),
            "created_at": now,
        }
        key = insert_row(connection, StaffRow, values)
    except IntegrityError as error:
        raise Conflict(f"there is already a member of staff with the login {login!r}") from error
    return StaffMember(key, login, name, role, tuple(departments)), token


def renew_token(connection: Connection, login: str) -> str | None:
    """A new token for `login`, the old one stops working; None if there is no such login."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    result = connection.execute(update(StaffRow).where(S.login == login).values(token_hash=_hash(token)))
    return token if result.rowcount else None


def find_by_token(connection: Connection, token: str) -> StaffMember | None:
    """The member of staff behind a token; None for a wrong or disabled one."""
    query = select(table(StaffRow)).where(S.token_hash == _hash(token), S.disabled_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return StaffMember(row.id, row.login, row.name, Role(row.role), tuple(row.departments))


def _hash(token: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
