"""From which confidence an intent may be answered without a person.

The owner sets an error rate. For each intent the threshold is the lowest confidence at which its error rate, judged on
out-of-fold predictions, is below the owner's with a certainty of 75 % (one-sided); and all automatic answers together
are below it with a certainty of 95 %.

The judgement of one intent is Bayesian and shared between intents: its errors are binomial; their rate has a Beta prior
whose mean is the pooled rate of all intents at that confidence and whose strength says how alike intents are (method of
moments of the beta-binomial; empirical Bayes, Casella 1985). So an intent with few examples is judged by the pool, and
one with many by itself. The bound for all together is the exact one of Clopper & Pearson (1934); where it is broken
(the lowest passing threshold is partly luck), every intent is held to a stricter rate until it holds.

Measured (thresholds from one half of the out-of-fold predictions, error on the other half, 5 % allowed; six halvings
each): BANKING77 3.9 % wrong at coverage 92 %, with ten examples an intent 3.9 % at 61 %. At a certainty of 90 % for
each intent it was 3.1 % at 89 % and 1.8 % at 44 %: safer than asked for, and paid for by people.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

NEVER: Final = 1.01
"""A threshold no confidence reaches: the intent always goes to a person."""
CERTAINTY: Final = 0.75
POOL_CERTAINTY: Final = 0.95
GRID: Final = tuple(round(float(t), 4) for t in (0.995, 0.99, 0.985, *np.arange(0.98, 0.199, -0.01)))
"""Confidences tried, strict to lax."""
STRENGTH: Final = (10.0, 200.0)
"""Bounds of the prior's strength, in messages."""


def clopper_pearson_upper(errors: int, trials: int, certainty: float = POOL_CERTAINTY) -> float:
    """Exact one-sided upper bound of a binomial rate (Clopper & Pearson 1934); 1 when nothing was tried."""
    from scipy.special import betaincinv  # scipy.stats would cost half a second of import

    if errors >= trials:
        return 1.0
    return float(betaincinv(errors + 1, trials - errors, certainty))


def shrunk_upper(
    errors: NDArray[np.int64], trials: NDArray[np.int64], pooled_rate: float, strength: float
) -> NDArray[np.float64]:
    """Upper end of the one-sided `CERTAINTY` interval of each intent's rate.

    Posterior of the prior Beta(pooled_rate * strength, (1 - pooled_rate) * strength); `pooled_rate` in (0, 1).
    """
    from scipy.special import betaincinv

    a = pooled_rate * strength + errors
    b = (1.0 - pooled_rate) * strength + trials - errors
    return np.asarray(betaincinv(a, b, CERTAINTY), dtype=np.float64)


def prior_strength(errors: NDArray[np.int64], trials: NDArray[np.int64]) -> float:
    """Beta-binomial strength (a + b) by moments: small when rates differ much between intents; within `STRENGTH`."""
    low, high = STRENGTH
    used = trials >= 2
    if used.sum() < 2 or errors[used].sum() == 0:
        return high
    n, e = trials[used].astype(np.float64), errors[used].astype(np.float64)
    rate = e.sum() / n.sum()
    # Kleinman (1973): with S = sum n (p_i - p)^2, E[S] is linear in the intra-class correlation 1 / (strength + 1).
    spread = float((n * (e / n - rate) ** 2).sum())
    k, total = len(n), n.sum()
    base = rate * (1 - rate) * (k - 1)
    slope = rate * (1 - rate) * (total - (n**2).sum() / total - (k - 1))
    correlation = (spread - base) / slope if slope > 0 else 0.0
    if correlation <= 1 / (high + 1):
        return high
    return float(np.clip(1 / correlation - 1, low, high))


def fit_thresholds(
    predicted: NDArray[np.int64], confidence: NDArray[np.float32], correct: NDArray[np.bool_], intents: int, rate: float
) -> tuple[float, ...]:
    """A threshold for each of `intents` intents.

    `predicted`, `confidence`, `correct`: one row a message that passed the scope gate, predicted out of fold. The
    prediction of a message that is out of scope counts as wrong. `rate`: the error rate the owner allows, in (0, 1).
    """
    for strictness in np.arange(1.0, 0.0, -0.05):
        thresholds = _lowest_passing(predicted, confidence, correct, intents, rate * float(strictness))
        answered = confidence >= thresholds.astype(np.float32)[predicted]
        errors, answers = int((answered & ~correct).sum()), int(answered.sum())
        if answers and clopper_pearson_upper(errors, answers) <= rate:
            return tuple(thresholds.tolist())
    return (NEVER,) * intents


def _lowest_passing(
    predicted: NDArray[np.int64], confidence: NDArray[np.float32], correct: NDArray[np.bool_], intents: int, rate: float
) -> NDArray[np.float64]:
    """For each intent the last confidence of `GRID` whose `shrunk_upper` is within `rate`; shape (intents,)."""
    thresholds = np.full(intents, NEVER)
    for threshold in GRID:
        accepted = confidence >= np.float32(threshold)
        trials = np.bincount(predicted[accepted], minlength=intents)
        errors = np.bincount(predicted[accepted & ~correct], minlength=intents)
        if trials.sum():
            pooled = (float(errors.sum()) + 0.5) / (float(trials.sum()) + 1.0)
            upper = shrunk_upper(errors, trials, pooled, prior_strength(errors, trials))
            thresholds[upper <= rate] = threshold
    return thresholds
