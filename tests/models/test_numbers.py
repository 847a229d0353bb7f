import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.numbers import find_cards, find_clusters, find_phones, luhn_valid


def phones(text: str) -> list[str]:
    return [number for cluster in find_clusters(text, 7) for _, number in find_phones(cluster)]


def cards(text: str) -> list[str]:
    return [digits for cluster in find_clusters(text, 13) for _, digits in find_cards(cluster)]


def test_luhn_knows_real_numbers_and_their_neighbours() -> None:
    assert luhn_valid("4111111111111111")
    assert luhn_valid("378282246310005")
    assert not luhn_valid("4111111111111112")


@given(st.text("0123456789", min_size=12, max_size=18))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    assert sum(luhn_valid(digits + last) for last in "0123456789") == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+7 916 123-45-67", "+79161234567"),
        ("8 (916) 123 45 67", "+79161234567"),
        ("89161234567", "+79161234567"),
        ("8-916-123-45-67", "+79161234567"),
        ("8.916.123.45.67", "+79161234567"),
        ("+7(916)1234567", "+79161234567"),
        ("9161234567", "+79161234567"),
        ("916 123 45 67", "+79161234567"),
        ("8 800 555 35 35", "+78005553535"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+998 90 123 45 67", "+998901234567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("0044 20 7946 0958", "+442079460958"),
        ("(415) 555-2671", "4155552671"),
        ("123-45-67", "1234567"),
        ("07911 123456", "07911123456"),
    ],
)
def test_phones_are_found_however_they_are_written(text: str, number: str) -> None:
    assert phones(f"звоните {text} вечером") == [number]


@pytest.mark.parametrize(
    "text",
    ["9 000 000 000", "1 000 000", "12.05.2026", "2026-05-12 10:30", "5000 10000 15000", "1234567", "код 482 113"],
)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert phones(text) == []


def test_a_number_before_or_after_a_phone_does_not_hide_it() -> None:
    assert phones("100 8 916 123 45 67") == ["+79161234567"]
    assert phones("+7 916 123 45 67 5000") == ["+79161234567"]


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "41 11 11 11 11 11 11 11",
        "4111\n1111.1111/1111",
    ],
)
def test_cards_are_found_in_any_grouping(text: str) -> None:
    assert cards(text) == ["4111111111111111"]


def test_a_card_is_found_among_other_numbers() -> None:
    assert cards("12 4111 1111 1111 1111") == ["4111111111111111"]
    assert cards("4111 1111 1111 1111 5500 0000 0000 0004") == ["4111111111111111", "5500000000000004"]


@pytest.mark.parametrize("text", ["4111111111111112", "0000000000000000", "1234567890123456", "4222222222222222"])
def test_numbers_that_fail_the_check_are_no_cards(text: str) -> None:
    assert cards(text) == []


def test_endless_digits_take_no_time() -> None:
    assert cards("4 " * 2000) == []
    assert phones("9 1" * 1500) == []
