"""Who may call what: every route of the application stands in one table, and each role is let in or refused by it.

A route that is in no line fails the test: whoever adds one says here whom it is for.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from service.api.access import COOKIE
from service.domain.staff import Role, StaffMember
from service.office import Office
from service.policies.same_site import SAFE_METHODS
from service.storage import staff as people
from service.vault import hash_password
from tests.service.problem_details import is_problem

PASSWORD = "a password of the tests"
NOBODY = 987_654
"""A number that nothing has: what a role may do is seen before it is looked for."""
ANYTHING = {"language": "ru", "country": "RU", "key": "0" * 32}
"""What stands in a path where no number does."""

SERVING, LEADING, ADMIN, ALL = "operator supervisor admin", "supervisor admin", "admin", "operator supervisor admin ml"
OPEN, VISITOR, OWN_SIGN = "everybody", "a visitor's token", "a sign of its own"
"""For anybody at all; for visitors of the chat; for whoever signs in a channel's way or has a secret link."""

CALLS: dict[str, str] = {
    "* /widget.js": OPEN, "* /widget.css": OPEN,
    "* /widget-texts.js": OPEN, "* /widget-files.js": OPEN, "* /widget-explain.js": OPEN,
    "* /health/live": OPEN, "* /health/ready": OPEN, "* /metrics": OPEN,
    "* /openapi.json": OPEN, "* /docs": OPEN, "* /docs/oauth2-redirect": OPEN, "* /redoc": OPEN,
    "* /channels/v1/{name}": OWN_SIGN, "* /not-me/{token}": OWN_SIGN,
    "* /chat/v1/sessions": OPEN, "* /chat/v1/messages": VISITOR, "* /chat/v1/seen": VISITOR,
    "* /chat/v1/typing": VISITOR,
    "* /chat/v1/explain": VISITOR, "* /chat/v1/events": VISITOR, "* /chat/v1/files": VISITOR,
    "* /chat/v1/files/{key}": VISITOR,
    "* /staff/v1/sign-in": OPEN, "* /staff/v1/oidc/start": OPEN, "* /staff/v1/oidc/callback": OPEN,
    "* /staff/v1/sign-out": ALL, "* /staff/v1/me": ALL, "* /staff/v1/sessions": ALL,
    "* /staff/v1/sessions/{session_id}": ALL, "* /staff/v1/password": ALL, "* /staff/v1/totp/enrol": ALL,
    "* /staff/v1/totp/confirm": ALL, "* /staff/v1/totp/recovery-codes": ALL, "* /staff/v1/totp/off": ALL,
    "* /staff/v1/tokens": ALL, "* /staff/v1/tokens/{token_id}": ALL,
    "* /api/v1/queue": SERVING, "* /api/v1/inbox": SERVING, "* /api/v1/conversations/{conversation_id}": SERVING,
    "* /api/v1/conversations/{conversation_id}/take": SERVING,
    "* /api/v1/conversations/{conversation_id}/reply": SERVING,
    "* /api/v1/conversations/{conversation_id}/return": SERVING,
    "* /api/v1/conversations/{conversation_id}/close": SERVING,
    "* /api/v1/conversations/{conversation_id}/correct": SERVING,
    "* /api/v1/conversations/{conversation_id}/correct/undo": SERVING,
    "* /api/v1/conversations/{conversation_id}/typing": SERVING,
    "* /api/v1/conversations/{conversation_id}/transfer": SERVING,
    "* /api/v1/conversations/{conversation_id}/release": SERVING,
    "* /api/v1/conversations/{conversation_id}/reopen": SERVING,
    "* /api/v1/conversations/{conversation_id}/snooze": SERVING,
    "* /api/v1/conversations/{conversation_id}/wake": SERVING,
    "* /api/v1/conversations/{conversation_id}/notes": SERVING,
    "* /api/v1/conversations/{conversation_id}/tags": SERVING,
    "* /api/v1/conversations/{conversation_id}/tags/{tag}": SERVING,
    "* /api/v1/conversations/{conversation_id}/merge": SERVING,
    "* /api/v1/conversations/{conversation_id}/timeline": SERVING,
    "* /api/v1/conversations/{conversation_id}/card": SERVING,
    "* /api/v1/conversations/{conversation_id}/colleagues": SERVING,
    "* /api/v1/conversations/{conversation_id}/files": SERVING,
    "* /api/v1/conversations/{conversation_id}/suggestions": SERVING,
    "* /api/v1/conversations/{conversation_id}/replies": SERVING,
    "* /api/v1/merges/{merge_id}/undo": SERVING, "* /api/v1/tags": SERVING, "* /api/v1/search": SERVING,
    "* /api/v1/views": SERVING, "* /api/v1/views/{name}": SERVING, "* /api/v1/files/{key}": SERVING,
    "* /api/v1/offers/{offer_id}/accept": SERVING, "* /api/v1/offers/{offer_id}/edit": SERVING,
    "* /api/v1/offers/{offer_id}/reject": SERVING, "* /api/v1/canned": SERVING,
    "* /api/v1/canned/{canned_id}": SERVING, "GET /api/v1/articles": SERVING,
    "GET /api/v1/articles/{article_id}/{language}/versions": SERVING,
    "GET /api/v1/articles/{article_id}/{language}/compare": SERVING,
    "* /api/v1/articles/{article_id}/{language}/preview": SERVING,
    "* /api/v1/articles/{article_id}/{language}/hits": SERVING,
    "* /api/v1/articles/{article_id}/{language}/drafts": SERVING,
    "* /api/v1/articles/{article_id}/{language}/publish": LEADING,
    "* /api/v1/articles/{article_id}/{language}/restore": LEADING,
    "* /api/v1/articles/{article_id}/{language}/withdraw": LEADING,
    "GET /api/v1/staff": LEADING, "POST /api/v1/staff": ADMIN, "* /api/v1/staff/{staff_id}": ADMIN,
    "* /api/v1/staff/{staff_id}/disable": ADMIN, "* /api/v1/staff/{staff_id}/enable": ADMIN,
    "* /api/v1/departments": ALL, "* /api/v1/audit": ADMIN,
    "* /api/v1/restrictions": LEADING, "* /api/v1/restrictions/{restriction_id}/note": LEADING,
    "* /api/v1/restrictions/{restriction_id}/lift": LEADING,
    "* /api/v1/privacy/clients": ADMIN, "* /api/v1/privacy/clients/{client_id}/export": ADMIN,
    "* /api/v1/privacy/clients/{client_id}/erase": ADMIN,
    "* /api/v1/presence": SERVING, "* /api/v1/presence/heartbeat": SERVING,
    "* /api/v1/presence/{login}": LEADING,
    "* /api/v1/call-log": LEADING, "* /api/v1/calls": LEADING, "* /api/v1/calls/end": LEADING,
    "* /api/v1/routes": LEADING, "* /api/v1/rosters": LEADING, "* /api/v1/rosters/{login}": LEADING,
    "* /api/v1/rosters/import": LEADING, "* /api/v1/rosters/export": LEADING, "* /api/v1/holidays/{country}": LEADING,
    "* /api/v1/on-duty": ALL, "* /api/v1/targets": LEADING, "* /api/v1/sla": SERVING,
    "* /api/v1/statistics/wall": LEADING, "* /api/v1/statistics/operators": LEADING,
    "* /api/v1/statistics/breakdown": LEADING, "* /api/v1/statistics/timeline": LEADING,
    "* /api/v1/statistics/moves": LEADING,
    "* /api/v1/quality/sample": LEADING, "* /api/v1/quality/{handoff_id}": LEADING, "* /api/v1/quality": LEADING,
    "* /api/v1/understand": ALL,
}  # fmt: skip

Call = tuple[str, str]
"""Method and path."""

ON_ONE = "/api/v1/conversations/{conversation_id}"
WORTH_MORE: dict[Call, dict[str, Any]] = {
    ("POST", f"{ON_ONE}/correct"): {"json": {"seq": 1, "intent": "card_pin"}},
    ("POST", f"{ON_ONE}/reply"): {"json": {"id": "00000000-0000-4000-8000-000000000000", "text": "Здравствуйте"}},
    ("POST", f"{ON_ONE}/transfer"): {"json": {"department": "cards"}},
    ("POST", f"{ON_ONE}/files"): {"files": {"file": ("a.txt", b"x")}},
    ("POST", "/api/v1/canned"): {"json": {"shortcut": "/x", "title": "x", "text": {"ru": "x"}, "personal": True}},
    ("GET", "/api/v1/sla"): {"params": {"conversation": NOBODY}},
}
"""Where the plainest body that the description allows is refused before it matters who calls."""


def is_for(call: Call) -> str:
    """Whom the table names for it."""
    method, path = call
    found = CALLS.get(f"{method} {path}", CALLS.get(f"* {path}"))
    assert found is not None, f"{method} {path} is in no line of the table: say whom it is for"
    return found


def all_calls(http: TestClient) -> list[Call]:
    """Every route of the application, of its routers too."""
    return sorted(set(_calls_of(http.app.routes)))  # type: ignore[attr-defined]


def _calls_of(routes: list[Any]) -> Iterator[Call]:
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if getattr(route, "methods", None):
            yield from ((method, route.path) for method in route.methods if method != "HEAD")
        elif inner is not None:
            yield from _calls_of(inner.routes)
        else:
            raise AssertionError(f"{route!r} is neither a route nor a router")


class Bodies:
    """Bodies that the description of the API allows, as plain as they can be."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def of(self, call: Call) -> dict[str, Any]:
        """What httpx is to send with it."""
        if call in WORTH_MORE:
            return WORTH_MORE[call]
        operation = self._document["paths"].get(call[1], {}).get(call[0].lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        query = {
            each["name"]: self.example(each["schema"])
            for each in operation.get("parameters", ())
            if each["in"] == "query" and each.get("required")
        }
        if "application/json" in content:
            return {"params": query, "json": self.example(content["application/json"]["schema"])}
        if content:
            return {"params": query, "content": b"x", "headers": {"Content-Type": next(iter(content))}}
        return {"params": query}

    def example(self, schema: dict[str, Any]) -> Any:
        """The first thing that the schema allows."""
        if "$ref" in schema:
            return self.example(self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = schema.get("type")
        if kind == "object":
            needed = schema.get("required", ())
            return {name: self.example(each) for name, each in schema.get("properties", {}).items() if name in needed}
        if kind == "array":
            return [self.example(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind == "string":
            formats = {"uuid": "00000000-0000-4000-8000-000000000000", "date-time": "2026-11-22T10:00:00+00:00",
                       "date": "2026-11-22"}  # fmt: skip
            return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
        return {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}.get(kind or "")


@pytest.fixture(scope="module")
def bodies(http: TestClient) -> Bodies:
    """By the application's own description."""
    return Bodies(http.get("/openapi.json").json())


@pytest.fixture(scope="module")
def crew(office: Office) -> dict[Role, StaffMember]:
    """One of each role, of all departments, who can sign in with PASSWORD."""
    made, hashed, now = {}, hash_password(PASSWORD), office.clock()
    with office.database.write() as connection:
        for role in Role:
            person, _ = people.add(connection, f"the-{role.value}", role.value, role, (), now)
            people.change(connection, person.id, password_hash=hashed, password_changed_at=now)
            made[role] = person
    return made


@pytest.fixture
def browser_of(http: TestClient, crew: dict[Role, StaffMember]) -> Iterator[Callable[[Role], str]]:
    """Signs somebody in and gives their cookie; nothing stays in the client's own jar."""

    def enter(role: Role) -> str:
        body = {"login": crew[role].login, "password": PASSWORD, "code": ""}
        answer = http.post("/staff/v1/sign-in", json=body, headers={"Origin": str(http.base_url)})
        assert answer.status_code == httpx.codes.OK, answer.text
        cookie = answer.cookies[COOKIE]
        http.cookies.clear()
        return cookie

    yield enter
    http.cookies.clear()


def send(http: TestClient, call: Call, bodies: Bodies, **headers: str) -> httpx.Response:
    """Make the call with a number that nothing has, and a body that could be meant."""
    method, path = call
    address = re.sub(r"\{(\w+)\}", lambda name: ANYTHING.get(name[1], str(NOBODY)), path)
    body = bodies.of(call)
    return http.request(method, address, **body | {"headers": body.get("headers", {}) | headers})


def code_of(answer: httpx.Response) -> str:
    """The stable code of an error; "" for none."""
    try:
        found = answer.json()
    except json.JSONDecodeError:
        return ""
    return str(found.get("code", "")) if isinstance(found, dict) else ""


def test_every_call_stands_in_the_table_and_every_line_is_a_call(http: TestClient) -> None:
    calls = all_calls(http)
    assert len(calls) > 100
    named = {f"{method} {path}" for method, path in calls} | {f"* {path}" for _, path in calls}
    assert {is_for(call) for call in calls} <= {SERVING, LEADING, ADMIN, ALL, OPEN, VISITOR, OWN_SIGN}
    assert set(CALLS) <= named, "these lines name no call"


def test_without_a_token_nobody_gets_in(http: TestClient, bodies: Bodies) -> None:
    for call in all_calls(http):
        if is_for(call) in (OPEN, OWN_SIGN):
            continue
        is_problem(send(http, call, bodies), 401, "unauthorized")
        assert send(http, call, bodies, Authorization="Bearer forged").status_code == 401, call


@pytest.mark.parametrize("role", Role)
def test_a_role_may_call_what_the_table_says_and_nothing_else(
    http: TestClient, bodies: Bodies, sign_in: Callable[..., dict[str, str]], role: Role
) -> None:
    headers, wrong = sign_in(f"who-{role.value}", role=role), []
    for call in all_calls(http):
        whom = is_for(call)
        if whom in (OPEN, OWN_SIGN) or call[1].startswith("/staff/v1/"):
            continue
        answer = send(http, call, bodies, **headers)
        if whom == VISITOR:
            right = answer.status_code == 401  # a member of staff is no visitor
        elif role.value in whom.split():
            right = answer.status_code not in (401, 403, 405, 500)
        else:
            right = (answer.status_code, code_of(answer)) == (403, "forbidden")
        if not right:
            wrong.append((call, answer.text[:200]))
    assert not wrong, "\n".join(f"{call}: {said}" for call, said in wrong)


def changes(http: TestClient) -> list[Call]:
    """What a browser of the staff can be made to do."""
    found = [call for call in all_calls(http) if call[0] not in SAFE_METHODS]
    return [call for call in found if is_for(call) not in (OPEN, OWN_SIGN, VISITOR)]


FOREIGN = (
    {}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Referer": "https://evil.example/page"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://testserver.evil.example"}, {"Origin": "https://testserver"}, {"Origin": "http://testserver:8080"},
)  # fmt: skip
"""What a request brings along that another site, or nobody knows who, made a signed-in browser send."""


def test_another_site_changes_nothing_with_a_browser_that_is_signed_in(
    http: TestClient, bodies: Bodies, browser_of: Callable[[Role], str]
) -> None:
    cookie = f"{COOKIE}={browser_of(Role.ADMIN)}"
    for call in changes(http):
        for said in FOREIGN:
            answer = send(http, call, bodies, Cookie=cookie, **said)
            assert (answer.status_code, code_of(answer)) == (403, "csrf_refused"), f"{call} with {said}: {answer.text}"
    assert http.get("/staff/v1/me", headers={"Cookie": cookie}).status_code == httpx.codes.OK


def test_a_page_of_this_site_may(http: TestClient, bodies: Bodies, browser_of: Callable[[Role], str]) -> None:
    cookie, sign_out = f"{COOKIE}={browser_of(Role.ADMIN)}", ("POST", "/staff/v1/sign-out")
    for call in sorted(changes(http), key=lambda call: call == sign_out):
        answer = send(http, call, bodies, Cookie=cookie, Origin="http://testserver")
        assert code_of(answer) not in ("csrf_refused", "unauthorized", "forbidden"), f"{call}: {answer.text}"
