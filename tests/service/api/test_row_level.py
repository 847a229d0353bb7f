"""Nobody gets round the row-level rule: every route of staff that knows conversations is tried by a stranger."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from service.domain.staff import Role
from service.office import Office
from service.storage import staff as people
from tests.service.api.conftest import VisitorOverHttp, arrive
from tests.service.problem_details import is_problem
from tests.service.small_office import LOST, OPERATOR

SECRET = "Синяя тетрадь"
BODIES: dict[str, dict[str, Any]] = {
    "StaffReply": {"id": str(uuid4()), "text": "x"},
    "Correction": {"seq": 1, "intent": "card_pin"},
    "Typing": {"on": True},
    "Close": {"resolution": "x"},
}
"""What to send, by the schema of the body; a route with another one is tried with nothing and must still refuse."""


@pytest.fixture
def theirs(http: TestClient) -> VisitorOverHttp:
    """A client of the cards department who says something that nobody else may read."""
    client = arrive(http)
    client.send(SECRET)
    client.send("Карту украли", button=LOST)
    return client


def routes(http: TestClient) -> list[tuple[str, str, str | None]]:
    """(method, path, schema of the body) of everything under /api/v1 and /staff/v1."""
    document = http.get("/openapi.json").json()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith(("/api/v1", "/staff/v1")):
                schema = str(operation.get("requestBody", ""))
                name = re.search(r"schemas/(\w+)", schema)
                found.append((method.upper(), path, name[1] if name else None))
    return found


def call(http: TestClient, route: tuple[str, str, str | None], number: int, headers: dict[str, str]) -> httpx.Response:
    """Try a route with this number wherever it takes one."""
    method, path, schema = route
    address = re.sub(r"\{\w+\}", str(number), path)
    body = BODIES.get(schema or "", {}) if schema else None
    return http.request(method, address, headers=headers, json=body)


def test_a_stranger_gets_nothing_out_of_any_route(
    http: TestClient, theirs: VisitorOverHttp, sign_in: Callable[..., dict[str, str]]
) -> None:
    headers = sign_in("stranger", "loans", role=Role.SUPERVISOR)
    before = [message["text"] for message in theirs.messages()]
    for route in routes(http):
        answer = call(http, route, theirs.conversation, headers)
        assert SECRET not in answer.text, route
        assert "Карту украли" not in answer.text, route
        if "{conversation_id}" in route[1]:
            assert answer.status_code in (404, 422), (route, answer.status_code)
    assert [message["text"] for message in theirs.messages()] == before


@pytest.mark.parametrize("query", [
    "?state=queued", "?state=operator", "?limit=500", "?limit=500&offset=0", "?department=cards",
    "?state=queued&state=operator", "?departments=cards", "?staff=1", "?offset=1&limit=1",
])  # fmt: skip
def test_no_question_to_the_queue_shows_it(
    http: TestClient, theirs: VisitorOverHttp, sign_in: Callable[..., dict[str, str]], query: str
) -> None:
    answer = http.get(f"/api/v1/queue{query}", headers=sign_in("stranger", "loans", "general"))
    if answer.status_code == 200:
        shown = answer.json()["conversations"]
        assert theirs.conversation not in [each["conversation"] for each in shown]
        assert {each["department"] for each in shown} <= {"loans", "general"}


def test_an_administrator_with_departments_reads_no_others(
    http: TestClient, theirs: VisitorOverHttp, sign_in: Callable[..., dict[str, str]]
) -> None:
    headers = sign_in("chief", "loans", role=Role.ADMIN)
    is_problem(http.get(f"/api/v1/conversations/{theirs.conversation}", headers=headers), 404, "not_found")


def test_who_makes_models_is_refused_wherever_a_conversation_is_named(
    http: TestClient, theirs: VisitorOverHttp, sign_in: Callable[..., dict[str, str]]
) -> None:
    headers = sign_in("ml", role=Role.ML)
    for route in routes(http):
        answer = call(http, route, theirs.conversation, headers)
        assert SECRET not in answer.text, route
        if "{conversation_id}" in route[1] or route[1].endswith("/queue"):
            assert answer.status_code in (403, 422), (route, answer.status_code)


def test_the_old_department_loses_sight_of_what_moved(
    http: TestClient, office: Office, sign_in: Callable[..., dict[str, str]]
) -> None:
    client = arrive(http)
    client.send("Оператор", button=OPERATOR)
    headers = sign_in("general", "general")
    path = f"/api/v1/conversations/{client.conversation}"
    assert http.get(path, headers=headers).status_code == 200
    assert http.post(f"{path}/take", headers=headers).status_code == 200
    token = headers["Authorization"].removeprefix("Bearer ")
    with office.database.write() as connection:
        member = people.find_by_token(connection, token)
        assert member is not None
        people.change(connection, member.id, departments=["loans"])
    for route in routes(http):
        if "{conversation_id}" in route[1]:
            assert call(http, route, client.conversation, headers).status_code in (404, 422), route


def test_metrics_count_and_name_nobody(http: TestClient, theirs: VisitorOverHttp) -> None:
    assert SECRET not in http.get("/metrics").text
