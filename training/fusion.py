"""What is learned from out-of-fold predictions: the weights of the members, and the scope gate."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.intent import Scores
from models.scope import ScopeGate, signals

SCOPE_RECALL: Final = 0.95
"""Share of the in-scope messages the scope gate lets through on messages not trained on: the customary point. Of later
messages it lets more through, because the final model has seen more examples than the models of the folds."""


def fit_fusion(scores: Sequence[Scores], targets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Positive weights that minimise the log-loss of softmax(sum of weight * scores); convex in the weights.

    `scores`: one array (texts, intents) a member, out of fold; `targets`: columns. The same weights calibrate the
    confidence: there is no separate temperature.
    """
    stacked = np.stack([s.astype(np.float64) for s in scores])
    rows = np.arange(len(targets))
    start = np.log([1.0 / max(float(s.std()), 1e-6) for s in stacked])

    def loss(log_weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = np.exp(log_weights)
        logits = np.tensordot(weights, stacked, axes=1)
        logits -= logits.max(axis=1, keepdims=True)
        probabilities = np.exp(logits)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        value = -float(np.log(np.maximum(probabilities[rows, targets], 1e-300)).mean())
        probabilities[rows, targets] -= 1.0
        slopes = np.array([float((probabilities * s).sum()) for s in stacked]) / len(targets)
        # A faint pull to the start: with a handful of examples the best weight may be infinite.
        pull = log_weights - start
        return value + 1e-4 * float(pull @ pull), slopes * weights + 2e-4 * pull

    found = minimize(loss, start, jac=True, method="L-BFGS-B")
    return np.asarray(np.exp(found.x), dtype=np.float32)


def fit_scope(logits: Scores, inside: NDArray[np.bool_], intents: int, recall: float = SCOPE_RECALL) -> ScopeGate:
    """Scope gate from out-of-fold fused logits; `inside` tells the in-scope messages.

    With out-of-scope messages in the data the weights are a logistic regression in which both kinds count the same;
    without any the score is the energy. The threshold lets `recall` of the in-scope messages through.
    """
    weights = np.array([1.0, 0.0], dtype=np.float32)
    if not inside.all():
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1_000)
        weights = model.fit(signals(logits, intents), inside).coef_[0].astype(np.float32)
    scores = ScopeGate(weights, 0.0).score(logits, intents)
    return ScopeGate(weights, float(np.quantile(scores[inside], 1.0 - recall)))
