"""A statement goes to the e-mail on file and never into the chat, whatever the channel."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialogues.months import read_months
from service.domain.letters import Letter
from service.mail.mailbox import Mailbox
from service.policies.statement_periods import period_back
from service.posting import post_due
from tests.scenarios.bank_stage import ARTEM, IRINA, JAMES, PAVEL, Stage

STATEMENT = "пришлите выписку по счёту"


def letters(stage: Stage) -> list[Letter]:
    """What lies in the mailbox, newest first."""
    post_due(stage.office)
    box = stage.office.postman
    assert isinstance(box, Mailbox)
    return [each.letter for each in box.letters()]


@pytest.mark.parametrize("channel", ["web", "sandbox"])
def test_the_account_and_the_period_are_asked_for_and_a_letter_goes_out(stage: Stage, channel: str) -> None:
    client = stage.client(IRINA, channel=channel)
    assert client.told(STATEMENT) == "По какому счёту прислать выписку?"
    assert client.tap("Текущий ··4417").startswith("Текущий счёт ··4417: за какой срок")
    assert client.buttons == ["За месяц", "За 3 месяца", "За год"]
    said = client.tap("За месяц")
    assert said.startswith("Отправил выписку на i•••@example.com: Текущий счёт ··4417, 21 октября – 20 ноября.")
    (letter,) = letters(stage)
    assert (letter.to, letter.kind) == ("irina.sokolova@example.com", "statement")
    assert "Стало в конце: 184\u00a0302,57\u00a0₽" in letter.text
    (table,) = letter.enclosures
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Дата;Сумма;Валюта;Описание"
    assert "19.11.2026;-1290,00;RUB;Кафе «Лодка», Новосибирск" in lines


@pytest.mark.parametrize("channel", ["web", "sandbox"])
def test_nothing_of_it_is_ever_in_the_chat(stage: Stage, channel: str) -> None:
    client = stage.client(PAVEL, channel=channel)
    client.ask("пришлите выписку по счёту за 3 месяца")
    assert len(letters(stage)) == 1
    chat = "\n".join(message.text for message in client.history())
    for private in ("7\u00a0415", "Такси", "15\u00a0000", "kuznetsov", "40817810900002310562"):
        assert private not in chat


def test_a_period_named_at_once_is_not_asked_for(stage: Stage) -> None:
    said = stage.client(PAVEL).told("пришлите выписку за полгода")
    assert "21 мая – 20 ноября" in said


@pytest.mark.parametrize(
    ("words", "first"), [("за 5 месяцев", "21 июня"), ("год", "21 ноября 2025"), ("месяц", "21 октября")]
)
def test_a_period_is_said_in_words(stage: Stage, words: str, first: str) -> None:
    client = stage.client(PAVEL, channel="sandbox")
    client.ask(STATEMENT)
    assert f"{first} – 20 ноября" in client.told(words)


def test_in_english(stage: Stage) -> None:
    client = stage.client(JAMES, language="en")
    client.ask("Please send me a bank statement for the last month")
    said = client.tap("Current ··2740")
    assert said.startswith(
        "I've sent the statement to j•••@example.net: Current account ··2740, 21 October to 20 November."
    )
    (letter,) = letters(stage)
    assert letter.enclosures[0].content.decode("utf-8-sig").startswith("Date,Amount,Currency,Description")


def test_without_an_address_on_file_nothing_is_sent(stage: Stage) -> None:
    client = stage.client(ARTEM)
    assert "вашей почты у банка нет" in client.told("пришлите выписку за месяц")
    assert client.buttons == ["Позвать специалиста"]
    assert letters(stage) == []


def test_another_question_in_the_middle_and_back(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(STATEMENT)
    answer, again = client.ask("как поменять пин-код карты?")
    assert answer.article is not None
    assert "за какой срок" in again.text
    assert "Отправил выписку" in client.tap("За год")


def test_a_mind_changed_in_the_middle_sends_nothing(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(STATEMENT)
    assert "отменил" in client.told("отмена")
    assert letters(stage) == []


def test_a_double_tap_sends_one_letter(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(STATEMENT)
    client.say("За год", button="months:12")
    client.say("За год", button="months:12")
    client.pause()
    assert len(letters(stage)) == 1


def test_a_restart_in_the_middle_changes_nothing(stage: Stage) -> None:
    client = stage.client(IRINA)
    client.ask(STATEMENT)
    stage.restart()
    client.press("Накопительный ··4425")
    stage.restart()
    assert "Отправил выписку" in client.tap("За месяц")


def test_an_operator_who_takes_over_ends_it(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(STATEMENT)
    client.ask("оператор")
    stage.take(client)
    client.news()
    assert client.ask("За год", button="months:12") == []
    assert letters(stage) == []


def test_a_bank_that_is_away_leads_to_a_person_who_knows_which_account(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(STATEMENT)
    stage.bank.is_away = True
    assert "система банка не отвечает" in client.tap("За месяц")
    assert stage.summary(client)["summary"]["collected"] == {"account": "··0562"}


def test_a_transfer_named_like_a_formula_is_harmless_in_a_spreadsheet(stage: Stage) -> None:
    with stage.office.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE demo_bank_operations SET description = '=HYPERLINK(\"http://evil\")' WHERE description = 'Такси'"
        )
    stage.client(PAVEL).ask("пришлите выписку за месяц")
    table = letters(stage)[0].enclosures[0].content.decode("utf-8-sig")
    assert ";\"'=HYPERLINK" in table


def test_the_trail_says_that_it_was_sent(stage: Stage) -> None:
    stage.client(PAVEL).ask("пришлите выписку за месяц")
    (line,) = stage.trail("send_statement")
    assert (line.object_id, line.data["fate"]) == (PAVEL, "done")


# --- periods


@given(st.integers(min_value=1, max_value=12), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_period_ends_today_and_is_never_longer_than_a_bank_allows(months: int, today: date) -> None:
    period = period_back(months, today)
    assert period.last == today
    assert 27 <= (period.last - period.first).days + 1 <= 366
    assert period_back(12, today).first <= period.first


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("за месяц", 1), ("за последние 3 месяца", 3), ("за квартал", 3), ("за полгода", 6), ("за год", 12),
        ("5 months", 5), ("the last year", 12), ("за 18 месяцев", None), ("за 0 месяцев", None), ("", None),
        ("выписка", None), ("за 12-месячный", None),
    ],
)  # fmt: skip
def test_months_in_words(text: str, months: int | None) -> None:
    assert read_months(text) == months
