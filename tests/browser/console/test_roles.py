"""Every page of the console, asked for by every role: shown to those who may see it, refused in words to the others.

A page that is in no line of the table fails the test: whoever adds one says here whom it is for.
"""

import re
from typing import Any

import httpx
import pytest

from service.console.frame import RAIL

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = {"anna": "operator", "vera": "supervisor", "maxim": "ml", "admin": "admin"}
PASSWORD = "a password of the tests"

SERVING, LEADING, ADMIN = "operator supervisor admin", "supervisor admin", "admin"
MODELS, LABELLING, ALL = "ml admin", "ml supervisor admin", "operator supervisor ml admin"
PAGES = {
    "/inbox": SERVING, "/search": SERVING, "/knowledge": SERVING, "/knowledge/{language}/{article_id}": SERVING,
    "/canned-replies": SERVING, "/wall": LEADING, "/operators": LEADING, "/statistics": LEADING, "/quality": LEADING,
    "/shifts": LEADING, "/routing": LEADING, "/targets": LEADING, "/staff": LEADING, "/traffic": LEADING,
    "/calls": LEADING,
    "/departments": ADMIN, "/bot-texts": ADMIN, "/channels": ADMIN, "/privacy": ADMIN, "/audit": ADMIN,
    "/labelling": LABELLING, "/topics": LABELLING, "/models": MODELS, "/models/{version}": MODELS, "/drift": MODELS,
    "/account": ALL,
}  # fmt: skip
"""Path below /console -> whom it is for."""


def address_of(path: str) -> str:
    """The page of an article or a version there may be none of."""
    return "/console" + path.replace("{language}", "ru").replace("{article_id}", "card-pin").replace("{version}", "x")


def test_every_page_stands_in_the_table(console: Any) -> None:
    assert sorted(console.back("pages")["paths"]) == sorted(PAGES)
    assert {link.path for link in RAIL} <= set(PAGES)


@pytest.mark.parametrize("login", WHO)
def test_a_role_sees_its_pages_and_no_others(console: Any, login: str) -> None:
    with httpx.Client(base_url=console.base, headers={"Origin": console.base}, timeout=30) as person:
        body = {"login": login, "password": PASSWORD, "code": ""}
        assert person.post("/staff/v1/sign-in", json=body).status_code == 200
        home = person.get("/console/account").text
        for path, whom in PAGES.items():
            allowed = WHO[login] in whom.split()
            answer = person.get(address_of(path))
            assert answer.status_code == 200
            refused = "Этот раздел для вас закрыт" in answer.text
            assert refused is not allowed, f"{login} and {path}"
            if path in {link.path for link in RAIL}:
                listed = re.search(rf'"href": ?"/console{path}"', home) is not None
                assert listed is allowed, f"{path} on the rail of {login}"


def test_nobody_sees_a_page_without_signing_in(console: Any) -> None:
    for path in PAGES:
        for cookies in ({}, {"otklik_staff": "forged"}):
            answer = httpx.get(f"{console.base}{address_of(path)}", cookies=cookies, timeout=30)
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in"), path


@pytest.mark.parametrize(("origin", "status"), [
    ("own", 200), ("", 200), ("https://evil.example", 400), ("null", 400), ("http://127.0.0.1:1", 400),
])  # fmt: skip
def test_the_socket_of_the_console_is_closed_to_pages_of_other_sites(console: Any, origin: str, status: int) -> None:
    said = {"Origin": console.base if origin == "own" else origin} if origin else {}
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    socket = f"{console.base}/console/_nicegui_ws/socket.io/?EIO=4"
    assert httpx.get(f"{socket}&transport=polling", headers=said, timeout=30).status_code == status
    with httpx.stream("GET", f"{socket}&transport=websocket", headers=upgrade | said, timeout=30) as answer:
        assert (answer.status_code == 101) is (status == 200)
