"""The web chat talks: answers, choices, hand-off, unread replies, languages."""

import re

import pytest
from chat_page import Chat
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.browser
FIRST_LINE_IN_VIEW = """() => {
  const root = document.querySelector("#otklik").shadowRoot, answer = [...root.querySelectorAll(".bot .bubble")].pop();
  const below = answer.getBoundingClientRect().top - root.querySelector(".scroll").getBoundingClientRect().top;
  return below >= 0 && below < 120;
}"""


def test_a_question_is_answered_and_its_marks_become_seen(chat: Chat) -> None:
    chat.start().say("Потерял карту")
    chat.wait_for_answer()
    expect(chat.mark).to_have_attribute("aria-label", "прочитано")
    assert chat.double.received == ["Потерял карту"]


def test_a_pressed_choice_is_sent_once_with_its_payload_and_stays_marked(chat: Chat) -> None:
    chat.start().at(".chip").first.dblclick(force=True)
    chat.wait_for_answer()
    assert [attempt["button"] for attempt in chat.double.attempts] == ["intent:0"]
    expect(chat.at(".chip:disabled")).to_have_text("Заблокировать карту, выбрано")


def test_whether_it_helped_is_asked_first_and_more_quietly_than_the_next_steps(chat: Chat) -> None:
    chat.start().say("Потерял карту")
    chat.wait_for_answer()
    expect(chat.at(".chip")).to_have_text(["Да, помогло", "Нет", "Перевыпустить карту", "Списали деньги без меня"])
    expect(chat.at(".chip.quiet")).to_have_text(["Да, помогло", "Нет"])
    chat.at(".chip", has_text="Нет").click()
    expect(chat.at(".head p")).to_have_text("Передали вопрос специалисту")
    expect(chat.at(".chip")).to_have_text(["Нет, выбрано"])
    assert chat.double.attempts[-1]["button"] == "feedback:no"


def test_a_double_click_on_send_sends_once(chat: Chat) -> None:
    chat.start().at("textarea").fill("один раз")
    chat.at(".send").dblclick(force=True)
    chat.wait_for_answer()
    assert chat.double.received == ["один раз"]


def test_a_question_of_the_page_becomes_a_draft(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Деньги списались дважды").click()
    expect(chat.at("textarea")).to_have_value("Деньги списались дважды")
    assert chat.double.attempts == []


def test_the_queue_and_the_operator_are_named(chat: Chat) -> None:
    chat.start().say("Позвать специалиста")
    expect(chat.at(".note[role=status]")).to_contain_text("Ваше место в очереди: 2")
    chat.double.on_loop(chat.double.set_state, chat.visitor, "operator")
    chat.push("operator", "Здравствуйте!", name="Анна")
    expect(chat.at(".head p")).to_have_text("Анна, специалист банка")
    chat.double.on_loop(chat.double.push, chat.visitor, "typing", {"author": "operator", "on": True})
    expect(chat.at(".typing")).to_have_text("Анна печатает")


def test_history_comes_back_on_the_next_visit(chat: Chat, context: BrowserContext) -> None:
    chat.start().say("запомни меня")
    chat.wait_for_answer()
    again = Chat(context, chat.server)
    chat.page.close()
    again.start()
    expect(again.at(".bubble")).to_have_count(3)
    expect(again.own).to_contain_text("запомни меня")
    assert len(chat.double.visitors) == 1


def test_an_unread_reply_is_counted_and_previewed_once_a_visit(chat: Chat) -> None:
    chat.start().page.keyboard.press("Escape")
    chat.push("operator", "Карта готова\nи вторая строка", name="Анна")
    expect(chat.at(".preview")).to_contain_text("Карта готова")
    expect(chat.at(".launcher")).to_have_attribute("aria-label", "Открыть чат. Новых сообщений: 1")
    chat.at(".preview .round").click()
    chat.push("operator", "Приходите", name="Анна")
    expect(chat.at(".badge")).to_have_text("2")
    expect(chat.at(".preview")).to_be_hidden()
    with chat.page.expect_request("**/chat/v1/seen") as told:
        chat.at(".launcher").click()
    assert told.value.post_data_json == {"seq": 2}
    expect(chat.at(".badge")).to_be_hidden()


def test_new_messages_wait_behind_a_pill_when_scrolled_up(chat: Chat) -> None:
    chat.start()
    for number in range(20):
        chat.push("bot", f"Строка {number}\nещё\nещё")
    expect(chat.at(".bot .bubble")).to_have_count(21)
    expect(chat.at(".bot .bubble").last).to_be_in_viewport()
    chat.at(".scroll").evaluate("node => { node.scrollTop = 0; node.dispatchEvent(new Event('scroll')); }")
    chat.push("operator", "Внизу", name="Анна")
    expect(chat.at(".pill")).to_have_text("Новых сообщений: 1")
    chat.at(".pill").click()
    expect(chat.at(".pill")).to_be_hidden()
    expect(chat.at(".operator .bubble")).to_be_in_viewport()


def test_a_long_answer_is_read_from_its_beginning(chat: Chat) -> None:
    chat.start().say("расскажите подробно")
    chat.wait_for_answer()
    chat.push("bot", "Сначала это.\n" + "Потом ещё строка.\n" * 60)
    expect(chat.at(".bot .bubble").last).to_contain_text("Сначала это")
    chat.page.wait_for_function(FIRST_LINE_IN_VIEW)
    chat.push("operator", "Коротко", name="Анна")
    expect(chat.at(".operator .bubble")).to_be_in_viewport()


def test_what_comes_while_a_long_answer_is_read_is_not_left_below(chat: Chat) -> None:
    chat.start().say("расскажите подробно")
    chat.wait_for_answer()
    chat.push("bot", "Сначала это.\n" + "Потом ещё строка.\n" * 60)
    chat.page.wait_for_function(FIRST_LINE_IN_VIEW)
    # A scroll that is told between a message and its layout, as on a busy machine.
    chat.at(".scroll").evaluate(
        """node => new MutationObserver((_, observer) => {
          observer.disconnect();
          node.dispatchEvent(new Event("scroll"));
        }).observe(node, { childList: true, subtree: true })"""
    )
    chat.push("operator", "Коротко", name="Анна")
    expect(chat.at(".operator .bubble")).to_be_in_viewport()


def test_the_language_switches_and_an_unused_chat_greets_anew(chat: Chat) -> None:
    chat.start().at(".plain").click()
    expect(chat.at(".bot .bubble")).to_have_text([re.compile("Hello!")])
    expect(chat.page.get_by_role("dialog", name="Chat with the bank")).to_be_visible()
    expect(chat.at("textarea")).to_have_attribute("placeholder", "Message")


def test_the_demo_switch_shows_what_was_understood(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1].partition("#")[0]))
    chat.start().say("Потерял карту 4276 0000 0000 4417")
    chat.wait_for_answer()
    expect(chat.at(".card")).to_have_count(0)
    assert "widget-explain.js" not in asked
    chat.page.locator("#explain").check()
    expect(chat.at(".card")).to_contain_text("Блокировка карты94%")
    expect(chat.at(".card")).to_contain_text("Решение: ответить")
    chat.page.locator("#explain").uncheck()
    expect(chat.at(".card")).to_have_count(0)
