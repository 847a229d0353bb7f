"""Signing in over HTTP: the cookie, who may send requests with it, and one's own account."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest
from starlette.testclient import TestClient

from service import accounts
from service.accounts import COMMAND_LINE, AccountDraft
from service.api.access import COOKIE
from service.app import create_app
from service.domain.staff import Role
from service.office import Office
from tests.service.api.conftest import arrive
from tests.service.conftest import Clock
from tests.service.problem_details import is_problem
from tests.service.small_office import OPERATOR

PASSWORD = "correct horse battery"
HOME = "http://127.0.0.1:8080"
OURS = {"Origin": HOME}
FOREIGN = {"Origin": "https://evil.example"}


class Browser:
    """One browser of somebody who works here."""

    def __init__(self, office: Office, login: str, base: str = HOME) -> None:
        application = create_app(office, with_worker=False)
        self.http = TestClient(application, base_url=base, headers={"User-Agent": "Firefox"})
        self.login = login

    def enter(self, password: str = PASSWORD, **more: Any) -> httpx.Response:
        """Sign in."""
        body = {"login": self.login, "password": password} | more
        return self.http.post("/staff/v1/sign-in", json=body, headers=OURS)

    def post(self, path: str, headers: dict[str, str] = OURS, **body: Any) -> httpx.Response:
        """Send something from a page of ours."""
        return self.http.post(path, json=body or None, headers=headers)

    def get(self, path: str) -> httpx.Response:
        """Read something."""
        return self.http.get(path)


@pytest.fixture
def browser(office: Office) -> Callable[..., Browser]:
    """Makes an account with PASSWORD and a browser for it."""

    def make(login: str = "anna", *departments: str, role: Role = Role.OPERATOR, base: str = HOME) -> Browser:
        name = f"{login}-{uuid4().hex[:8]}"
        draft = AccountDraft(role=role.value, departments=departments)
        accounts.add_staff(name, draft, COMMAND_LINE, office, password=PASSWORD)
        return Browser(office, name, base)

    return make


@pytest.fixture
def anna(browser: Callable[..., Browser]) -> Browser:
    """Signed in."""
    made = browser()
    assert made.enter().status_code == 200
    return made


def cookie_line(answer: httpx.Response) -> str:
    """The Set-Cookie of the session."""
    return next(line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE))


# --- the cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(browser: Callable[..., Browser]) -> None:
    line = cookie_line(browser().enter()).lower()
    assert "httponly" in line
    assert "samesite=lax" in line
    assert "path=/;" in line + ";"
    assert "domain" not in line
    assert "max-age=43200" in line


@pytest.mark.parametrize(
    ("base", "secure"),
    [
        ("http://127.0.0.1:8080", False), ("http://localhost:8080", False), ("http://[::1]:8080", False),
        ("https://127.0.0.1", True), ("http://support.bank.example", True), ("https://support.bank.example", True),
        ("http://10.0.0.5:8080", True), ("http://127.0.0.1.evil.example", True),
    ],
)  # fmt: skip
def test_it_travels_over_https_only_except_on_the_machine_itself(
    browser: Callable[..., Browser], base: str, secure: bool
) -> None:
    one = browser(base=base)
    answer = one.http.post("/staff/v1/sign-in", json={"login": one.login, "password": PASSWORD})
    assert answer.status_code == 200
    assert ("secure" in cookie_line(answer).lower()) is secure


def test_the_answer_says_who_one_is_and_not_the_cookie(browser: Callable[..., Browser]) -> None:
    one = browser("anna", "cards")
    answer = one.enter()
    me = answer.json()
    assert (me["login"], me["role"], me["departments"]) == (one.login, "operator", ["cards"])
    assert "inbox" in me["pages"]
    assert "staff" not in me["pages"]
    assert not me["must_change_password"]
    assert one.http.cookies[COOKIE] not in answer.text
    assert one.get("/staff/v1/me").json() == me


def test_signing_in_again_gives_another_cookie_and_ends_the_first(anna: Browser) -> None:
    first = anna.http.cookies[COOKIE]
    anna.enter()
    assert anna.http.cookies[COOKIE] != first
    anna.http.cookies.clear()
    is_problem(anna.http.get("/staff/v1/me", headers={"Cookie": f"{COOKIE}={first}"}), 401, "unauthorized")


def test_a_cookie_of_ones_own_making_is_never_taken_over(browser: Callable[..., Browser]) -> None:
    """Session fixation: the id that was there before the sign-in is not the one after it."""
    one = browser()
    one.http.cookies.set(COOKIE, "A" * 43)
    one.enter()
    assert "A" * 43 not in [cookie.value for cookie in one.http.cookies.jar if cookie.domain == "127.0.0.1"]


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 5000, '"quoted"', "%00", "a;b"])
def test_a_forged_cookie_is_nobodys(http: TestClient, cookie: str) -> None:
    for path in ("/staff/v1/me", "/api/v1/queue", "/api/v1/audit"):
        is_problem(http.get(path, headers={"Cookie": f"{COOKIE}={cookie}"}), 401, "unauthorized")


def test_signing_out_ends_the_session_and_takes_the_cookie(anna: Browser) -> None:
    cookie = anna.http.cookies[COOKIE]
    assert anna.post("/staff/v1/sign-out").status_code == 204
    assert COOKIE not in anna.http.cookies
    is_problem(anna.http.get("/staff/v1/me", headers={"Cookie": f"{COOKIE}={cookie}"}), 401, "unauthorized")


# --- refusals


@pytest.mark.parametrize(
    ("login", "password"),
    [(None, "wrong"), ("nobody", PASSWORD), ("a\x00b", PASSWORD), (None, ""), ("", ""), (None, "x" * 1000)],
)
def test_every_refusal_is_the_same(browser: Callable[..., Browser], login: str | None, password: str) -> None:
    one = browser()
    answer = one.post("/staff/v1/sign-in", login=one.login if login is None else login, password=password)
    problem = is_problem(answer, 401, "sign_in_refused")
    assert problem["detail"].startswith("the login, the password or the code is wrong")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [{"login": "a" * 201, "password": "x"}, {"login": "a", "password": "x" * 1001},
                                  {"login": "a"}, {}, {"login": "a", "password": "x", "role": "admin"},
                                  {"login": ["a"], "password": {"x": 1}}])  # fmt: skip
def test_a_body_that_is_none_is_refused_without_repeating_it(http: TestClient, body: dict[str, Any]) -> None:
    answer = http.post("/staff/v1/sign-in", json=body)
    is_problem(answer, 422, "invalid_input")
    assert "xxxx" not in answer.text


def test_a_password_of_a_megabyte_is_not_even_read(http: TestClient) -> None:
    is_problem(http.post("/staff/v1/sign-in", json={"login": "a", "password": "x" * 2**20}), 413, "too_large")


def test_too_many_wrong_tries_are_told_to_wait(browser: Callable[..., Browser], clock: Clock) -> None:
    one = browser()
    for _ in range(5):
        is_problem(one.enter("wrong password"), 401, "sign_in_refused")
    answer = one.enter()
    is_problem(answer, 429, "sign_in_throttled")
    assert answer.headers["retry-after"] == "1"
    clock.move(seconds=2)
    assert one.enter().status_code == 200


# --- other sites


@pytest.mark.parametrize(
    "headers",
    [FOREIGN, {"Origin": "null"}, {"Referer": "https://evil.example/console"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site", "Origin": HOME}, {"Sec-Fetch-Site": "none"}, {},
     {"Origin": "http://127.0.0.1:9090"}, {"Origin": "https://127.0.0.1:8080"}],
    ids=str,
)  # fmt: skip
def test_a_request_that_another_site_sent_changes_nothing(anna: Browser, headers: dict[str, str]) -> None:
    conversation = arrive(anna.http)
    conversation.send("Оператор", button=OPERATOR)
    number = conversation.conversation
    for path, body in (
        (f"/api/v1/conversations/{number}/take", {}),
        (f"/api/v1/conversations/{number}/close", {}),
        ("/staff/v1/sign-out", {}),
        ("/staff/v1/password", {"old": PASSWORD, "new": "вишня трактор луна"}),
        ("/staff/v1/totp/enrol", {}),
        ("/staff/v1/tokens", {"name": "stolen"}),
        ("/api/v1/staff", {"login": "x"}),
    ):
        is_problem(anna.post(path, headers, **body), 403, "csrf_refused")
    is_problem(anna.http.delete("/staff/v1/sessions/1", headers=headers), 403, "csrf_refused")
    assert anna.get("/staff/v1/me").status_code == 200
    queue = anna.get("/api/v1/queue?limit=500").json()["conversations"]
    assert [each["state"] for each in queue if each["conversation"] == number] == ["queued"]


@pytest.mark.parametrize("headers", [OURS, {"Referer": f"{HOME}/console"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
def test_our_own_pages_may_change_things(anna: Browser, headers: dict[str, str]) -> None:
    client = arrive(anna.http)
    client.send("Оператор", button=OPERATOR)
    assert anna.post(f"/api/v1/conversations/{client.conversation}/take", headers).status_code == 200


@pytest.mark.parametrize("headers", [FOREIGN, {"Sec-Fetch-Site": "cross-site"}], ids=str)
def test_nobody_is_signed_in_by_another_site(browser: Callable[..., Browser], headers: dict[str, str]) -> None:
    one = browser()
    answer = one.post("/staff/v1/sign-in", headers, login=one.login, password=PASSWORD)
    is_problem(answer, 403, "csrf_refused")
    assert COOKIE not in one.http.cookies


def test_a_token_in_the_header_needs_no_origin_and_goes_before_the_cookie(
    anna: Browser, sign_in: Callable[..., dict[str, str]]
) -> None:
    client = arrive(anna.http)
    client.send("Оператор", button=OPERATOR)
    path = f"/api/v1/conversations/{client.conversation}/take"
    is_problem(anna.post(path, {"Authorization": "Bearer otk_wrong"}), 401, "unauthorized")
    assert anna.post(path, sign_in("boris") | FOREIGN).status_code == 200


# --- one's own account


def test_an_api_token_can_not_touch_the_account(http: TestClient, sign_in: Callable[..., dict[str, str]]) -> None:
    headers = sign_in("boris")
    for method, path in (("GET", "me"), ("GET", "sessions"), ("POST", "password"), ("POST", "totp/enrol"),
                         ("POST", "tokens"), ("GET", "tokens"), ("POST", "sign-out")):  # fmt: skip
        body = {"old": "x", "new": "y"} if path == "password" else {"name": "x"} if path == "tokens" else None
        answer = http.request(method, f"/staff/v1/{path}", headers=headers, json=body if method == "POST" else None)
        is_problem(answer, 401, "unauthorized")


def test_sessions_are_listed_and_revoked(anna: Browser, office: Office) -> None:
    elsewhere = Browser(office, anna.login)
    elsewhere.enter()
    listed = anna.get("/staff/v1/sessions").json()["sessions"]
    assert [each["current"] for each in listed] == [False, True]
    assert listed[0]["agent"] == "Firefox"
    gone = anna.http.delete(f"/staff/v1/sessions/{listed[0]['id']}", headers=OURS)
    assert gone.status_code == 204
    is_problem(elsewhere.get("/staff/v1/me"), 401, "unauthorized")
    is_problem(anna.http.delete(f"/staff/v1/sessions/{listed[0]['id']}", headers=OURS), 404, "not_found")


def test_another_password_signs_out_the_other_browsers(anna: Browser, office: Office) -> None:
    elsewhere = Browser(office, anna.login)
    elsewhere.enter()
    problem = is_problem(anna.post("/staff/v1/password", old=PASSWORD, new="short"), 422, "weak_password")
    assert problem["reason"] == "short"
    is_problem(anna.post("/staff/v1/password", old="wrong one", new="вишня трактор луна"), 401, "sign_in_refused")
    assert anna.post("/staff/v1/password", old=PASSWORD, new="вишня трактор луна").status_code == 204
    assert anna.get("/staff/v1/me").status_code == 200
    is_problem(elsewhere.get("/staff/v1/me"), 401, "unauthorized")


def test_codes_are_set_up_required_and_turned_off(anna: Browser, clock: Clock) -> None:
    made = anna.post("/staff/v1/totp/enrol").json()
    telephone = pyotp.TOTP(made["secret"])

    def code() -> str:
        clock.move(seconds=30)
        return telephone.at(clock.now.timestamp())  # type: ignore[arg-type]

    is_problem(anna.post("/staff/v1/totp/confirm", code="000000"), 422, "invalid_input")
    recovery = anna.post("/staff/v1/totp/confirm", code=code()).json()["codes"]
    me = anna.get("/staff/v1/me").json()
    assert (me["codes_required"], me["recovery_codes_left"]) == (True, 10)
    is_problem(anna.enter(), 401, "sign_in_refused")
    assert anna.enter(code=code()).status_code == 200
    assert anna.enter(code=recovery[0]).status_code == 200
    assert len(anna.post("/staff/v1/totp/recovery-codes", code=code()).json()["codes"]) == 10
    assert anna.post("/staff/v1/totp/off", code=code()).status_code == 204
    assert anna.enter().status_code == 200


def test_tokens_are_made_used_and_withdrawn(anna: Browser) -> None:
    made = anna.post("/staff/v1/tokens", name="reports", expires_in_days=7).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert anna.http.get("/api/v1/queue", headers=headers).status_code == 200
    (listed,) = anna.get("/staff/v1/tokens").json()["tokens"]
    assert (listed["name"], listed["token"]) == ("reports", None)
    assert listed["last_used_at"]
    assert anna.http.delete(f"/staff/v1/tokens/{listed['id']}", headers=OURS).status_code == 204
    is_problem(anna.http.get("/api/v1/queue", headers=headers), 401, "unauthorized")


def test_with_a_one_time_password_nothing_but_another_password_is_allowed(office: Office) -> None:
    login = f"new-{uuid4().hex[:8]}"
    made = accounts.add_staff(login, AccountDraft(), COMMAND_LINE, office)
    one = Browser(office, login)
    one_time = made.one_time_password or ""
    assert one.enter(one_time).json()["must_change_password"]
    for path in ("/api/v1/queue", "/staff/v1/sessions", "/staff/v1/tokens", "/api/v1/departments"):
        is_problem(one.get(path), 403, "password_change_needed")
    assert one.post("/staff/v1/password", old=one_time, new=PASSWORD).status_code == 204
    assert one.get("/api/v1/queue").status_code == 200


# --- administration


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
def test_a_wrong_role_changes_nobody_and_reads_no_trail(browser: Callable[..., Browser], role: Role) -> None:
    one = browser(role.value, role=role)
    number = one.enter().json()["id"]
    is_problem(one.post("/api/v1/staff", login="x"), 403, "forbidden")
    is_problem(one.http.patch(f"/api/v1/staff/{number}", json={"role": "admin"}, headers=OURS), 403, "forbidden")
    is_problem(one.post(f"/api/v1/staff/{number}/disable"), 403, "forbidden")
    is_problem(one.post(f"/api/v1/staff/{number}/enable"), 403, "forbidden")
    is_problem(one.get("/api/v1/audit"), 403, "forbidden")
    assert (one.get("/api/v1/staff").status_code == 200) is (role is Role.SUPERVISOR)
    assert one.get("/staff/v1/me").json()["role"] == role.value


def test_joiners_and_leavers_through_the_api(browser: Callable[..., Browser], office: Office) -> None:
    admin = browser("admin", role=Role.ADMIN)
    admin.enter()
    login = f"new-{uuid4().hex[:8]}"
    made = admin.post("/api/v1/staff", login=login, departments=["cards"], languages=["ru"])
    assert made.status_code == 201
    joiner = Browser(office, login)
    assert joiner.enter(made.json()["one_time_password"]).status_code == 200
    path = f"/api/v1/staff/{made.json()['id']}"
    changed = admin.http.patch(path, json={"departments": ["loans"]}, headers=OURS).json()
    assert (changed["departments"], changed["languages"]) == (["loans"], ["ru"])
    is_problem(admin.http.patch(path, json={"role": "king"}, headers=OURS), 422, "invalid_input")
    is_problem(admin.post("/api/v1/staff", login=login), 409, "conflict")
    assert admin.post(f"{path}/disable").json()["disabled_at"]
    is_problem(joiner.get("/staff/v1/me"), 401, "unauthorized")
    listed = [each["login"] for each in admin.get("/api/v1/staff").json()["staff"]]
    assert login not in listed
    assert login in [each["login"] for each in admin.get("/api/v1/staff?disabled=true").json()["staff"]]
    trail = admin.get(f"/api/v1/audit?object_kind=staff&object_id={made.json()['id']}").json()["entries"]
    assert [each["action"] for each in trail] == ["staff_disabled", "staff_changed", "signed_in", "staff_added"]
    assert admin.post(f"{path}/enable").status_code == 200
    assert "one_time" not in str(trail)


def test_departments_are_listed(anna: Browser) -> None:
    found = anna.get("/api/v1/departments").json()["departments"]
    assert found[0] == {"id": "cards", "titles": {"ru": "отдел карт", "en": "cards team"}, "open": True,
                        "successor": None}  # fmt: skip
