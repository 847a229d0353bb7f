"""One-time codes: set up, required, each taken once; recovery codes; a key that was changed."""

import pyotp
import pytest
from sqlalchemy import select

from service import signing_in
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput, SignInRefused
from service.office import Office, open_office
from service.second_factor import confirm_totp, enrol_totp, renew_recovery_codes, turn_totp_off
from service.storage.sessions import Session
from service.storage.tables import RecoveryCodeRow, StaffRow, table
from tests.service.conftest import Clock
from tests.service.staff.conftest import HOME, PASSWORD, Hire
from tests.service.threads import at_once, raised, unexpected


class Telephone:
    """Shows codes by the office's clock."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._codes, self._clock = pyotp.TOTP(secret), clock

    def code(self, seconds: int = 0) -> str:
        """What it shows now, or shows so many seconds later."""
        return self._codes.at(self._clock.now.timestamp() + seconds)  # type: ignore[arg-type]


def enter(office: Office, code: str, password: str = PASSWORD) -> Session:
    """Sign in with a code."""
    return signing_in.sign_in("anna", password, code, HOME, "", office)


@pytest.fixture
def anna(hire: Hire) -> StaffMember:
    """Somebody without codes yet."""
    return hire("anna")


@pytest.fixture
def telephone(anna: StaffMember, office: Office, clock: Clock) -> Telephone:
    """Anna's, set up and confirmed a while ago."""
    made = Telephone(enrol_totp(anna, office).secret, clock)
    confirm_totp(anna, made.code(), office)
    clock.move(minutes=5)
    return made


def test_nothing_is_asked_for_before_the_first_code_was_confirmed(
    anna: StaffMember, office: Office, clock: Clock
) -> None:
    made = enrol_totp(anna, office)
    assert made.uri.startswith("otpauth://totp/Otklik:anna?secret=")
    enter(office, "")
    with pytest.raises(InvalidInput):
        confirm_totp(anna, "000000", office)
    enter(office, "")
    codes = confirm_totp(anna, Telephone(made.secret, clock).code(), office)
    assert len(set(codes)) == 10
    with pytest.raises(SignInRefused):
        enter(office, "")


def test_a_new_enrolment_replaces_an_unconfirmed_one_only(anna: StaffMember, office: Office, clock: Clock) -> None:
    with pytest.raises(Conflict):
        confirm_totp(anna, "123456", office)
    old = Telephone(enrol_totp(anna, office).secret, clock)
    new = Telephone(enrol_totp(anna, office).secret, clock)
    with pytest.raises(InvalidInput):
        confirm_totp(anna, old.code(), office)
    confirm_totp(anna, new.code(), office)
    with pytest.raises(Conflict):
        enrol_totp(anna, office)
    with pytest.raises(Conflict):
        confirm_totp(anna, new.code(), office)


def test_the_secret_is_not_readable_in_the_database(anna: StaffMember, office: Office) -> None:
    secret = enrol_totp(anna, office).secret
    with office.database.read() as connection:
        kept = connection.execute(select(table(StaffRow).c.totp_secret)).scalar_one()
    assert secret not in kept


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_the_telephones_clock_may_be_half_a_minute_off(telephone: Telephone, office: Office, seconds: int) -> None:
    assert enter(office, telephone.code(seconds)).method == "password+totp"


@pytest.mark.parametrize("seconds", [-90, 90, 3600])
def test_codes_of_other_times_are_wrong(telephone: Telephone, office: Office, seconds: int) -> None:
    with pytest.raises(SignInRefused):
        enter(office, telephone.code(seconds))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00" * 6, "x" * 100_000, "-" * 50])
def test_what_is_no_code_is_refused(telephone: Telephone, office: Office, code: str) -> None:
    with pytest.raises(SignInRefused):
        enter(office, code)


def test_a_code_does_not_help_a_wrong_password_and_is_not_used_up_by_it(telephone: Telephone, office: Office) -> None:
    with pytest.raises(SignInRefused):
        enter(office, telephone.code(), "not this one")
    enter(office, telephone.code())


def test_a_code_is_taken_once_and_no_earlier_one_after_it(telephone: Telephone, office: Office, clock: Clock) -> None:
    earlier, code = telephone.code(-30), telephone.code()
    enter(office, f" {code[:3]} {code[3:]} ")
    for used in (code, earlier):
        with pytest.raises(SignInRefused):
            enter(office, used)
    clock.move(seconds=30)
    enter(office, telephone.code())


def test_of_two_who_show_the_same_code_at_once_one_gets_in(telephone: Telephone, office: Office) -> None:
    code = telephone.code()
    results = at_once(*[lambda: enter(office, code)] * 3)
    assert unexpected(results, SignInRefused) == []
    assert len(raised(results, SignInRefused)) == 2


def test_a_recovery_code_lets_in_once(anna: StaffMember, office: Office, clock: Clock) -> None:
    made = Telephone(enrol_totp(anna, office).secret, clock)
    first, second, *_ = confirm_totp(anna, made.code(), office)
    assert enter(office, first.upper()).method == "password+recovery"
    with pytest.raises(SignInRefused):
        enter(office, first)
    results = at_once(*[lambda: enter(office, second)] * 2)
    assert len(raised(results, SignInRefused)) == 1
    with office.database.read() as connection:
        assert second.replace("-", "") not in str(connection.execute(select(table(RecoveryCodeRow))).all())


def test_new_recovery_codes_replace_the_old_ones(
    anna: StaffMember, telephone: Telephone, office: Office, clock: Clock
) -> None:
    old = renew_recovery_codes(anna, telephone.code(), office)
    with pytest.raises(InvalidInput):
        renew_recovery_codes(anna, telephone.code(), office)
    clock.move(minutes=1)
    new = renew_recovery_codes(anna, telephone.code(), office)
    with pytest.raises(SignInRefused):
        enter(office, old[0])
    enter(office, new[0])


def test_turning_it_off_needs_a_code(anna: StaffMember, telephone: Telephone, office: Office) -> None:
    with pytest.raises(InvalidInput):
        turn_totp_off(anna, "000000", office)
    turn_totp_off(anna, telephone.code(), office)
    enter(office, "")
    with pytest.raises(Conflict):
        turn_totp_off(anna, telephone.code(), office)


def test_with_another_key_of_the_service_codes_are_refused_and_recovery_codes_work(
    anna: StaffMember, office: Office, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    made = Telephone(enrol_totp(anna, office).secret, clock)
    recovery = confirm_totp(anna, made.code(), office)
    clock.move(minutes=1)
    other = open_office(office.settings.model_copy(update={"secret": "another"}), clock=clock, reads=False)
    with pytest.raises(SignInRefused):
        enter(other, made.code())
    assert "OTKLIK_SECRET" in caplog.text
    enter(other, recovery[0])
    other.close()
