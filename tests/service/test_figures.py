"""Amounts and dates as people write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import texts
from service.domain.money import Money
from service.texts import figures

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("amount", "currency", "russian", "english"),
    [
        ("0", "RUB", "0 ₽", "₽0"),
        ("7415.08", "RUB", "7 415,08 ₽", "₽7,415.08"),
        ("612000.00", "RUB", "612 000 ₽", "₽612,000"),
        ("1234567.9", "USD", "1 234 567,90 $", "$1,234,567.90"),
        ("-1290", "RUB", "−1 290 ₽", "−₽1,290"),
        ("10", "CHF", "10 CHF", "10 CHF"),
    ],
)
def test_amounts(amount: str, currency: str, russian: str, english: str) -> None:
    money = Money(Decimal(amount), currency)
    assert figures.money(money, "ru").replace("\u00a0", " ") == russian
    assert figures.money(money, "en").replace("\u00a0", " ") == english


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_an_amount_can_be_read_back(hundredths: int) -> None:
    said = figures.money(Money(Decimal(hundredths) / 100, "RUB"), "ru")
    digits = said.removesuffix("\u00a0₽").replace("\u00a0", "").replace(",", ".").replace("−", "-")
    assert Decimal(digits) * 100 == hundredths


def test_days_have_a_year_only_when_it_is_another() -> None:
    assert figures.day(date(2026, 12, 5), "ru", TODAY) == "5 декабря"
    assert figures.day(date(2027, 1, 5), "ru", TODAY) == "5 января 2027"
    assert figures.day(date(2027, 1, 5), "en", TODAY) == "5 January 2027"


def test_a_moment_is_told_by_the_banks_clock() -> None:
    late = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    there = datetime(2026, 11, 21, 2, 0, tzinfo=ZoneInfo("Europe/Moscow"))
    assert figures.moment(late, "ru", there) == "21 ноября в 01:30"
    assert figures.moment(late, "en", there) == "21 November at 01:30"


def test_both_languages_have_twelve_months() -> None:
    for language in texts.LANGUAGES:
        assert len(texts.table("dates", language)["months"]) == 12
