"""Dialogues as clients have them, from the first word to the answer or the person."""

from collections.abc import Callable
from typing import Any

from service.domain.decisions import Answer, HandOff, Reason, Silent, Wait


def test_a_greeting_and_a_question_sent_separately_are_answered_once(client: Any) -> None:
    client.say("здравствуйте")
    client.clock.move(seconds=1)
    client.say("карта не проходит в магазине, что делать?")
    client.pause()
    replies = client.news()
    assert [reply.article for reply in replies] == ["card-declined"]
    assert isinstance(client.outcomes[0].decision, Wait)


def test_a_lone_greeting_is_greeted_with_topics_when_the_client_says_no_more(client: Any) -> None:
    client.say("добрый день")
    assert client.news() == []
    client.pause()
    (reply,) = client.news()
    assert "Чем помочь" in reply.text
    assert "Позвать специалиста" in [button.text for button in reply.buttons]


def test_a_question_is_answered_from_the_knowledge_base_and_asks_whether_it_helped(client: Any) -> None:
    (reply,) = client.ask("Как перевести деньги по номеру телефона?")
    assert reply.article == "transfer-how-to"
    assert reply.text.endswith("Это помогло?")
    assert [button.payload for button in reply.buttons][:2] == ["feedback:yes", "feedback:no"]
    (thanks,) = client.press("Да, помогло")
    assert thanks.text.startswith("Отлично")


def test_a_client_whom_the_answer_did_not_help_gets_a_person(client: Any) -> None:
    client.ask("Как перевести деньги по номеру телефона?")
    (reply,) = client.press("Нет")
    decision = client.outcomes[-1].decision
    assert isinstance(decision, HandOff)
    assert decision.reason is Reason.ANSWER_DID_NOT_HELP
    assert decision.department == "payments"
    assert client.state == "queued"
    assert "минут" in reply.text


def test_the_same_answer_is_never_said_twice_in_a_row(client: Any) -> None:
    first = client.ask("как поменять пин-код карты?")
    second = client.ask("ну так как мне поменять пин-код от карты?")
    third = client.ask("я спрашиваю как поменять пинкод!")
    assert first[0].article is not None
    assert second[0].article is None
    assert "чуть выше" in second[0].text
    assert isinstance(client.outcomes[-1].decision, HandOff)
    assert all(reply.article is None for reply in third)


def test_an_out_of_scope_question_is_asked_to_rephrase_once_then_goes_to_a_person(client: Any) -> None:
    (asked,) = client.ask("какая завтра погода в Сочи?")
    assert asked.article is None
    assert client.state == "bot"
    client.ask("ну какая температура воды в море?")
    assert client.state == "queued"


def test_a_person_is_called_by_word_and_by_command(new_client: Callable[..., Any]) -> None:
    for words in ("оператор", "/operator", "Позовите оператора!", "соедините меня с живым человеком пожалуйста"):
        client = new_client()
        client.ask(words)
        assert client.state == "queued", words


def test_a_waiting_client_is_told_so_once_and_may_leave_the_queue(client: Any) -> None:
    client.ask("оператор")
    first = client.ask("тут еще вопрос")
    second = client.ask("алло")
    assert len(first) == 1
    assert second == []
    assert isinstance(client.outcomes[-1].decision, Silent)
    client.ask("отмена")
    assert client.state == "bot"


def test_a_waiting_client_who_only_sounds_like_giving_up_keeps_their_place(client: Any) -> None:
    client.ask("оператор")
    (kept,) = client.ask("ничего не изменилось")
    assert "место остаётся за вами" in kept.text
    assert client.state == "queued"
    client.press("Не нужно, спасибо")
    assert client.state == "bot"


def test_a_lost_card_goes_ahead_of_the_queue_with_what_to_do_at_once(client: Any) -> None:
    replies = client.ask("у меня украли карту в метро!!! что делать")
    decision = client.outcomes[-1].decision
    assert isinstance(decision, HandOff)
    assert decision.priority == "urgent"
    assert replies[0].article == "card-lost-or-stolen"
    assert "вне очереди" in replies[-1].text


def test_two_questions_in_one_message_are_both_answered(client: Any) -> None:
    replies = client.ask("Сколько стоит обслуживание карты? И как поменять пин-код?")
    intents = {reply.article for reply in replies}
    assert len(intents) == 2, intents
    assert sum("Это помогло?" in reply.text for reply in replies) == 1


def test_an_english_client_is_answered_in_english(new_client: Callable[..., Any]) -> None:
    client = new_client(language="en")
    (reply,) = client.ask("How do I change my card PIN?")
    assert reply.text.endswith("Did this help?")


def test_the_language_follows_the_client(client: Any) -> None:
    client.ask("как поменять пин-код?")
    (reply,) = client.ask("how can I top up my card with cash?")
    assert "Did this help?" in reply.text


def test_a_wrong_keyboard_layout_is_read(client: Any) -> None:
    client.ask("rfr gjgjkybnm rfhne yfkbxysvb")
    decision = client.outcomes[-1].decision
    assert isinstance(decision, Answer)
    assert decision.intent == "top_up"


def test_the_menu_comes_by_word_and_its_buttons_work(client: Any) -> None:
    (menu,) = client.ask("меню")
    assert len(menu.buttons) >= 4
    (answer,) = client.press("Снять наличные")
    assert answer.article is not None


def test_unsubscribing_is_a_word_away(client: Any) -> None:
    (reply,) = client.ask("стоп")
    assert "рассыл" in reply.text
    (back,) = client.ask("подписаться")
    assert back.text.startswith("Готово")
