"""Single sign-on against a provider on loopback: the way there and back, and everything that doesn't fit."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from starlette.testclient import TestClient

from service import single_sign_on
from service.api.access import COOKIE
from service.api.signing_in import JOURNEY_COOKIE
from service.app import create_app
from service.domain.staff import Role, StaffMember
from service.errors import NotFound, ProviderUnavailable, SetupError, SignInRefused
from service.office import Office, open_office
from service.settings import Settings
from service.signing_in import session_of
from service.storage import staff
from tests.service.conftest import Clock
from tests.service.databases import sqlite_url
from tests.service.staff.conftest import HOME
from tests.service.staff.provider import Provider, running

CALLBACK = "http://127.0.0.1:8080/staff/v1/oidc/callback"


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    """The provider, running."""
    with running(Provider(clock)) as started:
        yield started


@pytest.fixture
def office(provider: Provider, tmp_path: Any, clock: Clock) -> Iterator[Office]:
    """An office that trusts the provider."""
    sqlite_url(tmp_path)
    settings = Settings(
        var_dir=tmp_path, oidc_issuer=provider.url, oidc_client_id="otklik", oidc_client_secret="secret"
    )
    opened = open_office(settings, clock=clock, reads=False)
    yield opened
    opened.close()


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """Somebody who has an account here."""
    with office.database.write() as connection:
        return staff.insert(connection, "anna", "Анна", Role.OPERATOR, ("cards",), office.clock())


def come(office: Office, provider: Provider, login: str = "anna", **back: str) -> StaffMember | None:
    """There and back; who is signed in then."""
    departure = single_sign_on.depart(CALLBACK, "/console", office)
    answer = provider.approve(departure.url, login) | back
    session, _ = single_sign_on.arrive(departure.cookie, answer["state"], answer["code"], HOME, "", office)
    return session_of(session.cookie, office)


def test_who_has_an_account_comes_in(office: Office, provider: Provider, anna: StaffMember) -> None:
    assert come(office, provider) == anna


def test_over_http_with_cookies_to_the_page_that_was_asked_for(
    office: Office, provider: Provider, anna: StaffMember
) -> None:
    browser = TestClient(
        create_app(office, with_worker=False), base_url="http://127.0.0.1:8080", follow_redirects=False
    )
    start = browser.get("/staff/v1/oidc/start?after=/console/wall")
    assert start.status_code == 303
    assert "httponly" in start.headers["set-cookie"].lower()
    answer = provider.approve(start.headers["location"], "anna")
    back = browser.get("/staff/v1/oidc/callback", params=answer)
    assert (back.status_code, back.headers["location"]) == (303, "/console/wall")
    assert JOURNEY_COOKIE not in browser.cookies
    assert browser.get("/staff/v1/me").json()["login"] == "anna"
    again = browser.get("/staff/v1/oidc/callback", params=answer)
    assert again.headers["location"] == "/console/sign-in?problem=sign_in_refused"


@pytest.mark.parametrize("after", ["https://evil.example", "//evil.example", "/\\evil.example", "console", "", "/a\nb",
                                   "/\\/evil", "javascript:alert(1)"])  # fmt: skip
def test_nobody_is_sent_to_another_site(after: str) -> None:
    assert single_sign_on.local_path(after) == "/console"


@pytest.mark.parametrize("login", ["nobody", "boris", "", "an\x00na", "ANNA", "client"])
def test_who_has_no_account_or_left_is_refused(
    office: Office, provider: Provider, anna: StaffMember, login: str
) -> None:
    with office.database.write() as connection:
        boris = staff.insert(connection, "boris", "Борис", Role.OPERATOR, (), office.clock())
        staff.change(connection, boris.id, disabled_at=office.clock())
    with pytest.raises(SignInRefused):
        come(office, provider, login)
    with office.database.read() as connection:
        assert len(staff.all_accounts(connection, with_disabled=True)) == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["another"]}, {"aud": ["otklik", "another"]},
        {"nonce": "another"}, {"nonce": None}, {"exp": 1_000_000_000}, {"exp": None}, {"aud": None}, {"iss": None},
        {"nbf": 4_000_000_000}, {"preferred_username": None}, {"preferred_username": ["anna"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    office: Office, provider: Provider, anna: StaffMember, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    with pytest.raises(SignInRefused):
        come(office, provider)


def test_a_token_of_another_key_is_refused(office: Office, provider: Provider, anna: StaffMember) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(SignInRefused):
        come(office, provider)


def test_another_state_code_or_cookie_is_refused(office: Office, provider: Provider, anna: StaffMember) -> None:
    for back in ({"state": "another"}, {"state": ""}, {"code": "another"}, {"code": ""}):
        with pytest.raises(SignInRefused):
            come(office, provider, **back)
    departure = single_sign_on.depart(CALLBACK, "/console", office)
    answer = provider.approve(departure.url, "anna")
    for cookie in (None, "", "garbage", departure.cookie[:-4], single_sign_on.depart(CALLBACK, "/", office).cookie):
        with pytest.raises(SignInRefused):
            single_sign_on.arrive(cookie, answer["state"], answer["code"], HOME, "", office)


def test_a_stolen_code_is_worth_nothing_without_the_verifier(
    office: Office, provider: Provider, anna: StaffMember
) -> None:
    victim = single_sign_on.depart(CALLBACK, "/", office)
    stolen = provider.approve(victim.url, "anna")["code"]
    mine = single_sign_on.depart(CALLBACK, "/", office)
    state = provider.approve(mine.url, "nobody")["state"]
    with pytest.raises(SignInRefused):
        single_sign_on.arrive(mine.cookie, state, stolen, HOME, "", office)


@pytest.mark.parametrize("minutes", [11, -5])
def test_a_sign_in_that_took_too_long_begins_again(
    office: Office, provider: Provider, anna: StaffMember, clock: Clock, minutes: int
) -> None:
    departure = single_sign_on.depart(CALLBACK, "/", office)
    answer = provider.approve(departure.url, "anna")
    clock.move(minutes=minutes)
    with pytest.raises(SignInRefused, match="too long"):
        single_sign_on.arrive(departure.cookie, answer["state"], answer["code"], HOME, "", office)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
def test_a_provider_that_fails_is_said_to_be_away(
    office: Office, provider: Provider, anna: StaffMember, path: str
) -> None:
    departure = single_sign_on.depart(CALLBACK, "/", office)
    answer = provider.approve(departure.url, "anna")
    provider.broken = path
    with pytest.raises(ProviderUnavailable):
        single_sign_on.arrive(departure.cookie, answer["state"], answer["code"], HOME, "", office)


def test_a_provider_that_calls_itself_otherwise_is_not_trusted(office: Office, provider: Provider) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    with pytest.raises(SetupError, match="OTKLIK_OIDC_ISSUER"):
        single_sign_on.depart(CALLBACK, "/", office)


def changed(office: Office, **settings: Any) -> Office:
    """The same office with other settings."""
    return replace(office, settings=office.settings.model_copy(update=settings))


def test_accounts_are_made_only_where_a_setting_says_so(office: Office, provider: Provider) -> None:
    generous = changed(office, oidc_create_role="operator", oidc_create_departments=("cards",))
    made = come(generous, provider, "newcomer")
    assert made is not None
    assert (made.login, made.name, made.role, made.departments) == (
        "newcomer", "Анна Петровна", Role.OPERATOR, ("cards",),
    )  # fmt: skip
    assert come(generous, provider, "newcomer") == made
    for login in ("client", "a b", "<script>", "bot"):
        with pytest.raises(SignInRefused):
            come(generous, provider, login)


def test_an_address_of_e_mail_counts_only_when_the_provider_has_verified_it(office: Office, provider: Provider) -> None:
    by_mail = changed(office, oidc_claim="email")
    with office.database.write() as connection:
        member = staff.insert(connection, "anna@bank.example", "Анна", Role.OPERATOR, (), office.clock())
    for claims in ({}, {"email_verified": False}, {"email_verified": "true"}):
        provider.claims = {"email": "anna@bank.example"} | claims
        with pytest.raises(SignInRefused):
            come(by_mail, provider)
    provider.claims = {"email": "anna@bank.example", "email_verified": True}
    assert come(by_mail, provider) == member


def test_without_settings_it_is_not_there_and_only_https_is_trusted(office: Office) -> None:
    with pytest.raises(NotFound):
        single_sign_on.depart(CALLBACK, "/", changed(office, oidc_issuer=""))
    with pytest.raises(SetupError, match="https"):
        single_sign_on.depart(CALLBACK, "/", changed(office, oidc_issuer="http://provider.example"))
    with pytest.raises(ValidationError, match="not a web address"):
        Settings(oidc_issuer="provider.example")


@pytest.fixture
def loaded() -> Callable[[], set[str]]:
    """What the program has imported before anybody signs in."""

    def look() -> set[str]:
        program = "import sys, service.cli, service.app; print(*{m.split('.')[0] for m in sys.modules})"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    return look


@pytest.mark.slow
def test_its_libraries_are_loaded_only_where_it_is_used(loaded: Callable[[], set[str]]) -> None:
    assert not loaded() & {"authlib", "joserfc"}


def test_the_cookie_names_differ() -> None:
    assert COOKIE != JOURNEY_COOKIE
