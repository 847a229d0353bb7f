"""The staff's API: the queue, who may see and do what, and what clients get of it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from service.office import Office
from service.storage.staff import Role
from service.storage.tables import StaffRow
from tests.service.api.conftest import VisitorOverHttp, arrive
from tests.service.problem_details import is_problem
from tests.service.small_office import CASH, LOST, OPERATOR, PIN
from tests.service.threads import at_once

Headers = dict[str, str]


class Desk:
    """One member of staff at work."""

    def __init__(self, http: TestClient, headers: Headers) -> None:
        self.http, self.headers = http, headers

    def queue(self, **query: Any) -> list[dict[str, Any]]:
        """The list on the left."""
        answer = self.http.get("/api/v1/queue", params=query, headers=self.headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: list[dict[str, Any]] = answer.json()["conversations"]
        return found

    def sees(self, visitor: VisitorOverHttp, **query: Any) -> bool:
        """Whether this client is in the list."""
        return visitor.conversation in [entry["conversation"] for entry in self.queue(limit=500, **query)]

    def entry(self, visitor: VisitorOverHttp) -> dict[str, Any]:
        """This client's line."""
        return next(each for each in self.queue(limit=500) if each["conversation"] == visitor.conversation)

    def read(self, visitor: VisitorOverHttp) -> httpx.Response:
        """Open the conversation."""
        return self.http.get(f"/api/v1/conversations/{visitor.conversation}", headers=self.headers)

    def do(self, action: str, visitor: VisitorOverHttp, **body: Any) -> httpx.Response:
        """Press a button of the console."""
        path = f"/api/v1/conversations/{visitor.conversation}/{action}"
        return self.http.post(path, json=body or None, headers=self.headers)

    def reply(self, visitor: VisitorOverHttp, text: str, key: str | None = None) -> httpx.Response:
        """Say something."""
        return self.do("reply", visitor, id=key or str(uuid4()), text=text)


ACTIONS: dict[str, Callable[[Desk, VisitorOverHttp], httpx.Response]] = {
    "read": lambda desk, visitor: desk.read(visitor),
    "take": lambda desk, visitor: desk.do("take", visitor),
    "reply": lambda desk, visitor: desk.reply(visitor, "Здравствуйте"),
    "return": lambda desk, visitor: desk.do("return", visitor),
    "close": lambda desk, visitor: desk.do("close", visitor),
    "correct": lambda desk, visitor: desk.do("correct", visitor, seq=1, intent="card_pin"),
    "typing": lambda desk, visitor: desk.do("typing", visitor, on=True),
}


@pytest.fixture
def at_desk(http: TestClient, sign_in: Callable[..., Headers]) -> Callable[..., Desk]:
    """Hires somebody and sits them down."""
    return lambda login, *departments, **fields: Desk(http, sign_in(login, *departments, **fields))


@pytest.fixture
def anna(at_desk: Callable[..., Desk]) -> Desk:
    """An operator of every department."""
    return at_desk("anna")


@pytest.fixture
def waiting(visitor: VisitorOverHttp) -> VisitorOverHttp:
    """A client of the cards department who waits for a person, urgently."""
    visitor.send("Карту украли", button=LOST)
    return visitor


# --- the queue


def test_a_waiting_client_is_in_the_queue_with_what_the_operator_reads_first(
    anna: Desk, waiting: VisitorOverHttp
) -> None:
    entry = anna.entry(waiting)
    assert (entry["state"], entry["department"], entry["priority"]) == ("queued", "cards", "urgent")
    assert entry["reason"] == "needs_verification"
    assert entry["intent"] == "card_lost_or_stolen"
    assert entry["title"] == "Карта потеряна или украдена"
    assert entry["summary"]["client_said"] == ["Карту украли"]
    assert (entry["last_text"], entry["operator"]) == ("Карту украли", None)


def test_the_urgent_come_first_and_then_who_waits_longest(anna: Desk, http: TestClient, clock: Any) -> None:
    calm, calmer = arrive(http), arrive(http)
    for each in (calm, calmer):
        each.send("Оператор", button=OPERATOR)
        clock.move(minutes=1)
    hurried = arrive(http)
    hurried.send("Карту украли", button=LOST)
    shown = [entry["conversation"] for entry in anna.queue(limit=500)]
    places = [shown.index(each.conversation) for each in (hurried, calm, calmer)]
    assert places == sorted(places)


def test_the_queue_is_paged_without_gaps(anna: Desk, http: TestClient) -> None:
    for _ in range(3):
        arrive(http).send("Оператор", button=OPERATOR)
    whole = [entry["conversation"] for entry in anna.queue(limit=500)]
    pages = [entry["conversation"] for start in range(0, len(whole), 2) for entry in anna.queue(limit=2, offset=start)]
    assert pages == whole


@pytest.mark.parametrize("query", [{"state": "bot"}, {"state": ""}, {"limit": 0}, {"limit": 501}, {"offset": -1},
                                   {"offset": "x"}, {"offset": 2**70}])  # fmt: skip
def test_a_wrong_question_to_the_queue_is_refused(anna: Desk, query: dict[str, Any]) -> None:
    is_problem(anna.http.get("/api/v1/queue", params=query, headers=anna.headers), 422, "invalid_input")


def test_the_queue_is_asked_by_state(anna: Desk, waiting: VisitorOverHttp) -> None:
    assert anna.sees(waiting, state="queued")
    assert not anna.sees(waiting, state="operator")
    anna.do("take", waiting)
    assert not anna.sees(waiting, state="queued")
    assert anna.sees(waiting, state="operator")


# --- a conversation from the queue to its end


def test_a_conversation_from_the_queue_to_its_end(anna: Desk, waiting: VisitorOverHttp) -> None:
    taken = anna.do("take", waiting)
    assert (taken.status_code, taken.json()["state"]) == (200, "operator")
    said = anna.reply(waiting, "  Здравствуйте! Уже блокирую.  ")
    assert said.status_code == httpx.codes.CREATED
    assert (said.json()["author"], said.json()["text"]) == ("operator", "Здравствуйте! Уже блокирую.")
    waiting.send("спасибо, а новую когда?")
    shown = anna.read(waiting).json()
    assert [message["author"] for message in shown["messages"][-3:]] == ["system", "operator", "client"]
    assert anna.do("close", waiting, resolution="resolved").json()["state"] == "closed"
    client_sees = waiting.messages()
    assert [message["seq"] for message in client_sees] == list(range(1, len(client_sees) + 1))
    assert client_sees[-1]["author"] == "system"
    assert not anna.sees(waiting)


def test_suggestions_are_ready_replies_to_the_last_message(anna: Desk, waiting: VisitorOverHttp) -> None:
    anna.do("take", waiting)
    waiting.send("как снять наличные в банкомате?")
    suggestions = anna.read(waiting).json()["suggestions"]
    assert suggestions
    assert "cash-withdrawal" in [each["article"] for each in suggestions]
    assert all(each["text"] and each["title"] for each in suggestions)


def test_a_reply_sent_again_is_said_once(anna: Desk, waiting: VisitorOverHttp) -> None:
    anna.do("take", waiting)
    key = str(uuid4())
    first, again = anna.reply(waiting, "Смотрю", key), anna.reply(waiting, "Смотрю", key)
    assert first.json()["seq"] == again.json()["seq"]
    is_problem(anna.reply(waiting, "Другое", key), 409, "message_id_reused")
    assert [message["text"] for message in waiting.messages()].count("Смотрю") == 1


def test_of_two_who_take_one_is_told_that_a_colleague_was_faster(
    anna: Desk, at_desk: Callable[..., Desk], waiting: VisitorOverHttp
) -> None:
    boris = at_desk("boris")
    answers = at_once(lambda: anna.do("take", waiting), lambda: boris.do("take", waiting))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    is_problem(max(answers, key=lambda answer: answer.status_code), 409, "conflict")
    loser = boris if answers[1].status_code == 409 else anna
    is_problem(loser.reply(waiting, "Здравствуйте"), 409, "not_holder")
    is_problem(loser.do("return", waiting), 409, "not_holder")
    is_problem(loser.do("close", waiting), 409, "not_holder")


def test_a_conversation_that_the_bot_leads_can_not_be_taken_or_spoken_in(anna: Desk, visitor: VisitorOverHttp) -> None:
    visitor.send("Наличные", button=CASH)
    is_problem(anna.do("take", visitor), 409, "conflict")
    is_problem(anna.reply(visitor, "Здравствуйте"), 409, "not_holder")
    is_problem(anna.do("return", visitor), 409, "not_holder")
    assert len(visitor.messages()) == 2


def test_the_bot_answers_again_after_it_was_given_back(anna: Desk, waiting: VisitorOverHttp) -> None:
    anna.do("take", waiting)
    assert anna.do("return", waiting).json()["state"] == "bot"
    answer = waiting.send("Наличные", button=CASH)
    assert answer.json()["state"] == "bot"
    assert waiting.messages()[-1]["article"]["id"] == "cash-withdrawal"


@pytest.mark.parametrize("text", ["", " \n", "x" * 4001])
def test_a_reply_that_says_nothing_or_too_much_is_refused(anna: Desk, waiting: VisitorOverHttp, text: str) -> None:
    anna.do("take", waiting)
    before = waiting.messages()
    answer = anna.reply(waiting, text)
    assert answer.status_code in (413, 422)
    is_problem(answer, answer.status_code, "invalid_input" if answer.status_code == 422 else "message_too_long")
    assert len(waiting.messages()) == len(before)


def test_a_correction_names_a_clients_message_and_a_known_intent(anna: Desk, waiting: VisitorOverHttp) -> None:
    assert anna.do("correct", waiting, seq=1, intent="card_declined").status_code == httpx.codes.NO_CONTENT
    assert anna.do("correct", waiting, seq=1, intent="out_of_scope").status_code == httpx.codes.NO_CONTENT
    is_problem(anna.do("correct", waiting, seq=1, intent="nonsense"), 422, "invalid_input")
    is_problem(anna.do("correct", waiting, seq=2, intent="card_declined"), 404, "not_found")
    is_problem(anna.do("correct", waiting, seq=99, intent="card_declined"), 404, "not_found")


def test_the_client_is_told_that_the_operator_types_by_the_holder_only(
    anna: Desk, at_desk: Callable[..., Desk], waiting: VisitorOverHttp
) -> None:
    anna.do("take", waiting)
    board = anna.http.app.state.typing  # type: ignore[attr-defined]
    at_desk("boris").do("typing", waiting, on=True)
    assert not board.is_typing(waiting.conversation, "operator"), "a colleague who looks on is not typing to the client"
    assert anna.do("typing", waiting, on=True).status_code == httpx.codes.NO_CONTENT
    assert board.is_typing(waiting.conversation, "operator")


# --- who may


@pytest.mark.parametrize("action", ACTIONS)
def test_a_conversation_of_another_department_does_not_exist(
    at_desk: Callable[..., Desk], waiting: VisitorOverHttp, action: str
) -> None:
    stranger = at_desk("loans", "loans", "documents")
    before = [message["text"] for message in waiting.messages()]
    problem = is_problem(ACTIONS[action](stranger, waiting), 404, "not_found")
    missing = stranger.http.get("/api/v1/conversations/999999", headers=stranger.headers).json()
    number = str(waiting.conversation)
    assert problem["detail"].replace(number, "N") == missing["detail"].replace("999999", "N")
    assert [message["text"] for message in waiting.messages()] == before
    assert not stranger.sees(waiting)


def test_a_conversation_belongs_to_the_department_it_was_handed_to(
    at_desk: Callable[..., Desk], http: TestClient
) -> None:
    cards, general, both = at_desk("c", "cards"), at_desk("g", "general"), at_desk("b", "cards", "general")
    stolen, person = arrive(http), arrive(http)
    stolen.send("Карту украли", button=LOST)
    person.send("Оператор", button=OPERATOR)
    assert [desk.sees(stolen) for desk in (cards, general, both)] == [True, False, True]
    assert [desk.sees(person) for desk in (cards, general, both)] == [False, True, True]
    assert cards.do("take", stolen).status_code == general.do("take", person).status_code == 200


def test_a_conversation_that_was_never_handed_over_is_not_a_departments_business(
    at_desk: Callable[..., Desk], visitor: VisitorOverHttp
) -> None:
    visitor.send("ПИН", button=PIN)
    for action in ACTIONS.values():
        is_problem(action(at_desk("cards", "cards"), visitor), 404, "not_found")


@pytest.mark.parametrize("action", ACTIONS)
def test_who_makes_models_reads_no_conversations(
    at_desk: Callable[..., Desk], waiting: VisitorOverHttp, action: str
) -> None:
    is_problem(ACTIONS[action](at_desk("ml", role=Role.ML), waiting), 403, "forbidden")


def test_who_makes_models_does_not_read_the_queue_either(at_desk: Callable[..., Desk]) -> None:
    """The list shows the clients' last words and what they want: it is a reading of conversations too."""
    ml = at_desk("ml", role=Role.ML)
    is_problem(ml.http.get("/api/v1/queue", headers=ml.headers), 403, "forbidden")


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_token_nothing_is_done(http: TestClient, waiting: VisitorOverHttp, action: str) -> None:
    for headers in ({}, {"Authorization": "Bearer otk_nobody"}, waiting.headers):
        answer = ACTIONS[action](Desk(http, dict(headers)), waiting)
        is_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_who_has_left_is_let_in_no_more(anna: Desk, office: Office, clock: Any) -> None:
    anna.queue()
    with office.database.write() as connection:
        connection.execute(update(StaffRow).where(StaffRow.login.like("anna-%")).values(disabled_at=clock()))
    is_problem(anna.http.get("/api/v1/queue", headers=anna.headers), 401, "unauthorized")


# --- understanding without a conversation


def test_understanding_needs_a_token_and_stores_nothing(anna: Desk, http: TestClient, office: Office) -> None:
    body = {"text": "сколько стоит перевод? карта 4276160012345675, тел. +79161234567"}
    is_problem(http.post("/api/v1/understand", json=body), 401, "unauthorized")
    answer = http.post("/api/v1/understand", json=body, headers=anna.headers)
    assert answer.status_code == httpx.codes.OK
    shown = answer.json()
    assert "4276160012345675" not in answer.text
    assert "9161234567" not in answer.text
    assert {entity["kind"] for entity in shown["entities"]} >= {"card", "phone"}
    assert shown["ranking"]
    assert shown["decision"]["kind"]


@pytest.mark.parametrize("text", ["", " ", "\x00", "😡" * 4000, "<script>", "a" * 4001])
def test_understanding_takes_any_text_up_to_the_limit(anna: Desk, text: str) -> None:
    answer = anna.http.post("/api/v1/understand", json={"text": text}, headers=anna.headers)
    if len(text) > 4000:
        is_problem(answer, 413, "message_too_long")
    else:
        assert answer.status_code == httpx.codes.OK
