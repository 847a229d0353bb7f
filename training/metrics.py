"""Every figure the project reports about understanding, defined once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of equal pairs; 0 for none."""
    return float(np.mean([a == b for a, b in zip(truth, predicted, strict=True)])) if truth else 0.0


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean over the labels that occur in `truth` of the harmonic mean of precision and recall."""
    scores = []
    for label in set(truth):
        hits = sum(a == b == label for a, b in zip(truth, predicted, strict=True))
        actual, claimed = sum(a == label for a in truth), sum(b == label for b in predicted)
        scores.append(2 * hits / (actual + claimed))
    return float(np.mean(scores)) if scores else 0.0


def auroc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney U); None without both kinds."""
    values, is_positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[is_positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Gap between confidence and accuracy, averaged over equal-width bins by size (Naeini et al. 2015)."""
    c, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if not len(c):
        return 0.0
    index = np.minimum((c * bins).astype(int), bins - 1)
    gaps = [abs(c[index == i].mean() - right[index == i].mean()) * (index == i).sum() for i in np.unique(index)]
    return float(sum(gaps) / len(c))


@dataclass(frozen=True)
class Automation:
    """What happens without a person.

    coverage    share of the in-scope messages that are answered automatically
    error_rate  share of wrong ones among all automatic answers; answering an out-of-scope message is wrong
    answers     number of automatic answers
    """

    coverage: float
    error_rate: float
    answers: int


def automation(automatic: ArrayLike, correct: ArrayLike, in_scope: ArrayLike) -> Automation:
    """See `Automation`; one entry a message, `correct` is False for out-of-scope messages."""
    auto, right, inside = (np.asarray(x, dtype=bool) for x in (automatic, correct, in_scope))
    answers = int(auto.sum())
    coverage = float(auto[inside].mean()) if inside.any() else 0.0
    return Automation(coverage, float((auto & ~right).sum() / answers) if answers else 0.0, answers)
