"""Drift: equal weeks are calm, other ones are named, few messages say nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.drift import Week
from service.policies.drift import LEAST_MESSAGES, SHIFTED, STABLE, beyond_chance, compare, stability

counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500), min_size=1)


def week(balance: int, rate: int, *, unsure: int = 10, english: int = 0, foreign: int = 0) -> Week:
    """A week with this many messages about either topic."""
    total = balance + rate + foreign
    return Week(
        total, unsure, {"balance": balance, "rate": rate}, {"ru": total - english, "en": english},
        {"True": balance + rate, "False": foreign},
    )  # fmt: skip


@given(counts)
def test_equal_populations_are_stable(found: dict[str, int]) -> None:
    assert stability(found, found) == pytest.approx(0.0)


@given(counts, counts)
def test_the_index_is_finite_symmetric_and_never_negative(one: dict[str, int], other: dict[str, int]) -> None:
    found = stability(one, other)
    assert math.isfinite(found)
    assert found >= -1e-12
    assert stability(other, one) == pytest.approx(found)


def test_the_index_as_it_is_known() -> None:
    expected = 0.1 * math.log(1.2) - 0.1 * math.log(0.8)
    assert stability({"a": 50, "b": 50}, {"a": 60, "b": 40}) == pytest.approx(expected)
    assert stability({"a": 100}, {"b": 100}) > 1.0


def test_a_week_like_the_others_is_calm() -> None:
    assert compare(week(100, 50), [week(205, 98)] * 4, {"balance": 200, "rate": 200}).alarms == ()


def test_what_changed_is_named() -> None:
    past = [week(200, 50)] * 4
    assert compare(week(50, 200), past, {}).alarms == ("intents",)
    assert compare(week(200, 50, english=150), past, {}).alarms == ("languages",)
    assert compare(week(200, 50, foreign=200), past, {}).alarms == ("scope",)
    assert compare(week(200, 50, unsure=100), past, {}).alarms == ("unsure",)


def test_few_messages_say_nothing() -> None:
    found = compare(week(5, LEAST_MESSAGES - 6), [week(200, 50)] * 4, {"balance": 1})
    assert (found.intents, found.from_training, found.alarms) == (None, None, ())
    assert compare(week(500, 5), [], {}).intents is None


def test_the_training_data_is_compared_without_an_alarm() -> None:
    found = compare(week(300, 10), [week(300, 10)], {"balance": 100, "rate": 100})
    assert found.from_training is not None
    assert found.from_training > SHIFTED
    assert found.alarms == ()


@given(counts, counts)
def test_what_chance_makes_is_taken_off_and_never_more(one: dict[str, int], other: dict[str, int]) -> None:
    assert 0.0 <= beyond_chance(one, other) <= max(stability(one, other), 0.0)


def test_small_weeks_about_many_topics_are_no_alarm_by_themselves() -> None:
    chance = np.random.default_rng(5)
    shares = chance.dirichlet(np.full(40, 1.0))
    plain, corrected = [], []
    for _ in range(100):
        before, after = ({str(topic): int(n) for topic, n in enumerate(chance.multinomial(size, shares))}
                         for size in (4 * LEAST_MESSAGES, LEAST_MESSAGES))  # fmt: skip
        plain.append(stability(before, after))
        corrected.append(beyond_chance(before, after))
    assert np.median(plain) > SHIFTED  # what would have been said of equal weeks
    assert np.median(corrected) < STABLE
    assert sum(index > SHIFTED for index in corrected) <= 2
