"""Weights: data that can be replaced, and a score that keeps the order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import WeightsError
from knowledge_base.ranking import PARTS, Weights


def test_weights_survive_json(tmp_path: Path) -> None:
    weights = replace(Weights(), words=0.123, offset=-1.5)
    path = tmp_path / "ranking.json"
    path.write_text(weights.to_json(), encoding="utf-8")
    assert Weights.load(path) == weights


def test_every_part_has_a_weight() -> None:
    assert all(hasattr(Weights(), part) for part in PARTS)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "otklik-ranking/1"}', Weights().to_json().replace("ranking/1", "ranking/2"),
     Weights().to_json().replace('"words"', '"wrods"'), replace(Weights(), words=1.0).to_json().replace("1.0", '"1"'),
     replace(Weights(), words=1.0).to_json().replace("1.0", "NaN"), "[" * 100_000],
)  # fmt: skip
def test_other_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ranking.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match=r"ranking\.json"):
        Weights.load(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="can't be read"):
        Weights.load(tmp_path / "no.json")


def test_weights_that_would_turn_the_order_are_refused() -> None:
    with pytest.raises(WeightsError, match="slope"):
        replace(Weights(), slope=0.0)
    with pytest.raises(WeightsError, match="follow_up"):
        replace(Weights(), follow_up=1.5)
    with pytest.raises(WeightsError, match="bare"):
        replace(Weights(), bare=-0.1)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_higher_sum_never_scores_lower(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= Weights().score(low) <= Weights().score(high) <= 1


def test_the_sum_is_weighted_by_part() -> None:
    parts = {"question": np.array([1, 0], dtype=np.float32), "other_language": np.array([0, 1], dtype=np.float32)}
    weights = replace(Weights(), question=0.5, other_language=-0.2)
    assert weights.sum(parts).tolist() == pytest.approx([0.5, -0.2])
