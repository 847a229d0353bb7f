"""Which examples are held out. The same message twice, or nearly, never stands on both sides."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.likeness import grouping_key

ALWAYS_TRAIN: Final = -1


def assign_folds(labels: Sequence[str], texts: Sequence[str], folds: int, seed: int) -> NDArray[np.int64]:
    """A fold from 0 to `folds` - 1 for each example, stratified by label; shape (examples,).

    Groups of equal `grouping_key` stay together. A label whose examples are all one group gets `ALWAYS_TRAIN`, because
    holding it out would leave a model that has never seen it.
    """
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        groups.setdefault(grouping_key(text), []).append(index)
    by_label: dict[str, list[list[int]]] = {}
    for members in groups.values():
        by_label.setdefault(labels[members[0]], []).append(members)
    assigned = np.full(len(labels), ALWAYS_TRAIN, dtype=np.int64)
    for label in sorted(by_label):
        own = by_label[label]
        if len(own) < 2:
            continue
        offset = int(rng.integers(folds))  # else every small class would fill fold 0 first
        for position, group in enumerate(rng.permutation(len(own))):
            assigned[own[group]] = (position + offset) % folds
    for label in set(labels):  # a group can hold two labels: make sure no label is held out whole
        rows = np.flatnonzero([one == label for one in labels])
        if len(set(assigned[rows].tolist())) == 1:
            assigned[rows] = ALWAYS_TRAIN
    return assigned
