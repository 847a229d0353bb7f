"""What a linked client is told of their money: balances, payments, applications, details; in both languages."""

import pytest

from tests.scenarios.bank_stage import ARTEM, DARIA, IRINA, JAMES, NINA, OLGA, PAVEL, TIMUR, Stage

BALANCE = "сколько денег у меня на карте?"
PAYMENT = "когда следующий платёж по кредиту и сколько платить?"
APPLICATION = "что с моей заявкой на кредит?"
DETAILS = "пришлите реквизиты моего счёта"


# --- balance


@pytest.mark.parametrize("channel", ["web", "sandbox"])
def test_the_balance_of_each_account_is_told_at_once(stage: Stage, channel: str) -> None:
    client = stage.client(IRINA, channel=channel)
    assert client.told(BALANCE).splitlines() == [
        "Сейчас у вас на счетах:",
        "• Текущий счёт ··4417: 184\u00a0302,57\u00a0₽, из них доступно 183\u00a0012,57\u00a0₽ "
        "(остальное ждёт списания за недавние покупки)",
        "• Накопительный счёт ··4425: 612\u00a0000\u00a0₽",
    ]
    assert client.buttons == ["Прислать выписку", "Реквизиты счёта"]
    assert client.state == "bot"


def test_one_account_is_one_sentence(stage: Stage) -> None:
    assert stage.client(PAVEL).told(BALANCE) == "Текущий счёт ··0562: 7\u00a0415,08\u00a0₽"


def test_an_english_client_reads_amounts_as_they_are_written_in_english(stage: Stage) -> None:
    said = stage.client(JAMES, language="en").told("How much money is on my account?")
    assert "Current account ··2740: ₽96,544.03" in said
    assert "Current account ··2748: $2,150.40" in said


def test_whoever_has_no_account_is_told_what_can_be_done(stage: Stage) -> None:
    with stage.office.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM demo_bank_operations")
        connection.exec_driver_sql("DELETE FROM demo_bank_blockings")
        connection.exec_driver_sql("DELETE FROM demo_bank_cards")
        connection.exec_driver_sql("DELETE FROM demo_bank_accounts")
    client = stage.client(PAVEL)
    assert "счетов на ваше имя не вижу" in client.told(BALANCE)
    assert client.buttons == ["Открыть счёт", "Позвать специалиста"]


# --- payments


def test_the_next_payment_is_told_with_what_is_left(stage: Stage) -> None:
    client = stage.client(IRINA)
    assert client.told(PAYMENT).splitlines() == [
        "По кредиту № 990120441: следующий платёж 18\u00a0450\u00a0₽, внести нужно до 25 ноября.",
        "Весь остаток долга: 402\u00a0318,44\u00a0₽.",
    ]
    assert client.buttons == ["Как внести платёж", "Погасить досрочно"]


def test_the_last_payment_is_said_to_be_one(stage: Stage) -> None:
    said = stage.client(PAVEL).told(PAYMENT)
    assert "По займу № 880231056: следующий платёж 16\u00a0380\u00a0₽, внести нужно до 5 декабря." in said
    assert "Это последний платёж" in said


def test_whoever_is_late_is_told_first_what_to_do(stage: Stage) -> None:
    client = stage.client(DARIA)
    said = client.told(PAYMENT)
    assert "По кредиту № 990556021 есть просрочка: 9\u00a0640\u00a0₽." in said
    assert "По ипотеке, договор № 660556021: следующий платёж 41\u00a0270\u00a0₽" in said
    assert client.buttons == ["Как внести платёж", "Позвать специалиста"]


def test_a_client_without_loans_is_told_so(stage: Stage) -> None:
    client = stage.client(NINA)
    assert "платить, у вас нет" in client.told(PAYMENT)
    assert client.buttons == ["Взять кредит", "Позвать специалиста"]


def test_payments_in_english(stage: Stage) -> None:
    said = stage.client(JAMES, language="en").told("When is my next loan payment due and how much is it?")
    assert "Your credit card agreement 990601274: the next payment is ₽5,200, due by 20 November." in said


# --- applications


@pytest.mark.parametrize(
    ("account", "said", "button"),
    [
        (TIMUR, "на кредит на 350\u00a0000\u00a0₽ от 19 ноября: рассматриваем, ответим не позже 21 ноября", None),
        (DARIA, "на ипотеку на 3\u00a0600\u00a0000\u00a0₽ от 17 ноября: не хватает документов", "Позвать специалиста"),
        (ARTEM, "на заём на 20\u00a0000\u00a0₽ от 15 ноября: к сожалению, отказ", "Почему отказали"),
        (OLGA, "одобрена, решение действует до 14 декабря", "Позвать специалиста"),
    ],
)
def test_each_state_of_an_application_comes_with_its_next_step(
    stage: Stage, account: str, said: str, button: str | None
) -> None:
    client = stage.client(account)
    assert said in client.told(APPLICATION)
    assert (client.buttons[:1] or [None]) == [button]


def test_the_newest_application_comes_last_with_its_button(stage: Stage) -> None:
    told = stage.client(OLGA).ask(APPLICATION)
    assert ["отменена" in each.text for each in told] == [True, False]


def test_why_it_was_declined_is_one_tap_away(stage: Stage) -> None:
    client = stage.client(ARTEM)
    client.ask(APPLICATION)
    client.press("Почему отказали")
    assert client.outcomes[-1].decision.intent == "loan_declined"


def test_a_client_without_applications_is_told_how_to_send_one(stage: Stage) -> None:
    assert "Заявок от вас" in stage.client(NINA).told(APPLICATION)


# --- details


def test_details_of_the_only_account_come_at_once(stage: Stage) -> None:
    said = stage.client(PAVEL).told(DETAILS)
    for line in ("Получатель: Кузнецов Павел Андреевич", "Счёт: 40817810900002310562", "БИК: 044030999"):
        assert line in said.splitlines()


@pytest.mark.parametrize("choice", ["2", "второй", "накопительный счёт 4425", "4425", "второй счёт пожалуйста"])
@pytest.mark.parametrize("channel", ["web", "sandbox"])
def test_one_of_several_accounts_is_chosen_in_words(stage: Stage, choice: str, channel: str) -> None:
    client = stage.client(IRINA, channel=channel)
    assert client.told(DETAILS) == "Реквизиты какого счёта прислать?"
    assert client.buttons == ["Текущий ··4417", "Накопительный ··4425"]
    assert "Счёт: 42301810600001204425" in client.told(choice)


def test_one_of_several_accounts_is_chosen_by_button(stage: Stage) -> None:
    client = stage.client(JAMES, language="en")
    client.ask("I need the details of my account")
    assert client.buttons == ["Current ··2740", "Current ··2748"]
    said = client.tap("Current ··2748")
    assert "Account details (USD):" in said
    assert "Account: 40817840700006012748" in said
    assert "no longer works" in client.tap("Current ··2748")


def test_an_account_named_at_once_is_not_asked_for(stage: Stage) -> None:
    assert "Счёт: 42301810600001204425" in stage.client(IRINA).told("пришлите реквизиты счёта 4425")


def test_another_question_is_answered_and_the_choice_is_asked_again(stage: Stage) -> None:
    client = stage.client(IRINA)
    client.ask(DETAILS)
    answer, again = client.ask("как поменять пин-код карты?")
    assert answer.article is not None
    assert again.text == "Реквизиты какого счёта прислать?"
    assert "Счёт: 40817810900001204417" in client.tap("Текущий ··4417")
