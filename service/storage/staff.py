"""Members of staff: found, added, changed; what is kept of their passwords and codes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.staff import Role, StaffMember
from service.errors import Conflict, NotFound, Unauthorized
from service.storage import tokens
from service.storage.tables import StaffRow, insert_row, table
from service.storage.tokens import TOKEN_PREFIX

log = logging.getLogger(__name__)
S = table(StaffRow).c

__all__ = ["TOKEN_PREFIX", "Account", "Role", "StaffMember"]


@dataclass(frozen=True)
class Account:
    """A member of staff with what administrators see of the account."""

    member: StaffMember
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    password_is_temporary: bool
    password_changed_at: datetime | None
    has_totp: bool


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against. Never leaves the service."""

    member: StaffMember
    disabled_at: datetime | None
    password_hash: str | None
    password_is_temporary: bool
    totp_secret: str | None
    totp_confirmed_at: datetime | None
    totp_step: int | None


def add(
    connection: Connection, login: str, name: str, role: Role, departments: Sequence[str], now: datetime, **more: Any
) -> tuple[StaffMember, str]:
    """A new member of staff and their first API token; Conflict if the login is taken.

    `more` are further columns: email, languages, skills, time_zone, capacity, password_hash ...
    """
    member = insert(connection, login, name, role, departments, now, **more)
    return member, tokens.add(connection, member.id, tokens.FIRST_NAME, now)[1]


def insert(
    connection: Connection, login: str, name: str, role: Role, departments: Sequence[str], now: datetime, **more: Any
) -> StaffMember:
    """A new member of staff without any token; Conflict if the login is taken."""
    values = {"login": login, "name": name, "role": role.value, "departments": list(departments), "created_at": now}
    try:
        key = insert_row(connection, StaffRow, values | more)
    except IntegrityError as error:
        raise Conflict(f"there is already a member of staff with the login {login!r}", reason="login_taken") from error
    return get(connection, key).member


def renew_token(connection: Connection, login: str, now: datetime | None = None) -> str | None:
    """A new token for `login`, all old ones stop working; None if there is no such login."""
    now = now or datetime.now(UTC)
    key = connection.execute(select(S.id).where(S.login == login)).scalar_one_or_none()
    if key is None:
        return None
    tokens.revoke(connection, key, now)
    return tokens.add(connection, key, tokens.FIRST_NAME, now)[1]


def find_by_token(connection: Connection, token: str, now: datetime | None = None) -> StaffMember | None:
    """The member of staff behind a token; None for a wrong, withdrawn or expired one and for who is disabled."""
    found = tokens.owner(connection, token, now)
    return find(connection, found[0]) if found else None


def find(connection: Connection, staff_id: int) -> StaffMember | None:
    """The member of staff of this id who still works here; None otherwise."""
    row = connection.execute(select(table(StaffRow)).where(S.id == staff_id, S.disabled_at.is_(None))).one_or_none()
    return _member(row) if row is not None else None


def must_work(connection: Connection, staff_id: int) -> StaffMember:
    """Who acts, as they are at this moment; Unauthorized for somebody who was disabled in the middle.

    First in the transaction of an action: the account then can't be disabled, and loses no department, before it is
    over. Without that a conversation could be taken by somebody who has just left.
    """
    query = select(table(StaffRow)).where(S.id == staff_id, S.disabled_at.is_(None)).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    member = _member(row) if row is not None else None
    if member is None:
        raise Unauthorized("this account was disabled; ask an administrator")
    return member


def get(connection: Connection, staff_id: int, *, lock: bool = False) -> Account:
    """The account of this id, disabled or not; NotFound if there is none."""
    query = select(table(StaffRow)).where(S.id == staff_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    account = _account(row) if row is not None else None
    if account is None:
        raise NotFound(f"there is no member of staff {staff_id}")
    return account


def find_login(connection: Connection, login: str) -> Account | None:
    """The account of this login, disabled or not."""
    row = connection.execute(select(table(StaffRow)).where(S.login == login)).one_or_none()
    return _account(row) if row is not None else None


def is_login_taken(connection: Connection, login: str) -> bool:
    """Whether there is an account of this login, even one with a role that this code doesn't know."""
    return connection.execute(select(S.id).where(S.login == login)).first() is not None


def all_accounts(connection: Connection, *, with_disabled: bool = False) -> list[Account]:
    """Everybody by login; those with a role that this code doesn't know are left out and logged."""
    query = select(table(StaffRow)).order_by(S.login)
    if not with_disabled:
        query = query.where(S.disabled_at.is_(None))
    return [account for row in connection.execute(query) if (account := _account(row)) is not None]


def credentials(connection: Connection, login: str, *, lock: bool = False) -> Credentials | None:
    """What a sign-in of `login` is checked against; None for an unknown login."""
    query = select(table(StaffRow)).where(S.login == login)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    member = _member(row) if row is not None else None
    if row is None or member is None:
        return None
    return Credentials(
        member, row.disabled_at, row.password_hash, row.password_is_temporary, row.totp_secret,
        row.totp_confirmed_at, row.totp_step,
    )  # fmt: skip


def change(connection: Connection, staff_id: int, **values: Any) -> None:
    """Set columns of an account."""
    connection.execute(update(table(StaffRow)).where(S.id == staff_id).values(**values))


def use_totp_step(connection: Connection, staff_id: int, step: int) -> bool:
    """Take a one-time code's step; False when it, or a later one, was used already."""
    result = connection.execute(
        update(table(StaffRow)).where(S.id == staff_id, func.coalesce(S.totp_step, -1) < step).values(totp_step=step)
    )
    return result.rowcount == 1


def lock_admins(connection: Connection) -> list[int]:
    """The administrators who can act, locked, so that the last one can't be lost by two changes at once."""
    query = select(S.id).where(S.role == Role.ADMIN.value, S.disabled_at.is_(None)).order_by(S.id).with_for_update()
    return list(connection.execute(query).scalars())


def _member(row: Row[Any]) -> StaffMember | None:
    try:
        role = Role(row.role)
    except ValueError:
        # Written by a later version or by hand: nobody knows what they may do, so they may do nothing.
        log.error("a member of staff has an unknown role", extra={"staff": row.id, "role": row.role})
        return None
    return StaffMember(
        row.id, row.login, row.name, role, tuple(row.departments), row.email, tuple(row.languages), tuple(row.skills),
        row.time_zone, row.capacity,
    )  # fmt: skip


def _account(row: Row[Any]) -> Account | None:
    member = _member(row)
    if member is None:
        return None
    return Account(
        member, row.created_at, row.disabled_at, row.password_hash is not None, row.password_is_temporary,
        row.password_changed_at, row.totp_confirmed_at is not None,
    )  # fmt: skip
