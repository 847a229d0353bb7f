import numpy as np
import pytest
from scipy.stats import beta, binom

from models.calibration import (
    CERTAINTY,
    NEVER,
    STRENGTH,
    clopper_pearson_upper,
    fit_thresholds,
    prior_strength,
    shrunk_upper,
)


def _messages(error_rates: list[float], count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`count` predictions an intent; each intent errs at its rate at confidence 0.9, and always at confidence 0.4."""
    rng = np.random.default_rng(seed)
    predicted = np.repeat(np.arange(len(error_rates)), count)
    sure = rng.random(len(predicted)) < 0.8
    confidence = np.where(sure, 0.9, 0.4).astype(np.float32)
    correct = sure & (rng.random(len(predicted)) >= np.repeat(error_rates, count))
    return predicted, confidence, correct


def test_clopper_pearson_is_the_rate_at_which_so_few_errors_become_unlikely() -> None:
    upper = clopper_pearson_upper(3, 100, 0.95)
    assert binom.cdf(3, 100, upper) == pytest.approx(0.05, abs=1e-6)
    assert clopper_pearson_upper(0, 59) < 0.05 < clopper_pearson_upper(0, 58)
    assert clopper_pearson_upper(0, 0) == clopper_pearson_upper(5, 5) == 1.0


def test_the_bound_of_an_intent_is_a_quantile_of_the_posterior() -> None:
    upper = shrunk_upper(np.array([2]), np.array([40]), 0.02, 50.0)
    assert upper[0] == pytest.approx(beta.ppf(CERTAINTY, 1 + 2, 49 + 38))


def test_an_intent_without_messages_is_judged_by_the_pool() -> None:
    few, none, many = shrunk_upper(np.array([0, 0, 0]), np.array([3, 0, 500]), 0.03, 30.0)
    assert none > few > many
    assert none == pytest.approx(beta.ppf(CERTAINTY, 0.9, 29.1))


def test_alike_intents_share_more_than_unlike_ones() -> None:
    trials = np.full(40, 50)
    alike = np.random.default_rng(0).binomial(trials, 0.1)
    unlike = np.array([0, 25] * 20)
    assert prior_strength(unlike, trials) == STRENGTH[0]
    assert prior_strength(alike, trials) > 3 * STRENGTH[0]
    assert prior_strength(np.zeros(40, dtype=np.int64), trials) == STRENGTH[1]


def test_a_good_intent_answers_and_a_bad_one_never_does() -> None:
    thresholds = fit_thresholds(*_messages([0.0, 0.01, 0.5], 400), 3, 0.05)
    assert max(thresholds[:2]) <= 0.9
    assert min(thresholds[:2]) > 0.4
    assert thresholds[2] == NEVER


def test_answers_together_keep_the_promise_on_new_messages() -> None:
    rates = list(np.linspace(0.0, 0.2, 40))
    thresholds = np.array(fit_thresholds(*_messages(rates, 60), 40, 0.05), dtype=np.float32)
    predicted, confidence, correct = _messages(rates, 2_000, seed=1)
    answered = confidence >= thresholds[predicted]
    assert answered.mean() > 0.1
    assert (~correct[answered]).mean() < 0.05


def test_few_messages_promise_nothing() -> None:
    predicted = np.zeros(20, dtype=np.int64)
    thresholds = fit_thresholds(predicted, np.full(20, 0.99, dtype=np.float32), np.ones(20, dtype=bool), 1, 0.05)
    assert thresholds == (NEVER,)


def test_a_stricter_promise_answers_less() -> None:
    messages = _messages([0.01, 0.03, 0.06, 0.1], 500)
    answered = []
    for rate in (0.01, 0.05, 0.2):
        thresholds = np.array(fit_thresholds(*messages, 4, rate), dtype=np.float32)
        answered.append(int((messages[1] >= thresholds[messages[0]]).sum()))
    assert answered == sorted(answered)
    assert answered[0] < answered[-1]


def test_no_messages_at_all_is_no_error() -> None:
    empty = np.zeros(0)
    assert fit_thresholds(empty.astype(np.int64), empty.astype(np.float32), empty.astype(bool), 2, 0.05) == (NEVER,) * 2
