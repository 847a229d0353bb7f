import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from training.metrics import (
    Automation,
    LabelFigures,
    Paired,
    accuracy,
    auroc,
    automation,
    by_label,
    expected_calibration_error,
    macro_f1,
    mcnemar,
    reliability,
    roc,
)

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=40)


@given(LABELS)
def test_macro_f1_is_scikit_learns_over_the_true_labels(pairs: list[tuple[str, str]]) -> None:
    truth, predicted = [a for a, _ in pairs], [b for _, b in pairs]
    expected = f1_score(truth, predicted, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert macro_f1(truth, predicted) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auroc_is_scikit_learns_ties_included(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = [a for a, _ in pairs], [b for _, b in pairs]
    if len(set(positive)) < 2:
        assert auroc(scores, positive) is None
    else:
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_accuracy_is_the_share_of_equal_pairs() -> None:
    assert accuracy(["a", "b", "a"], ["a", "b", "c"]) == pytest.approx(2 / 3)
    assert accuracy([], []) == 0.0


def test_calibration_error_is_zero_when_confidence_is_honest() -> None:
    confidence = np.full(1000, 0.75)
    assert expected_calibration_error(confidence, np.arange(1000) % 4 > 0) == pytest.approx(0.0)
    assert expected_calibration_error(confidence, np.zeros(1000)) == pytest.approx(0.75)
    assert expected_calibration_error([1.0], [True]) == 0.0
    assert expected_calibration_error([], []) == 0.0


def test_answering_an_out_of_scope_message_is_an_error_and_no_coverage() -> None:
    assert automation([True, True, True, False], [True, False, False, True], [True, True, False, True]) == Automation(
        coverage=2 / 3, error_rate=2 / 3, answers=3
    )
    assert automation([False], [True], [True]) == Automation(0.0, 0.0, 0)


def test_figures_by_label_agree_with_their_definitions() -> None:
    found = by_label(["a", "a", "b", "c"], ["a", "b", "b", "b"])
    assert found["a"] == LabelFigures(2, 1.0, 0.5, 2 / 3)
    assert found["b"] == LabelFigures(1, 1 / 3, 1.0, 0.5)
    assert found["c"] == LabelFigures(1, 0.0, 0.0, 0.0)


def test_mcnemar_is_the_exact_binomial() -> None:
    before, after = [True] * 2 + [False] * 10, [False] * 2 + [True] * 8 + [False] * 2
    assert mcnemar(before, after) == Paired(8, 2, pytest.approx(56 / 1024))
    assert mcnemar([True, False], [True, False]) == Paired(0, 0, 1.0)
    assert mcnemar([False] * 5, [True] * 5).p == pytest.approx(1 / 32)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_who_gains_as_much_as_they_lose_is_never_significantly_better(pairs: list[tuple[bool, bool]]) -> None:
    both = [*pairs, *((b, a) for a, b in pairs)]
    assert mcnemar([a for a, _ in both], [b for _, b in both]).p >= 0.5


def test_the_roc_rises_from_nothing_to_everything() -> None:
    points = roc([0.9, 0.8, 0.3, 0.1], [True, True, False, False])
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert (0.0, 1.0) in points
    assert roc([0.5, 0.6], [True, True]) == ()


def test_the_calibration_curve_holds_every_message_once() -> None:
    bins = reliability([0.05, 0.06, 0.95, 1.0], [False, True, True, True])
    assert [(each.n, each.accuracy) for each in bins] == [(2, 0.5), (2, 1.0)]
