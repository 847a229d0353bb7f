"""Every figure the project reports about understanding, defined once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of equal pairs; 0 for none."""
    return float(np.mean([a == b for a, b in zip(truth, predicted, strict=True)])) if truth else 0.0


@dataclass(frozen=True)
class LabelFigures:
    """One label. `n` messages have it; `precision` is 0 where nothing was taken for it; `f1` is the harmonic mean of
    precision and recall."""

    n: int
    precision: float
    recall: float
    f1: float


def by_label(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, LabelFigures]:
    """The figures of each label that occurs in `truth`, in the order of the alphabet."""
    actual, claimed = Counter(truth), Counter(predicted)
    hits = Counter(a for a, b in zip(truth, predicted, strict=True) if a == b)
    return {
        label: LabelFigures(
            n,
            hits[label] / claimed[label] if claimed[label] else 0.0,
            hits[label] / n,
            2 * hits[label] / (n + claimed[label]),
        )
        for label, n in sorted(actual.items())
    }


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean over the labels that occur in `truth` of the harmonic mean of precision and recall."""
    scores = [figures.f1 for figures in by_label(truth, predicted).values()]
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


def roc(scores: ArrayLike, positive: ArrayLike, points: int = 101) -> tuple[tuple[float, float], ...]:
    """(share of negatives let through, share of positives let through) at falling thresholds, from (0, 0) to (1, 1).

    At most `points` + 2 of them; none without both kinds.
    """
    values, is_positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    if is_positive.all() or not is_positive.any():
        return ()
    cuts = np.quantile(values, np.linspace(1.0, 0.0, points))
    through = values[None, :] >= cuts[:, None]
    wrong, right = through[:, ~is_positive].mean(axis=1), through[:, is_positive].mean(axis=1)
    found = [(0.0, 0.0), *zip(wrong.tolist(), right.tolist(), strict=True), (1.0, 1.0)]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class ConfidenceBin:
    """Messages whose confidence is alike: how many, their mean confidence, the share that is right."""

    n: int
    confidence: float
    accuracy: float


def reliability(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> tuple[ConfidenceBin, ...]:
    """The calibration curve: bins of equal width, empty ones left out. Calibrated: confidence equals accuracy."""
    c, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    index = np.minimum((c * bins).astype(int), bins - 1)
    return tuple(
        ConfidenceBin(int((index == i).sum()), float(c[index == i].mean()), float(right[index == i].mean()))
        for i in np.unique(index)
    )


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Gap between confidence and accuracy, averaged over equal-width bins by size (Naeini et al. 2015)."""
    found = reliability(confidence, correct, bins)
    total = sum(each.n for each in found)
    return sum(abs(each.confidence - each.accuracy) * each.n for each in found) / total if total else 0.0


@dataclass(frozen=True)
class Paired:
    """Two models on the same messages. `gained` only the second has right, `lost` only the first.

    `p` is the chance of so many gained, or more, if neither were better: the exact one-sided test of McNemar (1947).
    """

    gained: int
    lost: int
    p: float


def mcnemar(before: ArrayLike, after: ArrayLike) -> Paired:
    """See `Paired`; which messages each of the two has right."""
    from scipy.special import bdtrc  # scipy.stats would cost half a second of import

    one, other = np.asarray(before, dtype=bool), np.asarray(after, dtype=bool)
    gained, lost = int((other & ~one).sum()), int((one & ~other).sum())
    return Paired(gained, lost, float(bdtrc(gained - 1, gained + lost, 0.5)) if gained else 1.0)


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
