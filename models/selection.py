"""Which messages are worth a person's time: pure arithmetic, the same for the review queue and for its benchmark."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import Vectors
from models.intent import Scores

CANDIDATES_A_CHOICE: Final = 20
"""So many of the worthiest are considered for each one that is chosen."""


def uncertainty(confidences: Scores) -> NDArray[np.float32]:
    """One minus the lead of the best over the second best, 0 (sure) to 1 (a tie); shape (texts,).

    `confidences`: shape (texts, classes), at least one class. Margin sampling: Scheffer et al. 2001.
    """
    if confidences.shape[1] < 2:
        return np.zeros(len(confidences), dtype=np.float32)
    best = np.partition(confidences, -2, axis=1)[:, -2:]
    return np.asarray(1.0 - (best[:, 1] - best[:, 0]), dtype=np.float32)


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
