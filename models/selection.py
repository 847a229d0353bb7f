"""Which messages are worth a person's time: pure arithmetic, the same for the review queue and for its benchmark."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import Vectors
from models.intent import Scores

CANDIDATES_A_CHOICE: Final = 10
"""So many of the worthiest are considered for each one that is chosen."""
NEIGHBOURS: Final = 20
SHARPNESS: Final = 8.0
"""How soon a neighbour counts for less: at a cosine of 0.9 it counts 0.45, at 0.7 it counts 0.09."""
_AT_ONCE: Final = 500


def uncertainty(confidences: Scores) -> NDArray[np.float32]:
    """One minus the lead of the best over the second best, 0 (sure) to 1 (a tie); shape (texts,).

    `confidences`: shape (texts, classes), at least one class. Margin sampling: Scheffer et al. 2001.
    """
    if confidences.shape[1] < 2:
        return np.zeros(len(confidences), dtype=np.float32)
    best = np.partition(confidences, -2, axis=1)[:, -2:]
    return np.asarray(1.0 - (best[:, 1] - best[:, 0]), dtype=np.float32)


@dataclass(frozen=True)
class Neighbourhood:
    """The nearest others of each message: their rows, and how much each counts, 0 to 1; both (messages, at most 20)."""

    rows: NDArray[np.int64]
    shares: NDArray[np.float32]


def neighbourhood(vectors: Vectors) -> Neighbourhood:
    """The `NEIGHBOURS` nearest of each of `vectors` (unit rows); 0.5 s for 5,000 on one core, 2 s for 10,000."""
    count = len(vectors)
    near = max(0, min(NEIGHBOURS, count - 1))
    rows, shares = np.zeros((count, near), dtype=np.int64), np.zeros((count, near), dtype=np.float32)
    for start in range(0, count if near else 0, _AT_ONCE):
        cosines = vectors[start : start + _AT_ONCE] @ vectors.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        nearest = np.argpartition(cosines, -near, axis=1)[:, -near:]
        rows[start : start + _AT_ONCE] = nearest
        shares[start : start + _AT_ONCE] = np.exp(SHARPNESS * (np.take_along_axis(cosines, nearest, axis=1) - 1.0))
    return Neighbourhood(rows, shares)


def with_neighbours(worth: NDArray[np.float32], around: Neighbourhood) -> NDArray[np.float32]:
    """The worth of each message when the worth that lies around it is counted in; never less than its own.

    A label among many doubtful messages settles them too; one far from all others, which are often wrong or nobody's
    concern, settles nothing else. Information density: Settles and Craven, "An analysis of active learning strategies
    for sequence labeling tasks", 2008, with the density of doubt instead of that of messages.
    """
    return np.asarray(worth * (1.0 + (around.shares * worth[around.rows]).sum(axis=1)), dtype=np.float32)


def choose(worth: NDArray[np.float32], vectors: Vectors, count: int, seed: int = 0) -> NDArray[np.int64]:
    """Rows to label next, worthiest first, at most `count`: worth a lot and different from each other.

    The worthiest `CANDIDATES_A_CHOICE * count` are put into `count` groups by k-means in which worth is weight, and the
    worthiest of each group is taken (Zhdanov, "Diverse mini-batch active learning", 2019). Equal input, equal choice.
    """
    order = np.argsort(-worth, kind="stable")[: CANDIDATES_A_CHOICE * count]
    if len(order) <= count:
        return np.asarray(order, dtype=np.int64)
    from sklearn.cluster import MiniBatchKMeans  # half a second to import, which serving never needs

    weights = np.maximum(worth[order], 1e-3)
    groups = MiniBatchKMeans(count, random_state=seed, n_init=1, batch_size=1024).fit_predict(
        vectors[order], sample_weight=weights
    )
    _, firsts = np.unique(groups, return_index=True)  # `order` is by worth: the first of a group is its worthiest
    chosen = np.sort(firsts)
    if len(chosen) < count:
        chosen = np.sort(np.concatenate([chosen, np.setdiff1d(np.arange(len(order)), chosen)[: count - len(chosen)]]))
    return np.asarray(order[chosen], dtype=np.int64)
