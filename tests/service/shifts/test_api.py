"""The same over HTTP: rights by role, clear refusals, examples for integrators."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.storage.staff import Role
from tests.service.problem_details import is_problem
from tests.service.shifts.conftest import Desk
from tests.service.small_office import hire

Call = Callable[..., Any]
DAY = {"first": "2026-11-20", "last": "2026-11-20"}


@pytest.fixture
def http(desk: Desk) -> Iterator[TestClient]:
    """The API of this office."""
    with TestClient(create_app(desk.office, with_worker=False), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def call(desk: Desk, http: TestClient) -> Call:
    """Calls as an operator (anna), or as somebody of another role."""
    tokens = {role.value: hire(desk.office, f"the-{role}", role=role)[1] for role in Role}

    def make(method: str, path: str, role: str = "operator", **fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        return http.request(method, f"/api/v1{path}", headers=headers, **fields)

    return make


def test_an_operator_says_what_they_do_and_reads_it_back(call: Call, desk: Desk) -> None:
    assert call("GET", "/presence").json()["state"] == "offline"
    assert call("PUT", "/presence", json={"state": "online"}).json()["state"] == "online"
    desk.clock.move(minutes=30)
    assert call("POST", "/presence/heartbeat").json()["state"] == "online"
    report = call("GET", "/presence/the-operator", params=DAY).json()
    assert [(each["state"], each["source"]) for each in report["spans"]] == [("online", "api")]
    assert report["days"] == [{"day": "2026-11-20", "hours": 0.5}]
    assert is_problem(call("PUT", "/presence", json={"state": "asleep"}), 422, "invalid_input")
    assert is_problem(call("PUT", "/presence", "ml", json={"state": "online"}), 403, "forbidden")


def test_a_telephone_system_reports_calls(call: Call) -> None:
    call("PUT", "/presence", json={"state": "online"})
    body = {"login": "the-operator", "key": "pbx-1"}
    assert is_problem(call("POST", "/calls", json=body), 403, "forbidden")
    assert call("POST", "/calls", "supervisor", json=body).json() == call("GET", "/presence").json()
    assert call("GET", "/presence").json()["state"] == "on_call"
    assert call("POST", "/calls/end", "supervisor", json={"key": "pbx-1"}).status_code == 204
    assert call("GET", "/presence").json()["state"] == "online"
    nobody = {"login": "nobody", "key": "pbx-2"}
    assert is_problem(call("POST", "/calls", "supervisor", json=nobody), 404, "not_found")


def test_routes_and_targets_are_read_as_they_were_saved(call: Call) -> None:
    row = {"segment": "vip", "queue": "general", "raise_by": 1, "mode": "push"}
    saved = call("PUT", "/routes", "supervisor", json={"routes": [row]})
    assert saved.status_code == 200
    assert call("GET", "/routes", "admin").json() == saved.json()
    assert saved.json()["routes"][0].items() >= row.items()
    target = {"priority": "urgent", "first_minutes": 5, "next_minutes": 15, "resolution_minutes": 240}
    saved = call("PUT", "/targets", "supervisor", json={"targets": [target]})
    assert saved.json()["targets"] == [{"department": None, "warn_share": 0.8} | target]
    assert call("GET", "/targets", "supervisor").json() == saved.json()
    bad = call("PUT", "/routes", "supervisor", json={"routes": [{"queue": "moon"}]})
    assert is_problem(bad, 422, "invalid_input")
    assert "row 1: there is no department 'moon'" in bad.json()["detail"]


def test_a_roster_is_saved_imported_and_exported(call: Call) -> None:
    shift = {"starts": "09:00", "ends": "18:00", "zone": "Europe/Moscow", "country": "RU", "weekday": 4}
    saved = call("PUT", "/rosters/the-operator", "supervisor", json={"shifts": [shift], "days_off": ["2026-12-31"]})
    assert saved.json()["people"][0]["shifts"] == [{"day": None} | shift]
    exported = call("GET", "/rosters/export", "supervisor")
    assert exported.headers["content-type"].startswith("text/csv")
    body = {"name": "r.csv", "content": exported.text}
    assert call("POST", "/rosters/import", "supervisor", json=body).json() == {"shifts": 1}
    assert call("GET", "/rosters", "supervisor").json() == saved.json()
    assert call("GET", "/on-duty").json() == {"logins": ["the-operator"], "next_at": "2026-11-20T12:00:00Z"}
    assert call("PUT", "/holidays/RU", "supervisor", json={"days": {"2026-11-20": "Нет"}}).status_code == 204
    assert call("GET", "/on-duty").json()["logins"] == []
    for times in ({"starts": "25:00"}, {"ends": "08:00"}, {"zone": "Mars"}):
        refused = call("PUT", "/rosters/the-operator", "supervisor", json={"shifts": [shift | times]})
        assert is_problem(refused, 422, "invalid_input")
    wrong = call("POST", "/rosters/import", "supervisor", json={"name": "r.csv", "content": "x"})
    assert "r.csv:1: the first line must be" in wrong.json()["detail"]


def test_clocks_of_what_one_may_see(call: Call, desk: Desk) -> None:
    conversation = desk.arrive()
    (found,) = call("GET", "/sla", params={"conversation": [conversation, 4711]}).json()["conversations"]
    assert (found["conversation"], found["state"], found["clock"]) == (conversation, "ok", "first_response")
    assert is_problem(call("GET", "/sla", params={"conversation": 2**70}), 422, "invalid_input")
    assert is_problem(call("GET", "/sla", params={"conversation": 2**31}), 422, "invalid_input")
    assert call("GET", "/sla", params={"conversation": 2**31 - 1}).json() == {"conversations": []}


def test_supervisors_read_figures(call: Call, desk: Desk) -> None:
    desk.arrive()
    wall = call("GET", "/statistics/wall", "supervisor").json()
    assert (wall["waiting"][0]["department"], wall["bot"]["conversations"]) == ("general", 1)
    operators = call("GET", "/statistics/operators", "supervisor", params=DAY).json()["operators"]
    assert {each["login"] for each in operators} == {"the-operator", "the-supervisor", "the-admin"}
    by = call("GET", "/statistics/breakdown", "supervisor", params=DAY | {"by": "channel"}).json()["slices"]
    assert [(each["key"], each["asked"]) for each in by] == [("web", 1)]
    assert len(call("GET", "/statistics/timeline", "supervisor", params=DAY | {"step": "hour"}).json()["slices"]) == 24
    assert call("GET", "/quality/sample", "supervisor", params=DAY).json()["handoffs"] == []
    assert call("GET", "/quality", "supervisor", params=DAY).json() == {"operators": []}
    assert is_problem(call("PUT", "/quality/4711", "supervisor", json={"points": {}}), 422, "invalid_input")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/routes", None), ("PUT", "/routes", {"routes": []}), ("GET", "/rosters", None),
        ("PUT", "/rosters/x", {"shifts": []}), ("POST", "/rosters/import", {"content": ""}),
        ("GET", "/rosters/export", None), ("PUT", "/holidays/RU", {"days": {}}), ("GET", "/targets", None),
        ("PUT", "/targets", {"targets": []}), ("GET", "/statistics/wall", None), ("POST", "/calls/end", {"key": "x"}),
        ("GET", "/statistics/operators", None), ("GET", "/statistics/breakdown?by=channel", None),
        ("GET", "/statistics/timeline", None), ("GET", "/statistics/moves", None), ("GET", "/quality", None),
        ("GET", "/quality/sample", None),
        ("PUT", "/quality/1", {"points": {}}), ("GET", "/presence/the-admin", None),
    ],
)  # fmt: skip
def test_operators_and_modellers_may_not(call: Call, http: TestClient, method: str, path: str, body: Any) -> None:
    for role in ("operator", "ml"):
        params = None if "?" in path else DAY
        target = f"{path}&first=2026-11-20&last=2026-11-20" if "?" in path else path
        assert is_problem(call(method, target, role, json=body, params=params), 403, "forbidden")
    assert is_problem(http.request(method, f"/api/v1{path}", json=body), 401, "unauthorized")
