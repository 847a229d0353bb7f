"""A day as it is typed: one form a language, whatever the browser speaks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console.components.date_field import read_typed, write_day


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["ru", "en"]))
def test_what_is_written_is_read_back(day: date, language: str) -> None:
    assert read_typed(write_day(day, language), language) == day
    assert read_typed(day.isoformat(), language) == day, "what was copied from an address too"


@pytest.mark.parametrize(
    "typed",
    ["", "22", "22.11", "22.11.20", "31.02.2026", "99.99.9999", "00.00.0000", "x", "2026-1-2", "2026-11-2", "1.1.2026"],
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_is_not_finished_or_in_no_calendar_is_no_day(typed: str, language: str) -> None:
    assert read_typed(typed, language) is None


def test_each_language_has_its_form() -> None:
    day = date(2026, 11, 2)
    assert (write_day(day, "ru"), write_day(day, "en"), write_day(None, "ru")) == ("02.11.2026", "2026-11-02", "")
    assert read_typed("02.11.2026", "en") is None, "the second of November or the eleventh of February"
