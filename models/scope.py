"""Is a message one we serve at all? Energy of the committee, and what it learned from messages that are not.

Energy (log-sum-exp of the logits; Liu et al. 2020) is low where every intent is unlikely. When the training data
has out-of-scope messages they are one more class of the committee, and a logistic regression on out-of-fold
predictions joins both signals.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.intent import Scores, log_sum_exp


@dataclass(frozen=True)
class ScopeGate:
    """`weights` of the signals (see `signals`) and `threshold`: a message is in scope from there on."""

    weights: NDArray[np.float32]
    threshold: float

    def score(self, logits: Scores, intents: int) -> NDArray[np.float32]:
        """Scope scores, shape (texts,); higher is more in scope. The scale is the artifact's own."""
        return np.asarray(signals(logits, intents) @ self.weights, dtype=np.float32)


def signals(logits: Scores, intents: int) -> NDArray[np.float32]:
    """Shape (texts, 2): the energy of the first `intents` columns, and its lead over the out-of-scope column (or 0)."""
    energy = log_sum_exp(logits[:, :intents])
    lead = energy - logits[:, intents] if logits.shape[1] > intents else np.zeros_like(energy)
    return np.stack([energy, lead], axis=1)
