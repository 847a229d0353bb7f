"""The desk over HTTP: the list, the story, the actions, files; problems with codes; nothing leaks to others."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from service.office import Office
from service.worker import index_messages
from tests.service.api.conftest import VisitorOverHttp
from tests.service.problem_details import is_problem
from tests.service.small_office import LOST

Headers = dict[str, str]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50
XSS = "<script>alert(1)</script>"


class Person:
    """One member of staff who calls the API."""

    def __init__(self, http: TestClient, headers: Headers) -> None:
        self.http, self.headers = http, headers

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Read something."""
        return self.http.get(f"/api/v1{path}", params=query, headers=self.headers)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Do something."""
        return self.http.post(f"/api/v1{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> httpx.Response:
        """Remove something."""
        return self.http.delete(f"/api/v1{path}", headers=self.headers)


@pytest.fixture
def person(http: TestClient, sign_in: Callable[..., Headers]) -> Callable[..., Person]:
    """Hires somebody."""
    return lambda login, *departments, **fields: Person(http, sign_in(login, *departments, **fields))


@pytest.fixture
def anna(person: Callable[..., Person]) -> Person:
    """An operator of every department."""
    return person("anna")


@pytest.fixture
def held(visitor: VisitorOverHttp, anna: Person) -> str:
    """The path of a conversation that Anna has taken."""
    visitor.send("Карту украли", button=LOST)
    path = f"/conversations/{visitor.conversation}"
    assert anna.post(f"{path}/take").status_code == 200
    return path


def test_the_list_and_the_story_are_read(anna: Person, held: str, visitor: VisitorOverHttp) -> None:
    page = anna.get("/inbox", limit=200, department="cards", state="operator").json()
    entry = next(each for each in page["entries"] if each["conversation_id"] == visitor.conversation)
    assert (entry["state"], entry["priority"], entry["department"]) == ("operator", "urgent", "cards")
    story = anna.get(f"{held}/timeline", limit=2).json()
    older = anna.get(f"{held}/timeline", limit=200, before=story["before"]).json()
    assert older["items"][0]["message"]["text"] == "Карту украли"
    assert older["items"][0]["understood"]["decision"] == "handoff"
    assert older["before"] is None
    assert anna.get(f"{held}/card").json()["channels"][0]["channel"] == "web"


def test_everything_an_operator_does_can_be_done_over_http(
    anna: Person, person: Callable[..., Person], held: str, visitor: VisitorOverHttp, office: Office
) -> None:
    note = anna.post(f"{held}/notes", id=str(uuid4()), text=XSS)
    assert (note.status_code, note.json()["text"]) == (201, XSS)
    assert note.headers["content-type"] == "application/json"
    assert anna.post(f"{held}/tags", tag="#VIP").json() == {"tags": ["vip"]}
    assert "vip" in anna.get("/tags", beginning="V").json()["tags"]
    assert anna.delete(f"{held}/tags/vip").json() == {"tags": []}
    assert anna.post(f"{held}/correct", seq=1, intent=["card_declined", "card_pin"]).status_code == 204
    assert anna.post(f"{held}/correct/undo", seq=1).status_code == 204
    assert anna.post(f"{held}/snooze", until="2026-11-25T09:00:00+03:00").json()["state"] == "operator"
    assert anna.post(f"{held}/wake").status_code == 200
    assert anna.post(f"{held}/release").json()["state"] == "queued"
    boris = person("boris", "cards")
    assert anna.post(f"{held}/take").status_code == 200
    colleagues = anna.get(f"{held}/colleagues").json()
    number = next(each["id"] for each in colleagues if each["login"].startswith("boris"))
    assert anna.post(f"{held}/transfer", person=number, note="ваш").json()["state"] == "operator"
    closed = boris.post(f"{held}/close", resolution="resolved", comment="готово")
    assert closed.json()["state"] == "closed"
    assert boris.post(f"{held}/reopen").json()["state"] == "operator"
    index_messages(office)
    found = boris.post("/search", text="украл карты", departments=["cards"]).json()["conversations"]
    assert visitor.conversation in [each["conversation_id"] for each in found]


def test_two_conversations_are_merged_and_separated(
    anna: Person, held: str, http: TestClient, visitor: VisitorOverHttp
) -> None:
    from tests.service.api.conftest import arrive

    other = arrive(http)
    other.send("Карту украли", button=LOST)
    merged = anna.post(f"{held}/merge", other=other.conversation, reason="один договор")
    assert merged.status_code == httpx.codes.CREATED
    is_problem(anna.post(f"{held}/merge", other=other.conversation, reason="ещё"), 409, "conflict")
    assert {each["conversation"] for each in anna.get(f"{held}/timeline", limit=200).json()["items"]} == {
        visitor.conversation, other.conversation,
    }  # fmt: skip
    assert anna.post(f"/merges/{merged.json()['id']}/undo").json()["undone_at"]


def test_views_are_saved_listed_and_forgotten(anna: Person, person: Callable[..., Person]) -> None:
    saved = anna.post("/views", name="Мои закрытые", search={"states": ["closed"], "text": "карта"})
    assert saved.status_code == httpx.codes.CREATED
    assert [each["name"] for each in anna.get("/views").json()] == ["Мои закрытые"]
    assert person("boris").get("/views").json() == []
    assert anna.delete("/views/Мои закрытые").status_code == httpx.codes.NO_CONTENT
    is_problem(anna.delete("/views/Мои закрытые"), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("transfer", {}), ("transfer", {"department": "nowhere"}), ("transfer", {"department": "x" * 41}),
        ("transfer", {"person": 0}), ("transfer", {"person": 2**70}), ("snooze", {"until": "tomorrow"}),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}), ("snooze", {"until": "2026-11-25T09:00:00"}),
        ("notes", {"id": str(uuid4()), "text": ""}), ("notes", {"id": "1", "text": "x"}),
        ("notes", {"id": str(uuid4()), "text": "x" * 5000}), ("tags", {"tag": ""}), ("tags", {"tag": "x" * 41}),
        ("close", {"resolution": "whatever"}), ("close", {"comment": "x" * 1001}), ("merge", {"other": 1}),
        ("merge", {"other": 1, "reason": ""}), ("correct", {"seq": 1, "intent": []}),
        ("correct", {"seq": 1, "intent": ["card_pin", "out_of_scope"]}), ("correct/undo", {"seq": 0}),
        ("transfer", {"department": "loans", "surprise": 1}),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused(anna: Person, held: str, path: str, body: dict[str, Any]) -> None:
    is_problem(anna.post(f"{held}/{path}", **body), 422, "invalid_input")


def test_a_stale_page_and_a_second_operator_are_told(anna: Person, person: Callable[..., Person], held: str) -> None:
    is_problem(anna.post(f"{held}/transfer", department="loans", version=0), 409, "stale_version")
    boris = person("boris")
    for action, body in (("transfer", {"department": "loans"}), ("release", {}), ("close", {})):
        is_problem(boris.post(f"{held}/{action}", **body), 409, "not_holder")
    is_problem(boris.post(f"{held}/reopen"), 409, "conflict")


@pytest.mark.parametrize(
    "ask",
    [
        lambda who, path: who.get(f"{path}/timeline"), lambda who, path: who.get(f"{path}/card"),
        lambda who, path: who.get(f"{path}/colleagues"),
        lambda who, path: who.post(f"{path}/transfer", department="loans"),
        lambda who, path: who.post(f"{path}/notes", id=str(uuid4()), text="x"),
        lambda who, path: who.post(f"{path}/tags", tag="x"), lambda who, path: who.delete(f"{path}/tags/x"),
        lambda who, path: who.post(f"{path}/snooze", until="2026-11-25T09:00:00Z"),
        lambda who, path: who.post(f"{path}/wake"), lambda who, path: who.post(f"{path}/release"),
        lambda who, path: who.post(f"{path}/reopen"), lambda who, path: who.post(f"{path}/merge", other=1, reason="x"),
        lambda who, path: who.post(f"{path}/correct/undo", seq=1),
    ],
)  # fmt: skip
def test_another_department_s_conversation_does_not_exist(
    person: Callable[..., Person], held: str, ask: Callable[[Person, str], httpx.Response]
) -> None:
    is_problem(ask(person("vera", "loans"), held), 404, "not_found")


# --- files


def sent_file(visitor: VisitorOverHttp, name: str, content: bytes) -> httpx.Response:
    """A visitor uploads a file."""
    return visitor.http.post("/chat/v1/files", files={"file": (name, content)}, headers=visitor.headers)


def test_a_picture_goes_from_the_visitor_to_the_operator_and_a_document_back(
    anna: Person, person: Callable[..., Person], held: str, visitor: VisitorOverHttp, http: TestClient
) -> None:
    from tests.service.api.conftest import arrive

    picture = sent_file(visitor, "снимок.png", PNG).json()
    body = {"id": str(uuid4()), "files": [picture["key"]]}
    assert http.post("/chat/v1/messages", json=body, headers=visitor.headers).status_code == 202
    assert visitor.messages()[-1]["files"] == [picture]
    shown = anna.get(f"/files/{picture['key']}", inline=True)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PNG, "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    document = anna.http.post(
        f"/api/v1{held}/files", files={"file": ("памятка.txt", "привет".encode())}, headers=anna.headers
    ).json()
    anna.post(f"{held}/reply", id=str(uuid4()), text="Памятка", files=[document["key"]])
    got = http.get(f"/chat/v1/files/{document['key']}", params={"token": visitor.token, "inline": True})
    assert got.content == "привет".encode()
    assert got.headers["content-disposition"].startswith("attachment; filename*=utf-8''")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["content-type"] == "application/octet-stream"
    stranger = arrive(http)
    for key in (picture["key"], document["key"]):
        is_problem(http.get(f"/chat/v1/files/{key}", headers=stranger.headers), 404, "not_found")
        is_problem(person("vera", "loans").get(f"/files/{key}"), 404, "not_found")
        is_problem(http.get(f"/chat/v1/files/{key}"), 401, "unauthorized")
        is_problem(http.get(f"/api/v1/files/{key}"), 401, "unauthorized")


@pytest.mark.parametrize("key", ["..%2f..%2fetc%2fpasswd", "x", "0" * 33, "A" * 32, "0" * 31 + "%00"])
def test_a_key_that_is_none_of_ours_opens_nothing(anna: Person, key: str) -> None:
    assert anna.get(f"/files/{key}").status_code in (404, 422)


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.svg", b"<svg onload=alert(1)>", 422, "file_refused"), ("a.png", b"MZ\x90", 422, "file_refused"),
        ("a.html", b"<html>", 422, "file_refused"), ("a.png", b"", 422, "file_refused"),
        ("a.png", PNG + b"x" * (10 * 2**20), 413, "file_too_large"),
        ("a.png", PNG + b"x" * (11 * 2**20), 413, "too_large"),
    ],
)  # fmt: skip
def test_files_that_are_not_taken_are_problems(
    visitor: VisitorOverHttp, name: str, content: bytes, status: int, code: str
) -> None:
    is_problem(sent_file(visitor, name, content), status, code)


def test_a_form_without_a_file_and_an_upload_of_a_stranger_are_refused(visitor: VisitorOverHttp) -> None:
    http = visitor.http
    is_problem(http.post("/chat/v1/files", data={"file": "x"}, headers=visitor.headers), 422, "invalid_input")
    is_problem(http.post("/chat/v1/files", content=b"x", headers=visitor.headers), 422, "invalid_input")
    is_problem(http.post("/chat/v1/files", files={"file": ("a.png", PNG)}), 401, "unauthorized")
    broken = visitor.headers | {"Content-Type": "multipart/form-data"}
    assert http.post("/chat/v1/files", content=b"--x", headers=broken).status_code in (400, 422)
    missing = {"id": str(uuid4()), "text": "вот", "files": ["0" * 32]}
    is_problem(http.post("/chat/v1/messages", json=missing, headers=visitor.headers), 404, "not_found")
    nothing = {"id": str(uuid4())}
    is_problem(http.post("/chat/v1/messages", json=nothing, headers=visitor.headers), 422, "invalid_input")
