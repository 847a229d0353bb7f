"""Every page of the console, asked for by every role: shown to those who may see it, refused in words to the others."""

import re
from typing import Any

import httpx
import pytest

from service.console.frame import RAIL
from service.domain.staff import Role
from service.policies.permissions import may_open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = {"anna": Role.OPERATOR, "vera": Role.SUPERVISOR, "maxim": Role.ML, "admin": Role.ADMIN}
PASSWORD = "a password of the tests"
PATHS = {link.page: link.path for link in RAIL}


@pytest.mark.parametrize("login", WHO)
def test_a_role_sees_its_pages_and_no_others(console: Any, login: str) -> None:
    with httpx.Client(base_url=console.base, headers={"Origin": console.base}, timeout=30) as person:
        body = {"login": login, "password": PASSWORD, "code": ""}
        assert person.post("/staff/v1/sign-in", json=body).status_code == 200
        home = person.get("/console/account").text
        for page, path in PATHS.items():
            refused = "Этот раздел для вас закрыт" in person.get(f"/console{path}").text
            assert refused is not may_open(WHO[login], page), f"{login} and {page}"
            listed = re.search(rf'"href": ?"/console{path}"', home) is not None
            assert listed is may_open(WHO[login], page), f"{page} on the rail of {login}"


@pytest.mark.parametrize("page", PATHS)
def test_nobody_sees_a_page_without_signing_in(console: Any, page: str) -> None:
    answer = httpx.get(f"{console.base}/console{PATHS[page]}", follow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
