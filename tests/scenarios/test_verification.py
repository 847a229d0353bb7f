"""Clients prove who they are, from the question that needs it to its answer; in Russian and English."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.storage.tables import MessageRow, table
from tests.scenarios.verifying import (
    BALANCE,
    DETAILS,
    IRINA,
    IRINA_MAIL,
    NOBODY,
    PAVEL,
    PAVEL_MAIL,
    SECRET,
    Verifying,
    someone,
    verifying,
    wrong,
)

__all__ = ["someone", "verifying"]


def said(replies: list[Any]) -> str:
    """Everything that was said, one message a line."""
    return "\n".join(reply.text for reply in replies)


def test_the_question_that_started_it_is_answered_without_being_repeated(verifying: Verifying, someone: Any) -> None:
    client = someone()
    (asked,) = client.ask(BALANCE)
    assert asked.text.startswith("Это личные данные")
    (sent,) = client.ask(f"мой телефон {IRINA}, спасибо")
    assert sent.text.startswith("Если номер есть в банке")
    client.say(f"вот код: {verifying.code()}")
    (done,) = client.news()
    assert "i•••@example.com" in done.text
    verifying.work()
    (answer,) = client.news()
    assert SECRET in answer.text
    assert verifying.bank.jobs[0].arguments == {"words": BALANCE}
    assert verifying.bank.jobs[0].link.account == "c-1001"
    assert SECRET in said(client.ask(BALANCE)), "it is not asked again"


def test_in_english(verifying: Verifying, someone: Any) -> None:
    client = someone(language="en")
    (asked,) = client.ask("What is the balance on my card?")
    assert asked.text.startswith("This is private")
    (sent,) = client.ask("my phone is 8 (913) 555-01-01")
    assert sent.text.startswith("If the bank knows this number")
    replies = client.ask(verifying.code())
    assert replies[0].text.startswith("Thank you, it's you")
    assert SECRET in said(replies)


def test_a_number_in_the_question_is_not_asked_for_again(verifying: Verifying, someone: Any) -> None:
    client = someone()
    (sent,) = client.ask("сколько денег на моей карте? мой номер 89135550101")
    assert sent.text.startswith("Если номер есть в банке")
    assert SECRET in said(client.ask(verifying.code()))


@pytest.mark.parametrize("number", ["770120441", "договор 770120441", "40817810900001204417", "９１３５５５０１０１"])
def test_contract_and_account_numbers_will_do(verifying: Verifying, someone: Any, number: str) -> None:
    verifying.verified(someone(), number)


def test_known_and_unknown_numbers_are_told_the_same(verifying: Verifying, someone: Any) -> None:
    heard = []
    for number in (IRINA, NOBODY):
        client = someone()
        client.ask("привязать", button="intent:link_account")
        first = client.ask(number)
        verifying.work()
        heard.append([first[0].text, *(said(client.ask(guess)) for guess in ("000001", "000002", "000003"))])
    assert heard[0] == heard[1]
    assert len(verifying.letters("code")) == 1


def test_three_wrong_codes_end_it_and_the_owner_is_told(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    assert "осталось две" in said(client.ask(wrong(code)))
    assert "одна попытка" in said(client.ask(wrong(code)))
    assert "трижды" in said(client.ask(wrong(code)))
    assert SECRET not in said(client.ask(code))
    assert verifying.conversation(client).link is None
    (letter,) = verifying.letters("lock")
    assert letter.to == IRINA_MAIL
    again = someone()
    again.ask("привязать", button="intent:link_account")
    assert "слишком много" in said(again.ask(IRINA)), "the number is locked for everybody"


def test_an_expired_code_is_refused_and_a_new_one_is_a_button_away(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    client.clock.move(minutes=10)
    assert "не действует" in said(client.ask(code))
    assert "новый код" in said(client.press("Отправить ещё раз"))
    assert SECRET in said(client.ask(verifying.code()))


def test_a_new_code_replaces_the_former_and_comes_a_minute_later_at_the_earliest(
    verifying: Verifying, someone: Any
) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    first = verifying.code()
    assert "ещё в пути" in said(client.ask("отправьте ещё раз"))
    client.clock.move(minutes=1)
    assert "новый код" in said(client.ask("ничего не пришло"))
    second = verifying.code()
    assert first != second
    assert "не подошёл" in said(client.ask(first))
    assert SECRET in said(client.ask(second))


def test_a_fourth_letter_within_the_hour_is_not_sent(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask("привязать", button="intent:link_account")
    client.ask(IRINA)
    for _ in range(2):
        client.clock.move(minutes=2)
        client.press("Отправить ещё раз")
    client.clock.move(minutes=2)
    assert "слишком много" in said(client.press("Отправить ещё раз"))
    assert len(verifying.letters("code")) == 3


def test_an_account_gets_three_letters_an_hour_whatever_its_numbers_and_nobody_is_told(
    verifying: Verifying, someone: Any
) -> None:
    heard = set()
    for number in (IRINA, "770120441", "990120441", "40817810900001204417"):
        client = someone()
        client.ask("привязать", button="intent:link_account")
        heard.add(said(client.ask(number)))
    assert len(heard) == 1
    assert len(verifying.letters("code")) == 3


def test_who_changes_their_mind_is_left_alone(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    assert said(client.ask("передумал, не надо")).startswith("Хорошо, отменил")
    assert verifying.conversation(client).dialogue is None
    client.ask(IRINA)
    assert verifying.letters("code") == []


def test_another_question_in_the_middle_and_back(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    answer, reminder = client.ask("как поменять пин-код карты?")
    assert answer.article is not None
    assert reminder.text.startswith("Вернёмся к проверке")
    client.ask(IRINA)
    code = verifying.code()
    answer, reminder = client.ask("а сколько стоит обслуживание карты?")
    assert "жду шесть цифр" in reminder.text
    assert SECRET in said(client.ask(code))


def test_an_operator_who_takes_over_puts_it_away(verifying: Verifying, someone: Any) -> None:
    from service import desk

    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    client.ask("оператор")
    desk.take(verifying.conversation(client).id, verifying.operator, verifying.office)
    client.ask(code)
    assert verifying.conversation(client).link is None
    assert code not in said(client.history())


def test_a_restart_in_the_middle_changes_nothing(verifying: Verifying, someone: Callable[..., Any]) -> None:
    client = someone()
    client.ask(BALANCE)
    client.say(IRINA)  # the process dies before it has looked the number up
    again = someone(id=client.id)
    code = verifying.code()
    assert SECRET in said(again.ask(code))


def test_a_code_typed_on_two_devices_at_once_is_used_once(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    client.say(code, key="telephone")
    client.say(code, key="computer")
    assert [each.kind for each in verifying.letters("new_link")] == ["new_link"]
    assert said(client.news()).count("Спасибо, это вы") == 1


def test_somebody_elses_code_is_no_code(verifying: Verifying, someone: Any) -> None:
    irina, pavel = someone(), someone()
    for client, number in ((irina, IRINA), (pavel, PAVEL)):
        client.ask("привязать", button="intent:link_account")
        client.ask(number)
    code = verifying.code(PAVEL_MAIL)
    if code != verifying.code(IRINA_MAIL):
        assert "не подошёл" in said(irina.ask(code))
    assert verifying.conversation(irina).link is None


def test_a_code_for_one_channel_does_nothing_in_another(verifying: Verifying, someone: Any) -> None:
    client, elsewhere = someone(), someone(channel="sandbox")
    client.ask("привязать", button="intent:link_account")
    client.ask(IRINA)
    code = verifying.code()
    elsewhere.say(code)
    elsewhere.pause()
    found = verifying.conversation(elsewhere)
    assert found.link is None
    client.ask(code)
    assert verifying.conversation(client).link is not None


def test_in_a_group_no_code_is_taken_and_none_is_kept(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask(BALANCE)
    client.ask(IRINA)
    code = verifying.code()
    message = InboundMessage("web", "group-1", client.id, f"код {code}", in_group=True)
    outcome = handle_message(message, verifying.office)
    assert code not in outcome.message.text
    assert "личный чат" in said(client.news())
    assert verifying.conversation(client).link is None


@pytest.mark.parametrize("written", ["{0} {1}", "{0}-{1}", "вот он {0}{1} спасибо", "Код: {0} {1}."])
def test_a_code_is_read_however_it_is_written_and_never_kept(verifying: Verifying, someone: Any, written: str) -> None:
    client = someone()
    client.ask("привязать", button="intent:link_account")
    client.ask(IRINA)
    code = verifying.code()
    client.ask(written.format(code[:3], code[3:]))
    assert verifying.conversation(client).link is not None
    history = said(client.history())
    assert code not in history
    assert f"{code[:3]} {code[3:]}" not in history
    with verifying.office.database.read() as connection:
        dump = "\n".join(str(row) for row in connection.execute(select(table(MessageRow))))
    assert code not in dump
    assert "••••••" in dump


def test_what_is_not_six_digits_costs_no_try(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask("привязать", button="intent:link_account")
    client.ask(IRINA)
    code = verifying.code()
    for typed in ("12345", "1234567", f"{code} или 000000"):
        assert "ровно шесть цифр" in said(client.ask(typed))
    client.ask(code)
    assert verifying.conversation(client).link is not None


def test_a_riskier_step_asks_for_a_fresh_code_but_for_no_number(verifying: Verifying, someone: Any) -> None:
    client = someone()
    verifying.verified(client)
    client.clock.move(hours=2)
    (sent,) = client.ask(DETAILS)
    assert sent.text.startswith("Если номер есть в банке")
    replies = client.ask(verifying.code())
    assert "Вот с чем обращаются" in said(replies)
    assert SECRET in said(client.ask(BALANCE))


def test_a_link_expires_and_can_be_taken_back_by_the_client(verifying: Verifying, someone: Any) -> None:
    client = someone()
    verifying.verified(client)
    assert said(client.ask("отвязать чат")).startswith("Готово: этот чат больше не подключён")
    assert verifying.conversation(client).link is None
    assert said(client.ask(BALANCE)).startswith("Это личные данные")
    other = someone()
    verifying.verified(other, PAVEL, PAVEL_MAIL)
    other.clock.move(days=90)
    assert said(other.ask(BALANCE)).startswith("Это личные данные")
