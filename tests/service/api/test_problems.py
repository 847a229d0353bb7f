"""Bad tokens, bad numbers, bad paths: a clear problem with a stable code, and nothing half-written."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from service.api.limits import LARGEST_BODY
from service.api.visitors import VisitorTokens
from service.office import Office
from tests.service.api.conftest import VisitorOverHttp, arrive, rows
from tests.service.problem_details import is_problem
from tests.service.small_office import OPERATOR, PIN

CHAT = "/chat/v1/messages"
HUGE = 2**70


# --- who asks


def bad_tokens(office: Office, visitor: VisitorOverHttp) -> dict[str, str]:
    """Tokens that are not ours, by what is wrong with them."""
    payload, stamp, signature = visitor.token.split(".")
    stranger = VisitorTokens("another key", 180).issue("ru")[1]
    return {
        "nothing": "",
        "noise": "x" * 5000,
        "dots": "...",
        "no signature": f"{payload}.{stamp}.",
        "another payload": f"{'A' + payload[1:]}.{stamp}.{signature}",
        "another key": stranger,
        "cut": visitor.token[:-1],
        "swapped case": visitor.token.swapcase(),
        "letters": "token-\u00e9\u00ff",
    }


KINDS = ["nothing", "noise", "dots", "no signature", "another payload", "another key", "cut", "swapped case", "letters"]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_token_opens_nothing(visitor: VisitorOverHttp, office: Office, http: TestClient, kind: str) -> None:
    token = bad_tokens(office, visitor)[kind]
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    calls = [
        http.get(CHAT, headers=headers),
        http.post(CHAT, json={"id": str(uuid4()), "text": "я"}, headers=headers),
        http.post("/chat/v1/seen", json={"seq": 1}, headers=headers),
        http.post("/chat/v1/typing", json={"on": True}, headers=headers),
        http.get("/chat/v1/explain", params={"seq": 1}, headers=headers),
        http.get("/chat/v1/events", params={"token": token} if token else {}),
    ]
    for answer in calls:
        is_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic {}", "{}", "Token {}"])
def test_a_token_must_be_sent_as_a_bearer(visitor: VisitorOverHttp, http: TestClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(visitor.token)}
    is_problem(http.get(CHAT, headers=headers), 401, "unauthorized")


def test_a_token_that_has_expired_says_so(http: TestClient, visitor: VisitorOverHttp, office: Office) -> None:
    days = timedelta(days=office.settings.visitor_days, minutes=1).total_seconds()
    expired = _token_made(-days, office)
    problem = is_problem(http.get(CHAT, headers={"Authorization": f"Bearer {expired}"}), 401, "unauthorized")
    assert "expired" in problem["detail"]


def test_a_token_made_by_a_machine_whose_clock_is_ahead_is_good(http: TestClient, office: Office) -> None:
    """Two servers are never set alike; a visitor must not lose the chat because of five seconds."""
    token = _token_made(5, office)
    assert http.get(CHAT, headers={"Authorization": f"Bearer {token}"}).status_code == httpx.codes.OK


def _token_made(seconds: float, office: Office) -> str:
    """A good visitor token made so many seconds from now."""
    import time

    tokens = VisitorTokens(office.signing_key, office.settings.visitor_days)
    with pytest.MonkeyPatch.context() as patched:
        moment = int(time.time() + seconds)
        patched.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda _self: moment)
        return tokens.issue("ru")[1]


def test_a_token_replayed_elsewhere_is_the_same_visitor_and_no_other(http: TestClient) -> None:
    one, two = arrive(http), arrive(http)
    one.send("ПИН", button=PIN)
    replayed = VisitorOverHttp(http, one.token, one.id)
    assert [message["text"] for message in replayed.messages()] == [message["text"] for message in one.messages()]
    assert two.messages() == []


def test_a_visitors_token_is_no_staff_token_and_the_other_way_round(
    http: TestClient, visitor: VisitorOverHttp, sign_in: Callable[..., dict[str, str]]
) -> None:
    is_problem(http.get("/api/v1/queue", headers=visitor.headers), 401, "unauthorized")
    is_problem(http.get(CHAT, headers=sign_in("anna")), 401, "unauthorized")


# --- numbers, paths, speed


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", str(HUGE), str(2**31), "1e3", "٣x"])
def test_a_place_that_is_no_place_is_refused(visitor: VisitorOverHttp, http: TestClient, after: str) -> None:
    answer = http.get(CHAT, params={"after": after}, headers=visitor.headers)
    is_problem(answer, 422, "invalid_input")


@pytest.mark.parametrize("after", [10**6, 2**31 - 1])
def test_a_place_far_ahead_has_no_messages(visitor: VisitorOverHttp, after: int) -> None:
    visitor.send("ПИН", button=PIN)
    assert visitor.messages(after=after) == []


@pytest.mark.parametrize("seq", [0, -1, "x", None])
def test_a_mark_that_is_no_place_is_refused(visitor: VisitorOverHttp, http: TestClient, seq: Any) -> None:
    is_problem(http.post("/chat/v1/seen", json={"seq": seq}, headers=visitor.headers), 422, "invalid_input")


def test_a_mark_far_ahead_is_the_last_message(visitor: VisitorOverHttp, http: TestClient) -> None:
    visitor.send("ПИН", button=PIN)
    assert http.post("/chat/v1/seen", json={"seq": HUGE}, headers=visitor.headers).status_code == 204
    assert visitor.messages()[-1]["state"] == "seen"


@pytest.mark.parametrize("seq", [2**40, HUGE])
def test_an_explanation_of_no_message_is_not_found_or_refused(
    visitor: VisitorOverHttp, http: TestClient, seq: int
) -> None:
    visitor.send("ПИН", button=PIN)
    answer = http.get("/chat/v1/explain", params={"seq": seq}, headers=visitor.headers)
    assert answer.status_code in (404, 422)
    is_problem(answer, answer.status_code, {404: "not_found", 422: "invalid_input"}[answer.status_code])


@pytest.mark.parametrize("number", ["0", "-1", "999999", "x", "1%00", "%F0%9F%8E%84", str(HUGE)])
@pytest.mark.parametrize("action", ["", "/take", "/reply", "/return", "/close", "/correct", "/typing"])
def test_a_conversation_that_is_not_there_is_not_found(
    http: TestClient, sign_in: Callable[..., dict[str, str]], number: str, action: str
) -> None:
    body = {"/reply": {"id": str(uuid4()), "text": "да"}, "/correct": {"seq": 1, "intent": "refund_status"},
            "/typing": {"on": True}}.get(action)  # fmt: skip
    path = f"/api/v1/conversations/{number}{action}"
    headers = sign_in("anna")
    answer = http.post(path, json=body, headers=headers) if action else http.get(path, headers=headers)
    assert answer.status_code in (404, 422)
    is_problem(answer, answer.status_code, {404: "not_found", 422: "invalid_input"}[answer.status_code])


@pytest.mark.parametrize("text", ["Сейчас\x00 посмотрю", "Секунду \ud83d", "\x1b[31mкрасное"])
def test_an_operators_strange_letters_break_nothing(
    http: TestClient, visitor: VisitorOverHttp, sign_in: Callable[..., dict[str, str]], text: str
) -> None:
    visitor.send("Оператор", button=OPERATOR)
    headers = sign_in("anna")
    http.post(f"/api/v1/conversations/{visitor.conversation}/take", headers=headers)
    body = json.dumps({"id": str(uuid4()), "text": text}).encode()
    headers |= {"Content-Type": "application/json"}
    answer = http.post(f"/api/v1/conversations/{visitor.conversation}/reply", content=body, headers=headers)
    if answer.status_code == httpx.codes.CREATED:
        said = visitor.messages()[-1]["text"]
        assert not any(letter < " " for letter in said)
    else:
        is_problem(answer, 422, "invalid_input")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/chat/v1", "/chat/v2/messages", "/api/v1/../../etc", "/%00", "//"])
def test_a_path_that_is_not_there_is_a_problem_too(http: TestClient, path: str) -> None:
    is_problem(http.get(path), 404, "not_found")


def test_another_method_is_a_problem_too(http: TestClient) -> None:
    answer = http.delete(CHAT)
    is_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"] or "GET" in answer.headers["allow"]


def test_who_writes_too_fast_is_told_when_to_come_back(
    office: Office, http: TestClient, visitor: VisitorOverHttp
) -> None:
    answers = [visitor.send("ПИН", button=PIN) for _ in range(office.settings.visitor_messages_per_minute + 1)]
    assert answers[-2].status_code == httpx.codes.ACCEPTED
    is_problem(answers[-1], 429, "too_many_requests")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert arrive(http).send("ПИН", button=PIN).status_code == httpx.codes.ACCEPTED


def test_a_failure_of_ours_is_a_problem_without_details_and_stores_nothing(
    visitor: VisitorOverHttp, monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of ours")

    key, before = str(uuid4()), rows(office)
    with monkeypatch.context() as patched:
        patched.setattr("service.acts.write_replies", fail)
        answer = visitor.send("ПИН", button=PIN, key=key)
    is_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert rows(office) == before
    assert visitor.send("ПИН", button=PIN, key=key).status_code == httpx.codes.ACCEPTED


def test_errors_reach_a_widget_on_another_site(http: TestClient) -> None:
    """Without the CORS header a browser hides the answer, and the widget can't tell «too long» from «offline»."""
    origin = {"Origin": "https://bank.example"}
    for answer in (
        http.get(CHAT, headers=origin),
        http.post(CHAT, content=b"a" * (LARGEST_BODY + 1), headers=origin),
        http.get("/nowhere", headers=origin),
    ):
        assert answer.status_code >= 400
        assert answer.headers.get("access-control-allow-origin") in ("*", "https://bank.example")
