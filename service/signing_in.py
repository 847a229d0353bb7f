"""How staff get in: login, password and code; the browser's session; a password of one's own.

Whoever guesses learns nothing: an unknown login, a disabled account and a wrong password or code cost the same time and
get the same answer, and each further wrong try waits longer.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service import vault
from service.domain.staff import StaffMember, Tries
from service.errors import NotFound, SignInRefused, SignInThrottled, StorageUnavailable, Unauthorized, WeakPassword
from service.events import staff_topic
from service.office import Office
from service.policies import logins, passwords, throttling
from service.policies.addresses import network_of
from service.policies.sessions import is_alive, is_touch_due
from service.second_factor import accept_code
from service.storage import sessions, tokens
from service.storage import staff as accounts
from service.storage.audit import record_audit
from service.storage.sessions import Session
from service.storage.staff import Credentials

LONGEST_AGENT = 200
UNKNOWN = "unknown"
KEPT_FOR = timedelta(days=30)
_FREE = {"login": throttling.FREE_BY_LOGIN, "address": throttling.FREE_BY_ADDRESS}
_REFUSAL = "the login, the password or the code is wrong; the code is needed if you have set it up"


def sign_in(
    login: str, password: str, code: str, address: str, agent: str, office: Office, *, replaces: str | None = None
) -> Session:
    """A new session, its `cookie` to be given to the browser; the session of the cookie `replaces` ends.

    Raises SignInRefused, which doesn't say what was wrong, and SignInThrottled, which says for how long to wait.
    """
    now = office.clock()
    login = logins.tidy(login)
    before = _count_try(login, address, office, now)
    with office.database.read() as connection:
        found = accounts.credentials(connection, login)
    kept = found.password_hash if found is not None and found.disabled_at is None else None
    right = vault.verify_password(password, kept)
    renewed = vault.hash_password(password) if right and kept and vault.needs_rehash(kept) else None
    with office.database.write() as connection:
        used = _decide(connection, login, kept if right else None, code, office, now)
        if used is None:
            who = login if found is not None else UNKNOWN  # what was typed may be a password in the wrong field
            record_audit(connection, who, "sign_in_failed", "staff", who, {}, now, address)
            session = None
        else:
            credentials, factor = used
            if renewed:
                accounts.change(connection, credentials.member.id, password_hash=renewed)
            _forgive(connection, before)
            session = open_session(
                connection, credentials.member, "password" if factor == "none" else f"password+{factor}", address,
                agent, office, replaces=replaces, must_change_password=credentials.password_is_temporary,
            )  # fmt: skip
    if session is None:
        raise SignInRefused(_REFUSAL)
    return session


def _decide(
    connection: Connection, login: str, kept: str | None, code: str, office: Office, now: datetime
) -> tuple[Credentials, str] | None:
    """The account and how its second factor was given, if the password that was checked is still the one in force."""
    credentials = accounts.credentials(connection, login, lock=True)
    if credentials is None or kept is None or credentials.password_hash != kept or credentials.disabled_at is not None:
        return None
    factor = accept_code(connection, credentials, code, office, now)
    return (credentials, factor) if factor is not None else None


def open_session(
    connection: Connection, member: StaffMember, method: str, address: str, agent: str, office: Office, *,
    replaces: str | None = None, must_change_password: bool = False,
) -> Session:  # fmt: skip
    """Sign in somebody whose identity is proved, in the caller's transaction."""
    now = office.clock()
    former = sessions.find(connection, replaces) if replaces else None
    if former is not None:
        sessions.revoke(connection, former.staff.id, now, only=former.id)
    session = sessions.begin(
        connection, member, method, address[:64], _tidy_agent(agent), now,
        timedelta(hours=office.settings.session_hours), must_change_password=must_change_password,
    )  # fmt: skip
    data = {"method": method, "session": session.id}
    record_audit(connection, member.login, "signed_in", "staff", member.id, data, now, address)
    return session


def find_session(cookie_value: str | None, office: Office) -> Session | None:
    """The session behind a cookie; None for a forged, truncated, revoked or expired one and for who is disabled."""
    if not cookie_value:
        return None
    now = office.clock()
    with office.database.read() as connection:
        session = sessions.find(connection, cookie_value)
    if session is None or not _is_alive(session, office, now):
        return None
    if is_touch_due(session.seen_at, now):
        with suppress(StorageUnavailable), office.database.write() as connection:  # reading goes on meanwhile
            sessions.touch(connection, session.id, now)
    return session


def session_of(cookie_value: str | None, office: Office) -> StaffMember | None:
    """Who is signed in with this cookie and may work; None also for who has to choose a password first."""
    session = find_session(cookie_value, office)
    return session.staff if session is not None and not session.must_change_password else None


def sign_out(cookie_value: str | None, office: Office, address: str | None = None) -> None:
    """End the session of this cookie; harmless when there is none."""
    now = office.clock()
    with office.database.write() as connection:
        session = sessions.find(connection, cookie_value) if cookie_value else None
        if session is not None and sessions.revoke(connection, session.staff.id, now, only=session.id):
            data = {"session": session.id}
            record_audit(connection, session.staff.login, "signed_out", "staff", session.staff.id, data, now, address)
    if session is not None:
        office.events.publish(staff_topic(session.staff.id))


def list_sessions(staff: StaffMember, office: Office) -> list[Session]:
    """The browsers in which this person is signed in, newest first."""
    idle, lasts = (
        timedelta(minutes=office.settings.session_idle_minutes),
        timedelta(hours=office.settings.session_hours),
    )
    now = office.clock()
    with office.database.read() as connection:
        found = sessions.of_person(connection, staff, now)
    return [each for each in found if is_alive(each.seen_at, each.expires_at, now, idle, lasts)]


def revoke_session(session_id: int, staff: StaffMember, office: Office) -> None:
    """Sign out one of one's own browsers; NotFound for somebody else's."""
    now = office.clock()
    with office.database.write() as connection:
        if not sessions.revoke(connection, staff.id, now, only=session_id):
            raise NotFound(f"there is no session {session_id} of yours; it may have ended already")
        record_audit(connection, staff.login, "session_revoked", "staff", staff.id, {"session": session_id}, now)
    office.events.publish(staff_topic(staff.id))


def change_password(
    staff: StaffMember, old: str, new: str, office: Office, *, session_id: int | None = None, address: str = ""
) -> None:
    """Choose another password: the old one is asked for, all sessions but `session_id` end.

    Raises SignInRefused for a wrong old one (throttled as a sign-in is) and WeakPassword with the reason.
    """
    check_password(new, staff.login)
    now = office.clock()
    before = _count_try(staff.login, address, office, now)
    with office.database.read() as connection:
        found = accounts.credentials(connection, staff.login)
    kept = found.password_hash if found else None
    if not vault.verify_password(old, kept):
        raise SignInRefused("the present password is wrong; nothing was changed", reason="wrong_old_password")
    if vault.verify_password(new, kept):
        raise WeakPassword("this is the password you have now; choose another one", reason="same")
    fresh = vault.hash_password(new)
    with office.database.write() as connection:
        again = accounts.credentials(connection, staff.login, lock=True)
        if again is None or again.password_hash != kept or again.disabled_at is not None:
            raise Unauthorized("the account was changed at the same moment; sign in again")
        accounts.change(connection, staff.id, password_hash=fresh, password_changed_at=now, password_is_temporary=False)
        ended = sessions.revoke(connection, staff.id, now, but=session_id)
        _forgive(connection, before)
        record_audit(
            connection, staff.login, "password_changed", "staff", staff.id, {"sessions_ended": ended}, now, address
        )
    office.events.publish(staff_topic(staff.id))


def check_password(password: str, login: str) -> None:
    """Raise WeakPassword, with the reason, unless the password is good enough."""
    found = passwords.weakness(password, login)
    if found is None:
        return
    said: Mapping[passwords.Weakness, str] = {
        passwords.Weakness.SHORT: f"the password is too short; at least {passwords.SHORTEST} characters, "
        "a few words in a row are best",
        passwords.Weakness.LONG: f"the password is too long; at most {passwords.LONGEST} characters",
        passwords.Weakness.LOGIN: "the password is the login; choose another one",
        passwords.Weakness.COMMON: "this is one of the passwords that are tried first; choose another one",
        passwords.Weakness.MONOTONOUS: "the password repeats one or two characters; choose another one",
    }
    raise WeakPassword(said[found], reason=found.value)


def forget_old(office: Office) -> int:
    """Delete sessions and counted tries that nobody asks for any more; returns how many sessions."""
    before = office.clock() - KEPT_FOR
    with office.database.read() as connection:
        if not sessions.anything_old(connection, before):
            return 0
    with office.database.write() as connection:
        return sessions.forget_old(connection, before)


def use_token(token: str, office: Office) -> StaffMember | None:
    """Who works with this API token; its last use is kept to the minute."""
    now = office.clock()
    with office.database.read() as connection:
        found = tokens.owner(connection, token, now)
        member = accounts.find(connection, found[0]) if found else None
    if found is None or member is None:
        return None
    if tokens.is_use_worth_noting(found[2], now):
        with suppress(StorageUnavailable), office.database.write() as connection:
            tokens.note_use(connection, found[1], now)
    return member


def forgive_login(connection: Connection, login: str) -> None:
    """Let somebody who locked themselves out try again at once, in the caller's transaction."""
    sessions.forgive(connection, _subject("login", login))


def _count_try(login: str, address: str, office: Office, now: datetime) -> dict[str, Tries]:
    """Count a try before it is known to be wrong, so that many at once are counted too; returns what was before."""
    subjects = {_subject("address", network_of(address)): "address", _subject("login", login): "login"}
    before: dict[str, Tries] = {}
    with office.database.write() as connection:
        for subject in sorted(subjects):
            before[subject] = sessions.lock_tries(connection, subject, now)
        wait = max(throttling.remaining(tries, now) for tries in before.values())
        if wait:
            seconds = max(1, -(-wait // timedelta(seconds=1)))
            raise SignInThrottled(
                f"too many wrong attempts; try again in {_in_words(seconds)}, or ask an administrator", seconds
            )
        for subject, kind in subjects.items():
            sessions.set_tries(connection, subject, throttling.count_try(before[subject], now, _FREE[kind]))
    return before


def _forgive(connection: Connection, before: Mapping[str, Tries]) -> None:
    """A right sign-in: the login begins anew; the address, which others may share, loses this one try only."""
    for subject in sorted(before):
        if subject.startswith("login:"):
            sessions.forgive(connection, subject)
        else:
            sessions.take_back(connection, subject, before[subject])


def _subject(kind: str, what: str) -> str:
    return f"{kind}:{hashlib.sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _in_words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{-(-seconds // 60)} min"


def _is_alive(session: Session, office: Office, now: datetime) -> bool:
    idle = timedelta(minutes=office.settings.session_idle_minutes)
    lasts = timedelta(hours=office.settings.session_hours)
    return is_alive(session.seen_at, session.expires_at, now, idle, lasts)


def _tidy_agent(agent: str) -> str:
    whole = agent.encode("utf-8", "replace").decode()
    return "".join(letter for letter in whole if letter.isprintable())[:LONGEST_AGENT]
