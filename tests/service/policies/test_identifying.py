"""Numbers and codes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.identifying import (
    find_codes,
    looks_like_a_code,
    masked_address,
    plain_digits,
    read_code,
    read_number,
)
from tests.service.policies.situations import modestly


@pytest.mark.parametrize(
    "written",
    ["+79135550101", "8 913 555-01-01", "8(913)5550101", "+7 (913) 555 01 01", "9135550101", "79135550101",
     "мой номер 8-913-555-01-01, спасибо", "８９１３５５５０１０１", "звоните: +7 913 555 01 01!"],
)  # fmt: skip
def test_a_telephone_is_read_in_any_spelling(written: str) -> None:
    assert read_number(written) == "+79135550101"
    assert read_number(written, sure=True) == "+79135550101"


@pytest.mark.parametrize(
    ("written", "number"),
    [("договор 770120441", "770120441"), ("40817810900001204417", "40817810900001204417"),
     ("счёт 4081 7810 9000 0120 4417", "40817810900001204417")],
)  # fmt: skip
def test_contracts_and_accounts_are_read_when_a_number_was_asked_for(written: str, number: str) -> None:
    assert read_number(written) == number
    assert read_number(written, sure=True) is None


@pytest.mark.parametrize("written", ["150000000 рублей", "12345", "сколько на карте?", "", "+7"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [("123456", "123456"), ("123 456", "123456"), ("123-456", "123456"), ("1 2 3 4 5 6", "123456"),
     ("１２３４５６", "123456"), ("12З4О6", "123406"), ("l23456", "123456"), ("O23456", "023456"),
     ("вот код: 123456, спасибо!", "123456"), ("My code is 123 456.", "123456"), ("код123456", None)],
)  # fmt: skip
def test_a_code_is_read_in_any_spelling(written: str, code: str | None) -> None:
    assert read_code(written) == code


@pytest.mark.parametrize(
    "written",
    ["12345", "1234567", "8 913 555-01-01", "40817810900001204417", "облоко", "123456 или 654321", "150 000,00", ""],
)
def test_what_may_be_something_else_is_no_code(written: str) -> None:
    assert read_code(written) is None


def test_every_code_in_a_message_is_found_to_be_covered() -> None:
    assert find_codes("123456 или 654 321") == ("123456", "654 321")


@given(st.text(max_size=60))
@modestly
def test_no_text_breaks_the_reading(text: str) -> None:
    read_number(text)
    looks_like_a_code(text)
    plain = plain_digits(text)
    assert len(plain) == len(text)
    assert all(each in plain for each in find_codes(text))


@given(st.integers(0, 999_999), st.sampled_from(["{}", "код {}", "вот {} !", "{} спасибо"]))
@modestly
def test_every_code_is_read_whatever_stands_around_it(number: int, around: str) -> None:
    code = f"{number:06d}"
    assert read_code(around.format(code)) == code


def test_an_address_is_shown_by_its_first_letter_and_its_domain() -> None:
    assert masked_address("irina.sokolova@example.com") == "i•••@example.com"
