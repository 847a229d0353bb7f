"""Thresholds and temperature come from messages nobody trained on: held-out examples and a validation set."""

import numpy as np
import pytest

from models.errors import DataError
from training.judgement import Unseen, learn

INTENTS = 4


def made(count: int, accuracy: float, seed: int, sharp: float = 6.0) -> Unseen:
    """Scores of one member that is right for this share of the messages; a tenth of them out of scope."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, INTENTS, count)
    said = np.where(rng.random(count) < accuracy, targets, (targets + 1) % INTENTS)
    scores = rng.normal(0, 1, (count, INTENTS + 1)).astype(np.float32)
    scores[np.arange(count), said] += np.where(said == targets, sharp, 2.0)  # less sure where it is wrong
    outside = rng.random(count) < 0.1
    scores[outside] = rng.normal(0, 1, (int(outside.sum()), INTENTS + 1))
    return Unseen([scores], np.where(outside, INTENTS, targets), INTENTS)


def test_without_validation_the_examples_alone_decide() -> None:
    learned = learn(made(2000, 0.97, 1), None, 0.05)
    assert "validation" not in learned.metrics
    assert learned.metrics["error_rate"] <= 0.05
    assert len(learned.thresholds) == INTENTS


def test_a_better_validation_set_answers_more_within_the_promise() -> None:
    gloomy = made(2000, 0.80, 2)
    alone = learn(gloomy, None, 0.05)
    helped = learn(gloomy, made(1500, 0.99, 3), 0.05)
    assert helped.metrics["coverage"] > alone.metrics["coverage"]
    assert helped.metrics["error_rate"] <= 0.05
    assert helped.metrics["validation"] == 1500


def test_accuracy_is_reported_out_of_fold_whatever_the_validation_set_says() -> None:
    gloomy = made(2000, 0.80, 2)
    figures = [learn(gloomy, other, 0.05).metrics["accuracy"] for other in (None, made(500, 0.99, 3))]
    assert figures[0] == pytest.approx(figures[1])


def test_the_same_seed_draws_the_same_messages() -> None:
    first, second = (learn(made(900, 0.9, 4), made(300, 0.95, 5), 0.05, seed=7) for _ in range(2))
    assert first.thresholds == second.thresholds
    assert first.fusion.tolist() == second.fusion.tolist()


def test_nothing_held_out_is_an_error_that_says_what_to_do() -> None:
    nothing = Unseen([np.zeros((3, INTENTS + 1), dtype=np.float32)], np.full(3, INTENTS), INTENTS)
    with pytest.raises(DataError, match="add examples"):
        learn(nothing, None, 0.05)
