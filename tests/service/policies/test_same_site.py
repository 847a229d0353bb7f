"""Did a page of ours send the request?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.addresses import is_loopback
from service.policies.logins import is_login, tidy
from service.policies.same_site import is_foreign, is_ours, origin_of

OWN = "https://support.bank.example"


@pytest.mark.parametrize(
    ("fetch_site", "origin", "referer", "ours", "foreign"),
    [
        ("same-origin", None, None, True, False),
        ("same-origin", "https://evil.example", None, True, False),
        ("same-site", OWN, None, False, True),
        ("cross-site", OWN, OWN, False, True),
        ("none", None, None, False, True),
        ("", None, None, False, True),
        (None, OWN, None, True, False),
        (None, "https://support.bank.example:443", None, True, False),
        (None, "HTTPS://Support.Bank.Example", None, True, False),
        (None, "http://support.bank.example", None, False, True),
        (None, "https://support.bank.example:8443", None, False, True),
        (None, "https://support.bank.example.evil.example", None, False, True),
        (None, "https://evil.example/https://support.bank.example", None, False, True),
        (None, "null", None, False, True),
        (None, "", OWN, False, True),
        (None, "https://support.bank.example:99999", None, False, True),
        (None, None, f"{OWN}/console?x=1", True, False),
        (None, None, "https://support.bank.example@evil.example/", False, True),
        (None, None, None, False, False),
    ],
)
def test_the_headers_say_who_sent_it(
    fetch_site: str | None, origin: str | None, referer: str | None, ours: bool, foreign: bool
) -> None:
    assert is_ours(OWN, fetch_site, origin, referer) is ours
    assert is_foreign(OWN, fetch_site, origin, referer) is foreign


header = st.none() | st.text(max_size=60)


@given(header, header, header)
def test_nothing_is_both_ours_and_foreign_and_garbage_is_never_ours(
    fetch_site: str | None, origin: str | None, referer: str | None
) -> None:
    ours = is_ours(OWN, fetch_site, origin, referer)
    assert not (ours and is_foreign(OWN, fetch_site, origin, referer))
    if ours and fetch_site is None:
        assert origin_of(origin if origin is not None else referer or "") == origin_of(OWN)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("app.localhost", True), ("10.0.0.1", False), ("localhost.evil.example", False), ("", False), (None, False),
     ("127.0.0.1.evil.example", False)],
)  # fmt: skip
def test_the_machine_itself_is_known_by_its_address(host: str | None, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@given(st.text(max_size=120))
def test_a_login_is_printable_and_nobody_looks_like_the_bot(login: str) -> None:
    assert "\x00" not in tidy(login)
    if is_login(login):
        assert tidy(login) == login
        assert login.casefold() not in {"client", "bot", "system", "unknown", "otklik-cli"}
        assert not any(letter.isspace() for letter in login)
