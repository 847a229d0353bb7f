import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.masking import mask, mask_card_numbers


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("карта 4111 1111 1111 1111 до 12/27", "карта [card]"),
        ("тел +7 916 123-45-67!", "тел [phone]!"),
        ("пишите на a.b@mail.ru", "пишите на [email]"),
        ("счёт 40817810099910004312", "счёт [account]"),
        ("IBAN DE89 3704 0044 0532 0130 00 мой", "IBAN [account] мой"),
        ("код 4821", "код [code]"),
        ("паспорт 4510 123456", "паспорт [document]"),
        ("снилс 123-456-789 01", "снилс [document]"),
        ("заявка 1234567890123", "заявка [number]"),
        ("пароль: qwerty12", "пароль: [code]"),
        ("перевёл 5 000 руб 12.05.2026", "перевёл 5 000 руб 12.05.2026"),
        ("вклад 9 000 000 000 рублей", "вклад 9 000 000 000 рублей"),
    ],
)
def test_personal_numbers_are_replaced_and_sums_and_dates_stay(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Меня зовут Иван Петров, где карта", "Меня зовут [name], где карта"),
        ("меня зовут иван петров где карта", "меня зовут [name] где карта"),
        ("моё имя Анна", "моё имя [name]"),
        ("My name is John Smith and I lost it", "My name is [name] and I lost it"),
        ("my name is john, hi", "my name is [name], hi"),
        ("Жду ответа. С уважением, Иванова Анна", "Жду ответа. С уважением, [name]"),
        ("my name is spelled wrong", "my name is spelled wrong"),
        ("как меня зовут в банке", "как меня зовут в банке"),
        ("ХУЖЕ БАНКА Я НЕ ВИДЕЛ", "ХУЖЕ БАНКА Я НЕ ВИДЕЛ"),
    ],
)
def test_names_after_an_introduction_are_replaced(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_card_numbers_for_operators_keep_their_last_four_digits() -> None:
    assert mask_card_numbers("с 4111-1111 1111 1111 на 5500000000000004!") == "с •••• 1111 на •••• 0004!"
    assert mask_card_numbers("тел 89161234567, 5000 руб") == "тел 89161234567, 5000 руб"


def with_check_digit(digits: str) -> str:
    total = sum(
        sum(divmod(int(digit) * (2 if position % 2 == 0 else 1), 10)) for position, digit in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)


CARDS = st.builds(
    lambda start, rest: with_check_digit(start + rest),
    st.sampled_from(["2200", "4276", "5469", "6390", "3742"]),
    st.text("0123456789", min_size=10, max_size=12),
)
PHONES = st.builds(
    "".join, st.tuples(st.sampled_from(["7", "8"]), st.just("9"), st.text("0123456789", min_size=9, max_size=9))
)
GAPS = st.sampled_from(["", " ", "-", " - ", ".", "\u00a0", "–", "\n", "/"])
AROUND = st.text(st.sampled_from("абв xyz,.!?()\n"), max_size=20)


@st.composite
def spaced(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> tuple[str, str]:
    """A number as digits, and as written: cut into groups anywhere, with any separator."""
    digits = draw(numbers)
    gap = draw(GAPS)
    cuts = sorted(draw(st.sets(st.integers(1, len(digits) - 1), max_size=6)))
    pieces = [digits[start:end] for start, end in zip([0, *cuts], [*cuts, len(digits)], strict=True)]
    return digits, gap.join(pieces)


@given(spaced(CARDS | PHONES), AROUND, AROUND)
def test_no_card_and_no_phone_survives(number: tuple[str, str], before: str, after: str) -> None:
    digits, written = number
    assert digits not in re.sub(r"\D", "", mask(f"{before} {written} {after}"))


@given(
    st.text(st.characters(), max_size=200) | st.text(st.sampled_from("0123456789 -.@[]cardменязовутИван"), max_size=80)
)
def test_masking_is_total_and_idempotent(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked
