"""The web chat's protocol as the widget speaks it: a session, messages, history, live events."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from service import desk
from service.app import create_app
from service.office import Office
from service.storage.staff import StaffMember
from service.worker import answer_bursts
from tests.service.api.conftest import VisitorOverHttp, arrive
from tests.service.api.live_server import Stream, listening, serving
from tests.service.problem_details import is_problem
from tests.service.small_office import CASH, LOST, OPERATOR, PIN, hire

UNFINISHED = "у меня тут такой вопрос,"


# --- sessions


@pytest.mark.parametrize(("language", "word"), [("ru", "Здравствуйте"), ("en", "Hello")])
def test_a_session_greets_in_the_language_of_the_page(http: TestClient, language: str, word: str) -> None:
    answer = http.post("/chat/v1/sessions", json={"language": language, "page": "https://bank.example/cards"})
    assert answer.status_code == httpx.codes.CREATED
    session = answer.json()
    assert word in session["greeting"]["text"]
    assert "command:operator" in [button["payload"] for button in session["greeting"]["buttons"]]
    assert session["language"] == language


@pytest.mark.parametrize("body", [{"language": "de"}, {"language": None}, {"page": "x" * 2001}, {"who": "me"}, []])
def test_a_session_that_is_asked_for_wrongly_is_refused(http: TestClient, body: Any) -> None:
    is_problem(http.post("/chat/v1/sessions", json=body), 422, "invalid_input")


def test_sessions_have_tokens_and_visitors_of_their_own(http: TestClient) -> None:
    opened = [arrive(http) for _ in range(5)]
    assert len({visitor.id for visitor in opened}) == len({visitor.token for visitor in opened}) == 5


def test_a_visitor_who_never_wrote_has_an_empty_chat(visitor: VisitorOverHttp) -> None:
    answer = visitor.http.get("/chat/v1/messages", headers=visitor.headers).json()
    assert answer == {"messages": [], "typing": False, "state": "bot"}


# --- messages


def test_a_question_is_taken_answered_and_read_back(visitor: VisitorOverHttp) -> None:
    key = str(uuid4())
    taken = visitor.send("Снять наличные", button=CASH, key=key)
    assert taken.status_code == httpx.codes.ACCEPTED
    assert taken.json()["message"] | {"at": ""} == {
        "seq": 1, "id": key, "author": "client", "text": "Снять наличные", "buttons": [], "article": None,
        "state": "delivered", "name": None, "files": [], "at": "",
    }  # fmt: skip
    assert taken.json()["state"] == "bot"
    asked, answered = visitor.messages()
    assert (asked["id"], asked["author"], asked["state"]) == (key, "client", "seen")
    assert (answered["seq"], answered["author"], answered["article"]["id"]) == (2, "bot", "cash-withdrawal")
    assert answered["buttons"][0] == {"text": "Да, помогло", "payload": "feedback:yes", "url": None}


def test_history_is_read_in_pages_without_gaps(visitor: VisitorOverHttp) -> None:
    for button in (PIN, CASH, LOST):
        visitor.send("вопрос", button=button)
    whole = [message["seq"] for message in visitor.messages()]
    assert whole == list(range(1, len(whole) + 1))
    pages: list[int] = []
    while page := visitor.messages(after=pages[-1] if pages else 0, limit=2):
        assert len(page) <= 2
        pages += [message["seq"] for message in page]
    assert pages == whole


def test_the_state_of_a_message_goes_from_sent_to_delivered_to_seen(visitor: VisitorOverHttp) -> None:
    visitor.send("ПИН", button=PIN)
    assert visitor.messages()[1]["state"] == "sent"
    assert visitor.messages()[1]["state"] == "delivered"
    assert visitor.http.post("/chat/v1/seen", json={"seq": 2}, headers=visitor.headers).status_code == 204
    assert visitor.messages()[1]["state"] == "seen"


def test_a_burst_is_answered_once_and_shows_typing_until_then(
    visitor: VisitorOverHttp, office: Office, clock: Any
) -> None:
    visitor.send("здравствуйте,")
    clock.move(seconds=1)
    visitor.send(UNFINISHED)
    answer = visitor.http.get("/chat/v1/messages", headers=visitor.headers).json()
    assert (answer["typing"], len(answer["messages"])) == (True, 2)
    clock.move(seconds=5)
    answer_bursts(office)
    answer = visitor.http.get("/chat/v1/messages", headers=visitor.headers).json()
    assert (answer["typing"], len(answer["messages"])) == (False, 3)


def test_a_card_number_is_covered_before_it_is_stored(visitor: VisitorOverHttp, office: Office) -> None:
    visitor.send("моя карта 4276 1600 1234 5675 не работает в магазине, что делать?")
    (kept, *_) = visitor.messages()
    assert "5675" in kept["text"]
    assert "4276 1600" not in kept["text"]
    explained = visitor.http.get("/chat/v1/explain", params={"seq": 1}, headers=visitor.headers)
    assert "4276" not in explained.text
    assert "1234 5675" not in explained.text


def test_an_explanation_is_of_ones_own_message_and_only_where_allowed(
    visitor: VisitorOverHttp, office: Office, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.send("Снять наличные", button=CASH)

    def ask(who: VisitorOverHttp, seq: int) -> httpx.Response:
        return http.get("/chat/v1/explain", params={"seq": seq}, headers=who.headers)

    assert ask(visitor, 1).json()["decision"]["kind"] == "answer"
    is_problem(ask(visitor, 2), 404, "not_found")
    is_problem(ask(visitor, 3), 404, "not_found")
    is_problem(ask(arrive(http), 1), 404, "not_found")
    quiet = office.settings.model_copy(update={"explain": False})
    monkeypatch.setitem(office.__dict__, "settings", quiet)
    is_problem(ask(visitor, 1), 404, "not_found")


def test_a_widget_on_another_site_may_call(http: TestClient) -> None:
    headers = {
        "Origin": "https://bank.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }  # fmt: skip
    answer = http.options("/chat/v1/messages", headers=headers)
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["access-control-allow-origin"] in ("*", "https://bank.example")


def test_a_message_is_counted_by_what_was_decided(visitor: VisitorOverHttp, http: TestClient) -> None:
    visitor.send("Снять наличные", button=CASH)
    metrics = http.get("/metrics").text
    assert visitor.id not in metrics
    assert 'channel="web"' in metrics
    assert "/chat/v1/messages" in metrics


# --- live events


@pytest.fixture
def url(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real server whose streams look at the database only when an event tells them to."""
    monkeypatch.setattr("service.api.chat.SAFETY_LOOK_SECONDS", 600.0)
    app = create_app(office, with_worker=False)
    with serving(app) as address:
        yield address
        office.events.publish("closing")


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator."""
    return hire(office, f"anna-{uuid4().hex[:6]}")[0]


def run(scenario: Callable[[], Any]) -> Any:
    """Run an asynchronous scenario."""
    return asyncio.run(scenario())


async def send(visitor: VisitorOverHttp, text: str, **fields: Any) -> None:
    """Send without holding up the stream."""
    answer = await asyncio.to_thread(lambda: visitor.send(text, **fields))
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


@pytest.mark.slow
def test_a_stream_opened_before_the_first_message_brings_it_and_the_answer(url: str, visitor: VisitorOverHttp) -> None:
    async def scenario() -> None:
        async with listening(url, visitor.token) as stream:
            await send(visitor, "Снять наличные", button=CASH)
            assert await stream.until_seq(2) == [1, 2]
        asked, answered = [event for event in stream.events if event.kind == "message"]
        assert (asked.id, answered.id) == ("1", "2")
        assert answered.data == visitor.messages(after=1)[0] | {"state": answered.data["state"]}
        assert answered.data["article"]["id"] == "cash-withdrawal"

    run(scenario)


@pytest.mark.slow
def test_an_operators_reply_arrives_live(url: str, visitor: VisitorOverHttp, office: Office, anna: StaffMember) -> None:
    visitor.send("Оператор", button=OPERATOR)

    async def scenario() -> None:
        async with listening(url, visitor.token) as stream:
            last = (await stream.until(lambda _: stream.of("conversation"), "who holds the conversation"))[-1]
            assert last.data["state"] == "queued"
            await asyncio.to_thread(desk.take, visitor.conversation, anna, office)
            await stream.until(lambda _: stream.of("conversation")[-1]["state"] == "operator", "the operator joined")
            await asyncio.to_thread(
                lambda: desk.reply(visitor.conversation, anna, office, key="1", text="Здравствуйте!")
            )
            await stream.until(lambda _: "Здравствуйте!" in [m["text"] for m in stream.of("message")], "the reply")
        assert stream.seqs == sorted(set(stream.seqs))

    run(scenario)


@pytest.mark.slow
def test_the_second_message_of_a_new_chat_arrives_live_too(
    url: str, visitor: VisitorOverHttp, office: Office, clock: Any
) -> None:
    """The stream was opened for a visitor without a conversation, and must move to the conversation it began."""

    async def scenario() -> None:
        async with listening(url, visitor.token) as stream:
            await send(visitor, UNFINISHED)
            await stream.until(lambda _: stream.of("typing"), "the bot is typing")
            assert stream.of("typing") == [{"author": "bot", "on": True}]
            clock.move(seconds=5)
            await asyncio.to_thread(answer_bursts, office)
            assert await stream.until_seq(2) == [1, 2]
            await stream.until(lambda _: not stream.of("typing")[-1]["on"], "the bot stopped typing")

    run(scenario)


@pytest.mark.slow
def test_the_client_learns_that_the_operator_has_read_their_message(
    url: str, visitor: VisitorOverHttp, office: Office, anna: StaffMember
) -> None:
    visitor.send("Оператор", button=OPERATOR)
    desk.take(visitor.conversation, anna, office)
    visitor.send("вы тут?")
    seq = visitor.messages()[-1]["seq"]

    async def scenario() -> None:
        async with listening(url, visitor.token, last_event=str(seq)) as stream:
            await stream.until(lambda _: stream.of("conversation"), "the stream is up")
            await asyncio.to_thread(lambda: desk.read_conversation(visitor.conversation, anna, office))
            await stream.until(lambda _: {"seq": seq, "state": "seen"} in stream.of("state"), "seen")

    run(scenario)


@pytest.mark.slow
@pytest.mark.parametrize("by", ["header", "query"])
def test_a_stream_resumes_after_the_last_event_without_gaps_or_repeats(
    url: str, visitor: VisitorOverHttp, by: str
) -> None:
    visitor.send("ПИН", button=PIN)

    async def scenario() -> None:
        async with listening(url, visitor.token) as first:
            assert await first.until_seq(2) == [1, 2]
        await send(visitor, "Наличные", button=CASH)  # while nobody listens
        last = next(event.id for event in reversed(first.events) if event.id)
        where = {"last_event": last} if by == "header" else {"after": last}
        async with listening(url, visitor.token, **where) as second:
            assert await second.until_seq(4) == [3, 4]

    run(scenario)


@pytest.mark.slow
def test_a_client_who_reconnects_all_the_time_gets_every_message_once(url: str, visitor: VisitorOverHttp) -> None:
    async def write(times: int) -> None:
        for number in range(times):
            await send(visitor, f"вопрос {number}", button=(PIN, CASH)[number % 2])

    async def scenario() -> list[int]:
        got: list[int] = []
        writing = asyncio.create_task(write(8))
        while not (writing.done() and len(got) >= len(await asyncio.to_thread(visitor.messages))):
            async with listening(url, visitor.token, last_event=str(got[-1]) if got else None) as stream:
                await stream.until(lambda _, s=stream: s.seqs, "another message")
                got += stream.seqs
        return got

    got = run(scenario)
    assert got == list(range(1, len(visitor.messages()) + 1))


@pytest.mark.slow
def test_two_tabs_of_one_visitor_both_hear(url: str, visitor: VisitorOverHttp) -> None:
    async def scenario() -> None:
        async with listening(url, visitor.token) as one, listening(url, visitor.token) as two:
            await send(visitor, "Снять наличные", button=CASH)
            assert await one.until_seq(2) == await two.until_seq(2) == [1, 2]

    run(scenario)


@pytest.mark.slow
def test_a_stream_brings_nothing_of_others(url: str, visitor: VisitorOverHttp, http: TestClient) -> None:
    other = arrive(http)

    async def scenario() -> Stream:
        async with listening(url, visitor.token) as stream:
            await send(other, "чужое", button=CASH)
            await send(visitor, "моё", button=PIN)
            await stream.until_seq(2)
        return stream

    stream = run(scenario)
    assert [message["text"] for message in stream.of("message") if message["author"] == "client"] == ["моё"]


@pytest.mark.slow
def test_a_browser_that_can_not_send_headers_gives_the_token_in_the_address(url: str, visitor: VisitorOverHttp) -> None:
    visitor.send("ПИН", button=PIN)

    async def scenario() -> None:
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"{url}/chat/v1/events", params={"token": visitor.token}) as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            assert await Stream(response).until_seq(2) == [1, 2]

    run(scenario)


@pytest.mark.slow
@pytest.mark.parametrize("last", ["x", "", "-5", "1.5", "²", "9" * 30])
def test_a_last_event_that_never_was_does_not_break_the_stream(url: str, visitor: VisitorOverHttp, last: str) -> None:
    visitor.send("ПИН", button=PIN)

    async def scenario() -> None:
        async with listening(url, visitor.token, last_event=last) as stream:
            await stream.until(lambda _: stream.of("conversation"), "the stream is up")

    run(scenario)


@pytest.mark.slow
def test_open_streams_do_not_keep_the_server_from_stopping(office: Office, visitor: VisitorOverHttp) -> None:
    visitor.send("ПИН", button=PIN)

    async def scenario(address: str, stop: Callable[[], None]) -> None:
        async with listening(address, visitor.token) as stream:
            await stream.until_seq(2)
            stop()
            with pytest.raises(AssertionError, match="never came"):
                await stream.until(lambda _: False)

    app = create_app(office, with_worker=False)
    with serving(app) as address:
        asyncio.run(asyncio.wait_for(scenario(address, app.state.closing.set), 20))
