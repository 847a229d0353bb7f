"""From which confidence an intent may be answered without a person.

The owner sets an error rate. For each intent the threshold is the lowest confidence whose error rate, judged on
out-of-fold predictions, is below it with 90 % certainty (one-sided). The judgement is Bayesian and shared between
intents: errors of an intent are binomial; their rate has a Beta prior whose mean is the pooled rate of all intents at
that confidence and whose strength says how alike intents are (method of moments of the beta-binomial; empirical
Bayes, Casella 1985). An intent with few examples is judged by the pool, one with many by itself. Thresholds are tried
from strict to lax and the search stops at the first failure (fixed-sequence testing, as in Learn then Test,
Angelopoulos et al. 2021), so that trying many does not find a lucky one. The pool itself must pass the Clopper-Pearson
bound at 95 %.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

NEVER: Final = 1.01
"""A threshold no confidence reaches: the intent always goes to a person."""
CERTAINTY: Final = 0.90
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


def shrunk_upper(errors: int, trials: int, pooled_rate: float, strength: float) -> float:
    """Upper end of the one-sided `CERTAINTY` interval of the rate, with prior Beta(pooled_rate, strength)."""
    from scipy.special import betaincinv

    a = pooled_rate * strength + errors
    b = (1.0 - pooled_rate) * strength + trials - errors
    return float(betaincinv(a, b, CERTAINTY)) if a > 0 else 0.0


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
    thresholds = [NEVER] * intents
    open_intents = set(range(intents))
    for threshold in GRID:
        accepted = confidence >= threshold
        trials = np.bincount(predicted[accepted], minlength=intents)
        errors = np.bincount(predicted[accepted & ~correct], minlength=intents)
        all_errors, all_trials = int(errors.sum()), int(trials.sum())
        if all_trials == 0:
            continue
        if clopper_pearson_upper(all_errors, all_trials) > rate:
            # Too few yet to tell is no failure; a pooled rate above the promise is.
            if all_errors / all_trials > rate or all_trials > 3 / rate:
                break
            continue
        strength = prior_strength(errors, trials)
        pooled = (all_errors + 0.5) / (all_trials + 1)
        for intent in tuple(open_intents):
            if shrunk_upper(int(errors[intent]), int(trials[intent]), pooled, strength) <= rate:
                thresholds[intent] = threshold
            elif trials[intent]:
                open_intents.discard(intent)
    return tuple(thresholds)
