"""One-time codes (TOTP): set up with a telephone, required from then on, each taken once; recovery codes."""

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import Connection

from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput
from service.office import Office
from service.storage import sessions
from service.storage import staff as accounts
from service.storage.audit import record_audit
from service.storage.staff import Credentials
from service.vault import Unreadable, seal, unseal

log = logging.getLogger(__name__)
STEP_SECONDS = 30
DRIFT_STEPS = 1
CODE_LENGTH = 6
RECOVERY_CODES = 10
LONGEST_CODE = 64
_PURPOSE = "totp"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Enrolment:
    """What the telephone needs: the secret to type, or the address to show as a picture. Shown once."""

    secret: str
    uri: str


def is_on(staff: StaffMember, office: Office) -> bool:
    """Whether this person is asked for codes."""
    with office.database.read() as connection:
        return accounts.get(connection, staff.id).has_totp


def enrol_totp(staff: StaffMember, office: Office) -> Enrolment:
    """A new secret that waits for its first code; nothing is required before `confirm_totp`.

    Raises Conflict when codes are required already: turn them off first.
    """
    secret = pyotp.random_base32()
    with office.database.write() as connection:
        if accounts.get(connection, staff.id, lock=True).has_totp:
            raise Conflict(
                "codes are required already; turn them off first to use another telephone", reason="totp_is_on"
            )
        sealed = seal(secret, office.signing_key, _PURPOSE)
        accounts.change(connection, staff.id, totp_secret=sealed, totp_confirmed_at=None, totp_step=None)
        record_audit(connection, staff.login, "totp_enrolled", "staff", staff.id, {}, office.clock())
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=staff.login, issuer_name="Otklik"))


def confirm_totp(staff: StaffMember, code: str, office: Office) -> tuple[str, ...]:
    """Require codes from now on, after the telephone has shown a right one; returns the recovery codes, once."""
    now = office.clock()
    with office.database.write() as connection:
        kept = accounts.credentials(connection, staff.login, lock=True)
        if kept is None or kept.totp_secret is None:
            raise Conflict("begin by showing the secret to the telephone")
        if kept.totp_confirmed_at is not None:
            raise Conflict("codes are required already", reason="totp_is_on")
        if not _is_right(connection, kept, code, office, now):
            raise InvalidInput(
                "the code is wrong; look whether the telephone's clock is right and type the next one",
                reason="wrong_code",
            )
        accounts.change(connection, staff.id, totp_confirmed_at=now)
        codes = _new_codes(connection, staff.id)
        record_audit(connection, staff.login, "totp_confirmed", "staff", staff.id, {}, now)
    return codes


def renew_recovery_codes(staff: StaffMember, code: str, office: Office) -> tuple[str, ...]:
    """Ten new recovery codes in place of the old ones, for a right one-time code."""
    now = office.clock()
    with office.database.write() as connection:
        _must_prove(connection, staff, code, office, now)
        codes = _new_codes(connection, staff.id)
        record_audit(connection, staff.login, "recovery_codes_renewed", "staff", staff.id, {}, now)
    return codes


def turn_totp_off(staff: StaffMember, code: str, office: Office) -> None:
    """Ask for no codes any more; needs a right one, or a recovery code."""
    now = office.clock()
    with office.database.write() as connection:
        _must_prove(connection, staff, code, office, now)
        remove_totp(connection, staff.id)
        record_audit(connection, staff.login, "totp_turned_off", "staff", staff.id, {}, now)


def remove_totp(connection: Connection, staff_id: int) -> None:
    """Forget secret and recovery codes of an account."""
    accounts.change(connection, staff_id, totp_secret=None, totp_confirmed_at=None, totp_step=None)
    sessions.replace_recovery_codes(connection, staff_id, ())


def accept_code(connection: Connection, kept: Credentials, code: str, office: Office, now: datetime) -> str | None:
    """How the second factor was given: "none" where none is required, "totp", "recovery", or None for a wrong one.

    The code is used up in this transaction.
    """
    if kept.totp_confirmed_at is None:
        return "none"
    if _is_right(connection, kept, code, office, now):
        return "totp"
    plain = _plain(code)
    if len(plain) > CODE_LENGTH and sessions.use_recovery_code(connection, kept.member.id, plain, now):
        return "recovery"
    return None


def _must_prove(connection: Connection, staff: StaffMember, code: str, office: Office, now: datetime) -> None:
    kept = accounts.credentials(connection, staff.login, lock=True)
    if kept is None or kept.totp_confirmed_at is None:
        raise Conflict("codes are not required for this account")
    if accept_code(connection, kept, code, office, now) is None:
        raise InvalidInput("the code is wrong or was used already; type the next one", reason="wrong_code")


def _is_right(connection: Connection, kept: Credentials, code: str, office: Office, now: datetime) -> bool:
    typed = _plain(code)
    if kept.totp_secret is None or len(typed) != CODE_LENGTH or not (typed.isascii() and typed.isdigit()):
        return False
    try:
        secret = unseal(kept.totp_secret, office.signing_key, _PURPOSE)
    except Unreadable:
        # The service's key was changed: an administrator has to take the second factor away.
        log.error(
            "the secret of one-time codes can't be read; was OTKLIK_SECRET changed?", extra={"staff": kept.member.id}
        )
        return False
    today = int(now.timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(secret)
    for step in range(today - DRIFT_STEPS, today + DRIFT_STEPS + 1):
        if hmac.compare_digest(codes.at(step * STEP_SECONDS), typed):
            return accounts.use_totp_step(connection, kept.member.id, step)
    return False


def _new_codes(connection: Connection, staff_id: int) -> tuple[str, ...]:
    # 16 of 31 letters: 79 random bits, none of them easily taken for another.
    plain = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    sessions.replace_recovery_codes(connection, staff_id, plain)
    return tuple("-".join(each[i : i + 4] for i in range(0, 16, 4)) for each in plain)


def _plain(code: str) -> str:
    return "".join(letter for letter in code[:LONGEST_CODE] if letter.isalnum()).lower()
