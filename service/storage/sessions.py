"""Browsers that are signed in, wrong sign-ins that are counted, and recovery codes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.staff import StaffMember, Tries
from service.storage import staff
from service.storage.tables import RecoveryCodeRow, SignInTriesRow, StaffRow, StaffSessionRow, insert_row, table
from service.storage.tokens import hash_key

N = table(StaffSessionRow).c
S = table(StaffRow).c
A = table(SignInTriesRow).c
R = table(RecoveryCodeRow).c
KEY_BYTES = 32
LONGEST_KEY = 64


@dataclass(frozen=True)
class Session:
    """A browser that is signed in. `cookie` is there only in the answer to a sign-in; the database has its hash.

    `must_change_password`: came with a one-time password; nothing but choosing another one is allowed.
    """

    id: int
    staff: StaffMember
    method: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    must_change_password: bool = False
    cookie: str | None = field(default=None, repr=False)


def begin(
    connection: Connection, member: StaffMember, method: str, address: str, agent: str, now: datetime,
    lasts: timedelta, *, must_change_password: bool = False,
) -> Session:  # fmt: skip
    """A new session with a random key of 256 bits."""
    key = secrets.token_urlsafe(KEY_BYTES)
    values = {
        "staff_id": member.id, "key_hash": hash_key(key), "method": method, "address": address, "agent": agent,
        "created_at": now, "seen_at": now, "expires_at": now + lasts,
    }  # fmt: skip
    number = insert_row(connection, StaffSessionRow, values)
    return Session(number, member, method, address, agent, now, now, now + lasts, must_change_password, key)


def find(connection: Connection, cookie: str) -> Session | None:
    """The session behind a cookie that was not revoked, of somebody who works here; its age is for the caller."""
    if not cookie or len(cookie) > LONGEST_KEY:
        return None
    query = (
        select(table(StaffSessionRow), S.password_is_temporary)
        .join(StaffRow, S.id == N.staff_id)
        .where(N.key_hash == hash_key(cookie), N.revoked_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    member = staff.find(connection, row.staff_id) if row is not None else None
    return _session(row, member) if row is not None and member is not None else None


def of_person(connection: Connection, member: StaffMember, now: datetime) -> list[Session]:
    """The sessions of a person that were not revoked and are not over, newest first."""
    query = (
        select(table(StaffSessionRow), S.password_is_temporary)
        .join(StaffRow, S.id == N.staff_id)
        .where(N.staff_id == member.id, N.revoked_at.is_(None), N.expires_at > now)
        .order_by(N.id.desc())
    )
    return [_session(row, member) for row in connection.execute(query)]


def touch(connection: Connection, session_id: int, now: datetime) -> None:
    """The session was used."""
    connection.execute(update(table(StaffSessionRow)).where(N.id == session_id).values(seen_at=now))


def revoke(
    connection: Connection, staff_id: int, now: datetime, *, only: int | None = None, but: int | None = None
) -> int:
    """End all sessions of a person, or only one, or all but one; returns how many ended."""
    which = [N.staff_id == staff_id, N.revoked_at.is_(None)]
    if only is not None:
        which.append(N.id == only)
    if but is not None:
        which.append(N.id != but)
    return connection.execute(update(table(StaffSessionRow)).where(*which).values(revoked_at=now)).rowcount


def anything_old(connection: Connection, before: datetime) -> bool:
    """Whether there is a session that was over, or a try that was made, before this moment."""
    session = select(N.id).where(N.expires_at < before).limit(1)
    tries = select(A.subject).where(A.last_at < before).limit(1)
    return connection.execute(session).first() is not None or connection.execute(tries).first() is not None


def forget_old(connection: Connection, before: datetime) -> int:
    """Delete sessions that were over, and tries that were made, before this moment; returns how many sessions."""
    connection.execute(delete(table(SignInTriesRow)).where(A.last_at < before))
    return connection.execute(delete(table(StaffSessionRow)).where(N.expires_at < before)).rowcount


# --- wrong sign-ins


def lock_tries(connection: Connection, subject: str, now: datetime) -> Tries:
    """The tries of a login or address, locked until the end of the transaction: two at once are counted as two."""
    query = select(A.failures, A.last_at, A.locked_until).where(A.subject == subject).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(table(SignInTriesRow)).values(subject=subject, failures=0, last_at=now))
        except IntegrityError:
            row = connection.execute(query).one_or_none()
    return Tries(row.failures, row.last_at, row.locked_until) if row is not None else Tries()


def set_tries(connection: Connection, subject: str, tries: Tries) -> None:
    """Write down the tries of a subject that is locked."""
    connection.execute(
        update(table(SignInTriesRow))
        .where(A.subject == subject)
        .values(failures=tries.failures, last_at=tries.last_at, locked_until=tries.locked_until)
    )


def take_back(connection: Connection, subject: str, before: Tries) -> None:
    """One try of a subject was a right one: it doesn't count, and the pause is what it was before."""
    connection.execute(
        update(table(SignInTriesRow))
        .where(A.subject == subject, A.failures > 0)
        .values(failures=A.failures - 1, locked_until=before.locked_until)
    )


def forgive(connection: Connection, subject: str) -> None:
    """Forget all tries of a subject."""
    connection.execute(delete(table(SignInTriesRow)).where(A.subject == subject))


# --- recovery codes


def replace_recovery_codes(connection: Connection, staff_id: int, codes: Sequence[str]) -> None:
    """These codes and no others from now on."""
    connection.execute(delete(table(RecoveryCodeRow)).where(R.staff_id == staff_id))
    if codes:
        rows = [{"staff_id": staff_id, "code_hash": hash_key(code), "used_at": None} for code in codes]
        connection.execute(insert(table(RecoveryCodeRow)), rows)


def use_recovery_code(connection: Connection, staff_id: int, code: str, now: datetime) -> bool:
    """Take a recovery code; False for a wrong one and for one that was used."""
    result = connection.execute(
        update(table(RecoveryCodeRow))
        .where(R.staff_id == staff_id, R.code_hash == hash_key(code), R.used_at.is_(None))
        .values(used_at=now)
    )
    return result.rowcount >= 1


def recovery_codes_left(connection: Connection, staff_id: int) -> int:
    """How many recovery codes were not used yet."""
    query = select(R.id).where(R.staff_id == staff_id, R.used_at.is_(None))
    return len(connection.execute(query).all())


def _session(row: Row[tuple[object, ...]], member: StaffMember) -> Session:
    return Session(
        row.id, member, row.method, row.address, row.agent, row.created_at, row.seen_at, row.expires_at,
        row.password_is_temporary and row.method.startswith("password"),
    )  # fmt: skip
