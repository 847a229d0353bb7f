from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.entities import find_entities


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in find_entities(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("перевести 5000 на карту", "5000"),
        ("5 000 руб", "5000 RUB"),
        ("5к", "5000"),
        ("10 тыс", "10000"),
        ("1,5 млн", "1500000"),
        ("$20", "20 USD"),
        ("20$", "20 USD"),
        ("€15.99", "15.99 EUR"),
        ("1 000,50 ₽", "1000.5 RUB"),
        ("£1,000.50", "1000.5 GBP"),
        ("10 т.р.", "10000 RUB"),
        ("пять тысяч рублей", "5000 RUB"),
        ("двадцать пять долларов", "25 USD"),
        ("полторы тысячи", "1500"),
        ("five thousand dollars", "5000 USD"),
        ("3 миллиона", "3000000"),
    ],
)
def test_amounts(text: str, value: str) -> None:
    assert found(text) == [("amount", value)]


@pytest.mark.parametrize(
    "text",
    [
        "в 2024 году",
        "30 минут",
        "карта *1234",
        "договор № 123456",
        "прошло 100 дней",
        "5%",
        "пять карт",
        "ending in 4821",
        "https://bank.ru/a?id=5000",
    ],
)
def test_other_numbers_are_no_amounts(text: str) -> None:
    assert all(kind != "amount" for kind, _ in found(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.05.2026", "2026-05-12"),
        ("12.05.26", "2026-05-12"),
        ("до 12.05", "--05-12"),
        ("2026-05-12", "2026-05-12"),
        ("5 мая", "--05-05"),
        ("5-го мая 2026", "2026-05-05"),
        ("31 августа", "--08-31"),
        ("1 марта", "--03-01"),
        ("May 5th", "--05-05"),
        ("5th of May 2026", "2026-05-05"),
        ("вчера", "yesterday"),
        ("Послезавтра", "day_after_tomorrow"),
        ("today", "today"),
        ("12/31/2025", "2025-12-31"),
    ],
)
def test_dates(text: str, value: str) -> None:
    assert found(text) == [("date", value)]


@pytest.mark.parametrize("text", ["32.05.2026", "31.02.2026", "версия 1.5", "30 февраля", "1/2", "99.99"])
def test_days_that_do_not_exist_are_no_dates(text: str) -> None:
    assert all(kind != "date" for kind, _ in found(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4821", "4821"),
        (" 123 456.", "123456"),
        ("код 4821", "4821"),
        ("код из смс: 482113", "482113"),
        ("пришёл пароль 0042", "0042"),
        ("my code is 123456", "123456"),
        ("cvv 123", "123"),
    ],
)
def test_codes(text: str, value: str) -> None:
    assert found(text) == [("code", value)]


def test_mail_addresses_phones_cards_accounts_and_documents() -> None:
    text = "Почта Ivan.P@mail.ru, тел. 8 916 123-45-67, карта 5500 0000 0000 0004, счёт 40817810099910004312"
    assert found(text) == [
        ("email", "ivan.p@mail.ru"),
        ("phone", "+79161234567"),
        ("card", "5500000000000004"),
        ("account", "40817810099910004312"),
    ]
    assert found("паспорт 45 10 123456") == [("document", "4510123456")]


def test_the_expiry_date_and_code_belong_to_the_card_and_a_sum_does_not() -> None:
    text = "4111 1111 1111 1111 12/27 123 оплата"
    (card,) = find_entities(text)
    assert text[card.end :] == " оплата"
    assert found("с 4111111111111111 500 рублей") == [("card", "4111111111111111"), ("amount", "500 RUB")]


def test_spans_point_at_the_text() -> None:
    text = "вчера отправил 5 000 руб на 8 916 123-45-67"
    assert [text[entity.start : entity.end] for entity in find_entities(text)] == [
        "вчера",
        "5 000 руб",
        "8 916 123-45-67",
    ]


@given(st.text(st.sampled_from("0123456789 -.,+()@руб$кмая/:код\n"), max_size=120))
def test_entities_are_ordered_and_never_overlap(text: str) -> None:
    entities = find_entities(text)
    for before, after in pairwise(entities):
        assert before.start < before.end <= after.start
    assert all(entity.value and entity.end <= len(text) for entity in entities)
