"""The web chat on a bad network: nothing is lost, nothing is sent or shown twice."""

import re

import pytest
from chat_page import Chat
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def open_chat(chat: Chat) -> Chat:
    """An open chat with a bot that says nothing."""
    chat.double.faults.silent = True
    return chat.start()


def test_a_lost_answer_repeats_the_same_id_and_the_message_is_taken_once(open_chat: Chat) -> None:
    open_chat.double.faults.lose_answers = 2
    open_chat.say("перевод не дошёл")
    expect(open_chat.mark).to_have_attribute("aria-label", re.compile("отправлено|доставлено"))
    assert open_chat.double.received == ["перевод не дошёл"]
    assert len({attempt["id"] for attempt in open_chat.double.attempts}) == 1
    expect(open_chat.own).to_have_count(1)


def test_an_overloaded_server_gets_the_messages_later_in_their_order(open_chat: Chat) -> None:
    faults = open_chat.double.faults
    faults.refuse_status, faults.refuse_times = 503, 2
    for text in ("первое", "второе", "третье"):
        open_chat.say(text)
    expect(open_chat.own).to_have_count(3)
    open_chat.wait_until_sent()
    assert open_chat.double.received == ["первое", "второе", "третье"]


def test_retry_after_is_honoured(open_chat: Chat) -> None:
    faults = open_chat.double.faults
    faults.refuse_status, faults.refuse_times, faults.retry_after_seconds = 429, 1, 3
    began = open_chat.page.evaluate("performance.now()")
    open_chat.say("терпеливо")
    open_chat.wait_until_sent()
    assert open_chat.page.evaluate("performance.now()") - began >= 3_000
    assert len(open_chat.double.attempts) == 2


@pytest.mark.parametrize("status", [409, 413, 422])
def test_a_refused_message_says_so_and_lets_the_next_one_through(open_chat: Chat, status: int) -> None:
    faults = open_chat.double.faults
    faults.refuse_status, faults.refuse_times = status, 1
    open_chat.say("не принято")
    expect(open_chat.at(".failed")).to_contain_text("Не отправлено")
    open_chat.say("принято")
    open_chat.page.wait_for_function("Object.keys(localStorage).filter(key => key.includes(':q:')).length === 1")
    open_chat.at(".failed button", has_text="Повторить").click()
    open_chat.wait_until_sent()
    expect(open_chat.at(".failed")).to_have_count(0)
    assert open_chat.double.received == ["принято", "не принято"]


def test_what_was_written_offline_survives_a_reload_and_is_sent_once(open_chat: Chat, context: BrowserContext) -> None:
    context.route("**/chat/v1/**", lambda route: route.abort())
    open_chat.say("первое без сети")
    open_chat.say("второе без сети")
    open_chat.at("textarea").fill("черновик")
    expect(open_chat.at(".banner")).to_be_visible()
    expect(open_chat.mark).to_have_attribute("aria-label", "ждёт отправки")
    open_chat.page.reload()
    expect(open_chat.own).to_have_count(2)
    expect(open_chat.at("textarea")).to_have_value("черновик")
    context.unroute("**/chat/v1/**")
    open_chat.page.evaluate("dispatchEvent(new Event('online'))")
    open_chat.wait_until_sent()
    expect(open_chat.at(".banner")).to_be_hidden()
    expect(open_chat.own).to_have_text([re.compile("первое"), re.compile("второе")])
    assert open_chat.double.received == ["первое без сети", "второе без сети"]


def test_a_reload_in_the_middle_of_sending_does_not_send_twice(open_chat: Chat) -> None:
    open_chat.double.faults.delay_seconds = 0.4
    with open_chat.page.expect_request("**/chat/v1/messages"):
        open_chat.say("на полпути")
    open_chat.page.reload()
    open_chat.wait_until_sent()
    expect(open_chat.own).to_have_count(1)
    assert open_chat.double.received == ["на полпути"]


def test_a_dropped_stream_resumes_without_gaps_or_repeats(open_chat: Chat) -> None:
    open_chat.double.faults.duplicate_events = True
    open_chat.push("bot", "раз")
    expect(open_chat.at(".bot .bubble").last).to_contain_text("раз")
    with open_chat.page.expect_request("**/chat/v1/events**") as again:
        open_chat.double.on_loop(open_chat.double.drop_streams)
        open_chat.push("bot", "два")
    assert "after=2" in again.value.url
    open_chat.push("bot", "три")
    texts = [re.compile(word) for word in ("Здравствуйте", "раз", "два", "три")]
    expect(open_chat.at(".bot .bubble")).to_have_text(texts)


def test_a_restarted_server_is_found_again(open_chat: Chat) -> None:
    open_chat.server.stop()
    open_chat.say("пока сервер лежит")
    expect(open_chat.at(".banner")).to_be_visible()
    open_chat.server.start()
    expect(open_chat.at(".banner")).to_be_hidden(timeout=30_000)
    open_chat.wait_until_sent()
    assert open_chat.double.received == ["пока сервер лежит"]
    open_chat.push("operator", "Мы вернулись", name="Анна")
    expect(open_chat.at(".operator .bubble")).to_contain_text("Мы вернулись", timeout=30_000)


def test_a_forgotten_visitor_gets_a_new_session_and_the_message_goes_there(open_chat: Chat) -> None:
    open_chat.double.on_loop(open_chat.double.forget_everyone)
    open_chat.say("после переезда")
    open_chat.wait_until_sent()
    assert [message["text"] for message in open_chat.visitor.messages] == ["после переезда"]
    expect(open_chat.own).to_have_count(1)


def test_two_tabs_show_the_same_and_open_one_session(open_chat: Chat, context: BrowserContext) -> None:
    other = Chat(context, open_chat.server).start()
    open_chat.say("из первой вкладки")
    expect(other.own).to_have_text([re.compile("из первой")])
    other.say("из второй вкладки")
    expect(open_chat.own).to_have_count(2)
    open_chat.push("operator", "Вижу обе", name="Анна")
    for tab in (open_chat, other):
        expect(tab.at(".operator .bubble")).to_have_count(1)
    open_chat.wait_until_sent()
    assert len(open_chat.double.visitors) == 1
    assert open_chat.double.received == ["из первой вкладки", "из второй вкладки"]
