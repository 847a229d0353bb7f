"""Suggestions, canned replies and articles over HTTP: what integrators call, and every way to be refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from service.storage.staff import Role
from tests.service.api.conftest import VisitorOverHttp
from tests.service.problem_details import is_problem
from tests.service.small_office import OPERATOR

Headers = dict[str, str]
CANNED = {"shortcut": "/hours", "title": "Часы работы", "text": {"ru": "Мы открыты с 9 до 20."}, "tags": ["hours"]}
SOURCE = """---
id: {id}
language: ru
title: Подарочная карта
intents: [card_order]
questions:
  - можно ли купить подарочную карту {id}
---
Подарочную карту оформляют в отделении.
"""


@pytest.fixture
def anna(sign_in: Callable[..., Headers]) -> Headers:
    """An operator."""
    return sign_in("anna")


@pytest.fixture
def boss(sign_in: Callable[..., Headers]) -> Headers:
    """A supervisor."""
    return sign_in("boss", role=Role.SUPERVISOR)


@pytest.fixture
def held(http: TestClient, visitor: VisitorOverHttp, anna: Headers) -> VisitorOverHttp:
    """A client with the operator, who has asked something."""
    visitor.send("оператор", button=OPERATOR)
    taken = http.post(f"/api/v1/conversations/{visitor.conversation}/take", headers=anna)
    assert taken.status_code == httpx.codes.OK
    visitor.send("как снять наличные в банкомате?")
    return visitor


def offer_for(http: TestClient, held: VisitorOverHttp, headers: Headers) -> dict[str, Any]:
    """The offer."""
    answer = http.get(f"/api/v1/conversations/{held.conversation}/suggestions", headers=headers)
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_offer_is_read_and_accepted_once(http: TestClient, held: VisitorOverHttp, anna: Headers) -> None:
    offer = offer_for(http, held, anna)
    best = offer["suggestions"][0]
    assert (best["kind"], best["article"], best["rank"], best["offer"]) == (
        "article",
        "cash-withdrawal",
        1,
        offer["offer"],
    )
    body = {"id": str(uuid4()), "rank": 1, "seconds": 1.5}
    for _ in range(2):
        sent = http.post(f"/api/v1/offers/{offer['offer']}/accept", json=body, headers=anna)
        assert sent.status_code == httpx.codes.CREATED, sent.text
        assert sent.json()["text"] == best["text"]
    assert [m["text"] for m in held.messages()].count(best["text"]) == 1
    again = http.post(f"/api/v1/offers/{offer['offer']}/accept", json=body | {"id": str(uuid4())}, headers=anna)
    assert is_problem(again, 409, "conflict")["stale"] is True
    assert offer_for(http, held, anna)["stale"] is True
    read = http.get(f"/api/v1/conversations/{held.conversation}", headers=anna).json()
    assert read["suggestions"] == []


def test_an_offer_is_edited_or_rejected(http: TestClient, held: VisitorOverHttp, anna: Headers) -> None:
    offer = offer_for(http, held, anna)["offer"]
    url = f"/api/v1/offers/{offer}"
    no = http.post(f"{url}/reject", json={"rank": 1, "reason": "other", "comment": "мимо"}, headers=anna)
    assert no.status_code == httpx.codes.NO_CONTENT
    is_problem(http.post(f"{url}/reject", json={"rank": 1, "reason": "x"}, headers=anna), 422, "invalid_input")
    is_problem(http.post(f"{url}/reject", json={"rank": 99, "reason": "other"}, headers=anna), 404, "not_found")
    body = {"id": str(uuid4()), "rank": 1, "text": "В любом банкомате."}
    sent = http.post(f"{url}/edit", json=body, headers=anna)
    assert sent.status_code == httpx.codes.CREATED
    is_problem(http.post(f"{url}/edit", json=body | {"text": "Иначе"}, headers=anna), 409, "message_id_reused")


def test_strangers_see_and_send_nothing(
    http: TestClient, held: VisitorOverHttp, anna: Headers, sign_in: Callable[..., Headers]
) -> None:
    offer = offer_for(http, held, anna)["offer"]
    loans, reader = sign_in("loans", "loans"), sign_in("reader", role=Role.ML)
    body = {"id": str(uuid4()), "rank": 1}
    for path in ("suggestions", "replies?q=карта"):
        url = f"/api/v1/conversations/{held.conversation}/{path}"
        is_problem(http.get(url, headers=loans), 404, "not_found")
        is_problem(http.get(url, headers=reader), 403, "forbidden")
        is_problem(http.get(url), 401, "unauthorized")
    is_problem(http.post(f"/api/v1/offers/{offer}/accept", json=body, headers=loans), 404, "not_found")
    other = sign_in("other")
    is_problem(http.post(f"/api/v1/offers/{offer}/accept", json=body, headers=other), 409, "not_holder")
    is_problem(http.get("/api/v1/articles", headers=reader), 403, "forbidden")
    is_problem(http.get("/api/v1/canned", headers=reader), 403, "forbidden")


def test_canned_replies_are_kept_and_found(
    http: TestClient, held: VisitorOverHttp, anna: Headers, boss: Headers
) -> None:
    is_problem(http.post("/api/v1/canned", json=CANNED, headers=anna), 403, "forbidden")
    made = http.post("/api/v1/canned", json=CANNED, headers=boss)
    assert made.status_code == httpx.codes.CREATED, made.text
    one = made.json()
    is_problem(http.post("/api/v1/canned", json=CANNED, headers=boss), 409, "conflict")
    url = f"/api/v1/canned/{one['id']}"
    changed = http.put(url, json=CANNED | {"title": "Режим работы", "version": 1}, headers=boss)
    assert changed.json()["version"] == 2
    is_problem(http.put(url, json=CANNED | {"version": 1}, headers=boss), 409, "conflict")
    found = http.get(f"/api/v1/conversations/{held.conversation}/replies", params={"q": "/ho"}, headers=anna).json()
    assert [each["title"] for each in found["suggestions"]] == ["Режим работы"]
    assert found["suggestions"][0]["offer"] is None
    assert "/hours" in [each["shortcut"] for each in http.get("/api/v1/canned", headers=anna).json()["canned"]]
    assert http.delete(url, headers=boss).status_code == httpx.codes.NO_CONTENT
    is_problem(http.delete(url, headers=boss), 404, "not_found")


def test_an_article_is_written_looked_at_published_and_withdrawn(
    http: TestClient, anna: Headers, boss: Headers
) -> None:
    name = f"gift-{uuid4().hex[:8]}"
    source, url = SOURCE.format(id=name), f"/api/v1/articles/{name}/ru"
    shown = http.post(f"{url}/preview", json={"source": source}, headers=anna).json()
    assert shown["channels"]["web"][0]["text"].startswith("Подарочную карту")
    hits = http.post(f"{url}/hits", json={"source": source}, headers=anna).json()["hits"]
    assert (hits[0]["before"], hits[0]["after"]) == (None, 1)
    draft = http.post(f"{url}/drafts", json={"source": source, "base": 0}, headers=anna)
    assert (draft.status_code, draft.json()["state"]) == (201, "draft")
    conflict = is_problem(http.post(f"{url}/drafts", json={"source": source, "base": 0}, headers=anna), 409, "conflict")
    assert conflict["newest_source"] == source
    is_problem(http.post(f"{url}/publish", json={"number": 1}, headers=anna), 403, "forbidden")
    published = http.post(f"{url}/publish", json={"number": 1}, headers=boss)
    assert published.json()["serving"] is True
    second = http.post(f"{url}/drafts", json={"source": source + "\n{nowhere.fact}", "base": 1}, headers=anna).json()
    assert second["problems"][0]["severity"] == "error"
    refused = is_problem(http.post(f"{url}/publish", json={"number": 2}, headers=boss), 422, "invalid_input")
    assert refused["problems"]
    lines = http.get(f"{url}/compare", params={"one": 1, "other": 2}, headers=anna).json()["lines"]
    assert {"kind": "added", "text": "{nowhere.fact}"} in lines
    gone = http.post(f"{url}/withdraw", json={"base": 2}, headers=boss)
    assert gone.status_code == httpx.codes.OK, gone.text
    back = http.post(f"{url}/restore", json={"number": 1, "base": 2}, headers=boss)
    assert (back.json()["number"], back.json()["serving"]) == (3, True)
    versions = http.get(f"{url}/versions", headers=anna).json()["versions"]
    assert [each["number"] for each in versions] == [3, 2, 1]
    listed = http.get("/api/v1/articles", headers=anna).json()["articles"]
    assert next(each for each in listed if each["id"] == name)["serving"] == 3
    is_problem(http.get("/api/v1/articles/no-such/ru/versions", headers=anna), 404, "not_found")
    big = {"source": "x" * 135_000, "base": 3}
    assert http.post(f"{url}/drafts", json=big, headers=anna).status_code in (413, 422)
