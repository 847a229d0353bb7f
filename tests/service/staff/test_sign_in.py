"""Signing in: right and wrong, guessed at, at once, with the clock in disorder."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from service import signing_in, vault
from service.errors import NotFound, SignInRefused, SignInThrottled, WeakPassword
from service.office import Office, open_office
from service.signing_in import change_password, find_session, list_sessions, revoke_session, session_of, sign_out
from service.storage.sessions import Session
from service.storage.tables import AuditRow, StaffRow, StaffSessionRow, table
from tests.service.conftest import Clock
from tests.service.staff.conftest import HOME, PASSWORD, Hire
from tests.service.threads import at_once, raised, unexpected

SignIn = Callable[..., Session]


@pytest.fixture
def sign_in(office: Office) -> SignIn:
    """Sign in with PASSWORD from home."""

    def call(
        login: str = "anna", password: str = PASSWORD, code: str = "", address: str = HOME, **more: Any
    ) -> Session:
        return signing_in.sign_in(login, password, code, address, "Firefox", office, **more)

    return call


def fail(sign_in: SignIn, times: int, **how: Any) -> list[Exception]:
    """Sign in wrongly so often."""
    errors: list[Exception] = []
    for _ in range(times):
        try:
            sign_in(**({"password": "not this one"} | how))
        except (SignInRefused, SignInThrottled) as error:
            errors.append(error)
    return errors


def trail(office: Office) -> list[tuple[str, str, str | None]]:
    """(actor, action, address) of everything that was recorded."""
    with office.database.read() as connection:
        rows = connection.execute(select(table(AuditRow)).order_by(table(AuditRow).c.id))
        return [(row.actor, row.action, row.address) for row in rows]


def test_a_right_sign_in_gives_a_session_whose_key_is_kept_as_a_hash(
    office: Office, hire: Hire, sign_in: SignIn
) -> None:
    anna = hire("anna", "cards")
    session = sign_in()
    assert session.cookie is not None
    assert len(session.cookie) == 43
    assert session_of(session.cookie, office) == anna
    assert session.cookie not in repr(session)
    with office.database.read() as connection:
        (row,) = connection.execute(select(table(StaffSessionRow)))
    assert session.cookie not in str(row)
    assert trail(office) == [("anna", "signed_in", HOME)]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna", "wrong password"), ("nobody", PASSWORD), ("boris", PASSWORD), ("nopass", PASSWORD), ("nopass", ""),
        ("", PASSWORD), ("anna", ""), ("an\x00na", PASSWORD), ("\x00", "\x00"), ("\ud800", "\ud800"),
        ("anna' OR 1=1 --", PASSWORD), ("x" * 100_000, PASSWORD), ("anna", "x" * 1_000_000), ("king", PASSWORD),
        ("ANNA", PASSWORD),
    ],
)  # fmt: skip
def test_whatever_is_wrong_gets_the_same_answer(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock, login: str, password: str
) -> None:
    hire("anna")
    hire("boris", disabled_at=clock())
    hire("nopass", password_hash=None)
    king = hire("king")
    with office.database.write() as connection:
        connection.execute(update(table(StaffRow)).where(table(StaffRow).c.id == king.id).values(role="king"))
    with pytest.raises(SignInRefused) as caught:
        sign_in(login, password)
    assert (
        caught.value.detail == "the login, the password or the code is wrong; the code is needed if you have set it up"
    )
    assert [action for _, action, _ in trail(office)] == ["sign_in_failed"]
    assert password not in str(trail(office)) or not password


def test_an_unknown_login_costs_a_hash_too(
    sign_in: SignIn, hire: Hire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("anna")
    hire("boris", disabled_at=clock())
    checked: list[bool] = []
    verify = vault.verify_password

    def counted(password: str, kept: str | None) -> bool:
        checked.append(kept is not None)
        return verify(password, kept)

    monkeypatch.setattr(vault, "verify_password", counted)
    for login in ("anna", "nobody", "boris"):
        fail(sign_in, 1, login=login)
    assert checked == [True, False, False]


def test_what_was_typed_as_a_login_is_not_written_down(office: Office, sign_in: SignIn) -> None:
    fail(sign_in, 1, login="my secret password")
    assert trail(office) == [("unknown", "sign_in_failed", HOME)]


def test_a_guesser_waits_longer_and_longer_and_is_told_so(hire: Hire, sign_in: SignIn, clock: Clock) -> None:
    hire("anna")
    assert {type(error) for error in fail(sign_in, 5)} == {SignInRefused}
    waits = []
    for _ in range(12):
        (error,) = fail(sign_in, 1)
        assert isinstance(error, SignInThrottled)
        assert "try again in" in error.detail
        waits.append(error.retry_after)
        clock.move(seconds=error.retry_after)
        assert {type(each) for each in fail(sign_in, 1)} == {SignInRefused}
    assert waits == [min(2**n, 900) for n in range(12)]


def test_a_lock_holds_for_the_right_password_too_and_ends(hire: Hire, sign_in: SignIn, clock: Clock) -> None:
    hire("anna")
    fail(sign_in, 5)
    with pytest.raises(SignInThrottled):
        sign_in(address="198.51.100.9")
    clock.move(seconds=2)
    sign_in()
    assert {type(error) for error in fail(sign_in, 5)} == {SignInRefused}, "a right sign-in begins the count anew"


def test_a_lock_survives_a_restart_and_holds_in_another_process(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock
) -> None:
    hire("anna")
    fail(sign_in, 5)
    other = open_office(office.settings, clock=clock, reads=False)
    with pytest.raises(SignInThrottled):
        signing_in.sign_in("anna", PASSWORD, "", HOME, "", other)
    other.close()


def test_many_logins_from_one_address_are_guessed_at_no_faster(hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    errors = [fail(sign_in, 1, login=f"somebody{number}", address="2001:db8::1")[0] for number in range(40)]
    assert [type(error) for error in errors].count(SignInThrottled) == 10
    with pytest.raises(SignInThrottled):
        sign_in(address="2001:db8::ffff:1")
    sign_in(address="2001:db8:0:1::1")


def test_a_right_sign_in_does_not_wash_an_address_clean(hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    for number in range(60):
        fail(sign_in, 1, login=f"somebody{number}")
        try:
            sign_in()
        except SignInThrottled:
            break
    else:
        pytest.fail("the address was never locked")


def test_of_many_guesses_at_once_no_more_are_tried_than_one_after_another(hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    results = at_once(*[lambda: sign_in(password="not this one")] * 12)
    assert unexpected(results, SignInRefused, SignInThrottled) == []
    assert len(raised(results, SignInRefused)) == 5


def test_two_who_sign_in_at_once_both_get_in(office: Office, hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    results = at_once(*[sign_in] * 3)
    assert unexpected(results) == []
    assert len({each.cookie for each in results}) == 3
    assert all(session_of(each.cookie, office) for each in results)


def test_a_clock_that_was_set_back_locks_nobody_out_for_longer(hire: Hire, sign_in: SignIn, clock: Clock) -> None:
    hire("anna")
    fail(sign_in, 5)
    clock.move(days=-400)
    with pytest.raises(SignInThrottled) as caught:
        sign_in()
    assert caught.value.retry_after <= 900


def test_a_password_of_older_parameters_is_hashed_anew(office: Office, hire: Hire, sign_in: SignIn) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    hire("anna", password_hash=old)
    sign_in()
    with office.database.read() as connection:
        kept = connection.execute(select(table(StaffRow).c.password_hash)).scalar_one()
    assert kept != old
    assert not vault.needs_rehash(kept)
    sign_in()


def test_a_hash_that_is_no_hash_lets_nobody_in(hire: Hire, sign_in: SignIn) -> None:
    hire("anna", password_hash="plain text")
    assert {type(error) for error in fail(sign_in, 1, password="plain text")} == {SignInRefused}


def test_a_password_changed_in_the_middle_does_not_let_in(
    office: Office, hire: Hire, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = hire("anna")
    verify = vault.verify_password

    def disabled_meanwhile(password: str, kept: str | None) -> bool:
        found = verify(password, kept)
        with office.database.write() as connection:
            connection.execute(
                update(table(StaffRow)).where(table(StaffRow).c.id == anna.id).values(disabled_at=office.clock())
            )
        return found

    monkeypatch.setattr(vault, "verify_password", disabled_meanwhile)
    with pytest.raises(SignInRefused):
        sign_in()


# --- sessions


@pytest.mark.parametrize("change", ["", "x", "truncated", "longer", "\x00", "\ud800", "é" * 43, "=" * 100_000])
def test_a_cookie_that_is_not_ours_is_nobodys(office: Office, hire: Hire, sign_in: SignIn, change: str) -> None:
    hire("anna")
    cookie = sign_in().cookie or ""
    forged = {"truncated": cookie[:-1], "longer": cookie + "A"}.get(change, change)
    assert session_of(forged, office) is None
    assert session_of(None, office) is None


def test_a_session_ends_when_idle_and_in_any_case_after_its_time(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock
) -> None:
    hire("anna")
    idle, busy = sign_in().cookie, sign_in().cookie
    for _ in range(14):
        clock.move(minutes=50)
        assert session_of(busy, office)
    assert session_of(idle, office) is None
    clock.move(minutes=25)
    assert session_of(busy, office) is None, "twelve hours are over"


def test_a_session_from_the_future_is_not_believed(office: Office, hire: Hire, sign_in: SignIn, clock: Clock) -> None:
    hire("anna")
    cookie = sign_in().cookie
    clock.move(seconds=-2)
    assert session_of(cookie, office), "clocks of two servers differ a little"
    clock.move(days=-2)
    assert session_of(cookie, office) is None


def test_signing_in_again_ends_the_session_of_this_browser(office: Office, hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    first, elsewhere = sign_in().cookie, sign_in().cookie
    second = sign_in(replaces=first).cookie
    assert [session_of(each, office) is not None for each in (first, elsewhere, second)] == [False, True, True]


def test_signing_out_ends_it_and_may_be_repeated(office: Office, hire: Hire, sign_in: SignIn) -> None:
    hire("anna")
    cookie = sign_in().cookie
    for _ in range(2):
        sign_out(cookie, office, HOME)
    sign_out(None, office)
    sign_out("garbage", office)
    assert session_of(cookie, office) is None
    assert [action for _, action, _ in trail(office)] == ["signed_in", "signed_out"]


def test_sessions_are_listed_and_revoked_by_their_owner_only(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock
) -> None:
    anna, boris = hire("anna"), hire("boris")
    sign_in()
    clock.move(minutes=61)
    first, second = sign_in(), sign_in()
    assert [each.id for each in list_sessions(anna, office)] == [second.id, first.id]
    assert all(each.cookie is None for each in list_sessions(anna, office))
    with pytest.raises(NotFound):
        revoke_session(first.id, boris, office)
    revoke_session(first.id, anna, office)
    with pytest.raises(NotFound):
        revoke_session(first.id, anna, office)
    assert find_session(first.cookie, office) is None
    assert find_session(second.cookie, office)


def test_the_agent_is_kept_short_and_printable(office: Office, hire: Hire) -> None:
    anna = hire("anna")
    signing_in.sign_in("anna", PASSWORD, "", HOME, "Fire\x00fox\n\ud800" + "x" * 5000, office)
    (session,) = list_sessions(anna, office)
    assert session.agent.startswith("Firefox?")
    assert len(session.agent) == 200


# --- passwords


def test_a_changed_password_ends_the_other_sessions(office: Office, hire: Hire, sign_in: SignIn) -> None:
    anna = hire("anna")
    here, there = sign_in(), sign_in()
    change_password(anna, PASSWORD, "вишня трактор луна", office, session_id=here.id, address=HOME)
    assert find_session(here.cookie, office)
    assert find_session(there.cookie, office) is None
    assert fail(sign_in, 1, password=PASSWORD)
    sign_in(password="вишня трактор луна")
    assert ("anna", "password_changed", HOME) in trail(office)


@pytest.mark.parametrize("new", ["short", "anna", "password123", "x" * 1_000_000, PASSWORD])
def test_a_weak_password_changes_nothing(office: Office, hire: Hire, sign_in: SignIn, new: str) -> None:
    anna = hire("anna")
    here, there = sign_in(), sign_in()
    with pytest.raises(WeakPassword):
        change_password(anna, PASSWORD, new, office, session_id=here.id)
    assert find_session(there.cookie, office)
    sign_in()


def test_the_old_password_can_not_be_guessed_by_who_found_an_open_browser(
    office: Office, hire: Hire, clock: Clock
) -> None:
    anna = hire("anna")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            change_password(anna, "not this one", "вишня трактор луна", office)
    with pytest.raises(SignInThrottled):
        change_password(anna, PASSWORD, "вишня трактор луна", office)


def test_a_one_time_password_only_lets_choose_another(office: Office, hire: Hire, sign_in: SignIn) -> None:
    anna = hire("anna", password_is_temporary=True)
    session = sign_in()
    assert session.must_change_password
    assert session_of(session.cookie, office) is None
    assert find_session(session.cookie, office) is not None
    change_password(anna, PASSWORD, "вишня трактор луна", office, session_id=session.id)
    assert session_of(session.cookie, office) == anna


def test_the_last_use_of_a_session_is_kept_to_the_minute(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock
) -> None:
    anna = hire("anna")
    cookie = sign_in().cookie
    clock.move(seconds=30)
    session_of(cookie, office)
    assert list_sessions(anna, office)[0].seen_at == clock() - timedelta(seconds=30)
    clock.move(seconds=30)
    session_of(cookie, office)
    assert list_sessions(anna, office)[0].seen_at == clock()


def test_old_sessions_and_tries_are_forgotten_and_the_others_kept(
    office: Office, hire: Hire, sign_in: SignIn, clock: Clock
) -> None:
    hire("anna")
    sign_in()
    fail(sign_in, 2, login="somebody")
    clock.move(days=25)
    kept = sign_in().cookie
    clock.move(days=6)
    assert signing_in.forget_old(office) == 1
    assert signing_in.forget_old(office) == 0
    clock.move(days=-6)
    assert session_of(kept, office)
