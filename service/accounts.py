"""What administrators do with accounts: add, change, disable, give a new password, tokens. Each is one transaction.

Who is disabled, or loses a department, keeps no conversation: it returns to the queue with its place.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from service import vault
from service.domain.staff import Role, StaffMember
from service.errors import Conflict, InvalidInput
from service.events import STAFF_TOPIC, staff_topic
from service.office import Office
from service.permits import must
from service.policies import logins
from service.policies.permissions import Action
from service.releasing import Released, announce_released, release_all
from service.second_factor import remove_totp
from service.signing_in import check_password, forgive_login
from service.storage import conversations, departments, sessions, tokens
from service.storage import staff as accounts
from service.storage.audit import record_audit
from service.storage.staff import Account

COMMAND_LINE = StaffMember(0, logins.COMMAND_LINE, "otklik", Role.ADMIN, ())
"""Who acts when a command is typed on the server: whoever can do that can open the database as well."""

LARGEST_CAPACITY = 100


@dataclass(frozen=True)
class AccountDraft:
    """What an account is made of, or changed to. None: as it is (for a new one: the default)."""

    name: str | None = None
    role: str | None = None
    departments: tuple[str, ...] | None = None
    email: str | None = None
    languages: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    time_zone: str | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class NewAccount:
    """A new account; the one-time password is shown only now, None when a password was given."""

    account: Account
    one_time_password: str | None


def list_staff(staff: StaffMember, office: Office, *, with_disabled: bool = False) -> list[Account]:
    """Everybody who works here, by login; for supervisors and administrators."""
    must(staff, Action.SEE_STAFF)
    with office.database.read() as connection:
        return accounts.all_accounts(connection, with_disabled=with_disabled)


def add_staff(
    login: str, draft: AccountDraft, staff: StaffMember, office: Office, *, password: str | None = None
) -> NewAccount:
    """A new account. Without `password` it gets a one-time password that has to be changed at the first sign-in."""
    must(staff, Action.EDIT_STAFF)
    if not logins.is_login(login):
        raise InvalidInput(
            f"{login[: logins.LONGEST_LOGIN]!r} can't be a login; use letters, digits and . _ - @ +, "
            f"at most {logins.LONGEST_LOGIN}",
            reason="bad_login", longest=logins.LONGEST_LOGIN,
        )  # fmt: skip
    if password is not None:
        check_password(password, login)
    one_time = None if password is not None else make_one_time_password()
    hashed = vault.hash_password(password if password is not None else one_time or "")
    now = office.clock()
    with office.database.write() as connection:
        values = _checked(connection, draft)
        role = Role(values.pop("role", Role.OPERATOR.value))
        member = accounts.insert(
            connection, login, values.pop("name", login), role, values.pop("departments", []), now,
            password_hash=hashed, password_changed_at=now, password_is_temporary=one_time is not None, **values,
        )  # fmt: skip
        after = _audited(member)
        record_audit(connection, staff.login, "staff_added", "staff", member.id, {"login": login, "after": after}, now)
        account = accounts.get(connection, member.id)
    office.events.publish(STAFF_TOPIC)
    return NewAccount(account, one_time)


def change_staff(staff_id: int, draft: AccountDraft, staff: StaffMember, office: Office) -> Account:
    """Change what an account is made of; conversations that the person may not see any more return to the queue."""
    must(staff, Action.EDIT_STAFF)

    def act(connection: Connection, account: Account, now: datetime) -> tuple[Released, ...]:
        values = _checked(connection, draft)
        if account.member.role is Role.ADMIN and values.get("role", Role.ADMIN) != Role.ADMIN:
            _must_leave_an_admin(connection, staff_id)
        accounts.change(connection, staff_id, **values)
        after = accounts.get(connection, staff_id).member
        before, now_is = _audited(account.member), _audited(after)
        changed = [key for key in now_is if now_is[key] != before[key]]
        data = {"before": {key: before[key] for key in changed}, "after": {key: now_is[key] for key in changed}}
        if draft.email is not None and account.member.email != after.email:
            data["after"]["email"] = "changed"
        record_audit(connection, staff.login, "staff_changed", "staff", staff_id, data, now)
        return release_all(
            connection, staff_id, office, now, actor=staff.login, reason="may_not_see",
            only=lambda department: not after.may_see(department),
        )  # fmt: skip

    return _on_account(staff_id, office, act)


def disable(staff_id: int, staff: StaffMember, office: Office) -> Account:
    """Let somebody in no more: sessions and tokens end at once, conversations return to the queue. Repeatable."""
    must(staff, Action.EDIT_STAFF)
    if staff_id == staff.id:
        raise Conflict("you can't disable your own account; ask another administrator", reason="own_account")

    def act(connection: Connection, account: Account, now: datetime) -> tuple[Released, ...]:
        if account.disabled_at is not None:
            return ()
        if account.member.role is Role.ADMIN:
            _must_leave_an_admin(connection, staff_id)
        accounts.change(connection, staff_id, disabled_at=now)
        released = release_all(connection, staff_id, office, now, actor=staff.login, reason="disabled")
        data = {
            "sessions_ended": sessions.revoke(connection, staff_id, now),
            "tokens_ended": tokens.revoke(connection, staff_id, now),
            "conversations_released": [each.conversation_id for each in released],
        }
        record_audit(connection, staff.login, "staff_disabled", "staff", staff_id, data, now)
        return released

    return _on_account(staff_id, office, act)


def count_held(staff_id: int, staff: StaffMember, office: Office) -> int:
    """How many conversations would return to the queue if this account were disabled now."""
    must(staff, Action.EDIT_STAFF)
    with office.database.read() as connection:
        return len(conversations.held_by(connection, staff_id))


def enable(staff_id: int, staff: StaffMember, office: Office) -> Account:
    """Let somebody in again; they need their password or a new one, tokens are made anew."""
    must(staff, Action.EDIT_STAFF)

    def act(connection: Connection, account: Account, now: datetime) -> tuple[Released, ...]:
        if account.disabled_at is not None:
            accounts.change(connection, staff_id, disabled_at=None)
            record_audit(connection, staff.login, "staff_enabled", "staff", staff_id, {}, now)
        return ()

    return _on_account(staff_id, office, act)


def set_password(staff_id: int, staff: StaffMember, office: Office, *, password: str | None = None) -> str | None:
    """Give an account a password, or (None) a one-time password, which is returned. Its sessions end."""
    must(staff, Action.EDIT_STAFF)
    one_time = make_one_time_password() if password is None else None

    def act(connection: Connection, account: Account, now: datetime) -> tuple[Released, ...]:
        if password is not None:
            check_password(password, account.member.login)
        hashed = vault.hash_password(password if password is not None else one_time or "")
        accounts.change(
            connection, staff_id, password_hash=hashed, password_changed_at=now,
            password_is_temporary=password is None,
        )  # fmt: skip
        forgive_login(connection, account.member.login)
        data = {"sessions_ended": sessions.revoke(connection, staff_id, now), "one_time": password is None}
        record_audit(connection, staff.login, "password_set", "staff", staff_id, data, now)
        return ()

    _on_account(staff_id, office, act)
    return one_time


def reset_totp(staff_id: int, staff: StaffMember, office: Office) -> Account:
    """Take the second factor away from somebody who lost the telephone; their sessions end."""
    must(staff, Action.EDIT_STAFF)

    def act(connection: Connection, account: Account, now: datetime) -> tuple[Released, ...]:
        remove_totp(connection, staff_id)
        data = {"sessions_ended": sessions.revoke(connection, staff_id, now)}
        record_audit(connection, staff.login, "totp_reset", "staff", staff_id, data, now)
        return ()

    return _on_account(staff_id, office, act)


def make_one_time_password() -> str:
    """A password for the first sign-in only; 95 random bits, easy to read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    plain = "".join(secrets.choice(letters) for _ in range(20))
    return "-".join(plain[i : i + 5] for i in range(0, 20, 5))


def _on_account(
    staff_id: int, office: Office, act: Callable[[Connection, Account, datetime], tuple[Released, ...]]
) -> Account:
    now = office.clock()
    with office.database.write() as connection:
        account = accounts.get(connection, staff_id, lock=True)
        moved = act(connection, account, now)
        after = accounts.get(connection, staff_id)
    announce_released(moved, office)
    office.events.publish(staff_topic(staff_id))
    office.events.publish(STAFF_TOPIC)
    return after


def _must_leave_an_admin(connection: Connection, leaving: int) -> None:
    if not [each for each in accounts.lock_admins(connection) if each != leaving]:
        raise Conflict("this is the last administrator; make somebody else one first", reason="last_admin")


def _audited(member: StaffMember) -> dict[str, Any]:
    """What the trail says of an account: no name and no address of e-mail."""
    kept = {each.name: getattr(member, each.name) for each in fields(member)}
    shown = ("role", "departments", "languages", "skills", "time_zone", "capacity")
    return {key: list(kept[key]) if isinstance(kept[key], tuple) else kept[key] for key in shown}


def _checked(connection: Connection, draft: AccountDraft) -> dict[str, Any]:
    """The columns that a draft sets; InvalidInput naming what is wrong."""
    values = {each.name: getattr(draft, each.name) for each in fields(draft) if getattr(draft, each.name) is not None}
    if "name" in values:
        values["name"] = values["name"].strip()
        if not values["name"] or len(values["name"]) > 200 or not values["name"].isprintable():
            raise InvalidInput("a name has 1 to 200 letters: it is what clients see", reason="bad_name")
    if "role" in values and values["role"] not in set(Role):
        raise InvalidInput(f"there is no role {values['role']!r}; there are {', '.join(Role)}")
    if values.get("email") == "":
        values["email"] = None
    elif "email" in values and not re.fullmatch(r"[^\s@\x00]+@[^\s@\x00]+", values["email"][:255]):
        raise InvalidInput("this is no e-mail address", reason="bad_email")
    if "departments" in values:
        known = [each.id for each in departments.all_departments(connection)]
        unknown = sorted(set(values["departments"]) - set(known))
        if unknown:
            raise InvalidInput(
                f"no such department: {', '.join(unknown)}; there are {', '.join(known)}", reason="no_department"
            )
    if values.get("time_zone"):
        try:
            ZoneInfo(values["time_zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidInput("there is no such time zone; write one like Europe/Moscow", reason="bad_zone") from error
    elif "time_zone" in values:
        values["time_zone"] = None
    if not 0 <= values.get("capacity", 0) <= LARGEST_CAPACITY:
        raise InvalidInput(
            f"capacity is a number from 0 to {LARGEST_CAPACITY}", reason="bad_capacity", most=LARGEST_CAPACITY
        )
    for key in ("departments", "languages", "skills"):
        if key in values:
            values[key] = _words(key, values[key])
    return values


def _words(what: str, listed: Sequence[str]) -> list[str]:
    plain = list(dict.fromkeys(each.strip() for each in listed))
    if len(plain) > 50 or not all(each and len(each) <= 40 and each.isprintable() for each in plain):
        raise InvalidInput(f"{what}: at most 50 words of 1 to 40 letters", reason="bad_words")
    return plain
