"""New topics among messages that were not understood: groups of alike messages and the words typical of them.

Vectors of an encoder differ in many ways that do not matter for intents (tone, length, the object spoken of). What
varies *within* known intents is such noise, so directions are shrunk by it first (within-class covariance
normalisation, Hatch et al. 2006), then reduced to the main ones, then grouped by density with HDBSCAN (Campello et al.
2013), which leaves alone what belongs nowhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import Vectors, normalise_rows
from models.stems import split_words, stem

ALONE: Final = -1
LEAST: Final = 8
"""Messages of the smallest group. Of 8, 10 and 15 this finds most hidden topics of BANKING77 on splits that are not
reported."""
CORE: Final = 3
AXES: Final = 57
SHRINKAGE: Final = 0.1


@dataclass(frozen=True)
class Noise:
    """What does not matter: rows are turned by `turn` (dimension, dimension) after `centre` is taken off."""

    centre: NDArray[np.float32]
    turn: NDArray[np.float32]

    def without(self, vectors: Vectors) -> Vectors:
        """The vectors without what varies within intents, of length 1."""
        return normalise_rows((vectors - self.centre) @ self.turn)


def learn_noise(vectors: Vectors, labels: Sequence[str]) -> Noise:
    """What varies within the labelled groups; needs at least two examples of some label, otherwise nothing is noise."""
    centre = vectors.mean(axis=0)
    within = np.zeros((vectors.shape[1], vectors.shape[1]))
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    for chosen in rows.values():
        apart = vectors[chosen] - vectors[chosen].mean(axis=0)
        within += apart.T @ apart
    scale = float(np.trace(within)) / len(within)
    if scale <= 0.0:
        return Noise(centre.astype(np.float32), np.eye(len(within), dtype=np.float32))
    within = (1 - SHRINKAGE) * within + SHRINKAGE * scale * np.eye(len(within))
    values, directions = np.linalg.eigh(within / scale)
    turn = (directions / np.sqrt(values)) @ directions.T
    return Noise(centre.astype(np.float32), turn.astype(np.float32))


def group(vectors: Vectors, noise: Noise | None = None, *, least: int = LEAST) -> NDArray[np.int64]:
    """The group of each message from 0, largest first, or `ALONE`; shape (messages,). Equal input, equal groups.

    Takes about 2 seconds for 5,000 messages on one core.
    """
    if len(vectors) < 2 * least:
        # Too few to tell dense from sparse: what lies close together is one group.
        return _one_group(vectors, least)
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    plain = noise.without(vectors) if noise is not None else vectors
    axes = min(AXES, len(plain) - 1, plain.shape[1])
    turned = normalise_rows(PCA(axes, random_state=0).fit_transform(plain))
    found = HDBSCAN(min_cluster_size=least, min_samples=CORE, allow_single_cluster=False, copy=True).fit_predict(turned)
    sizes = Counter(found[found >= 0].tolist())
    order = {old: new for new, (old, _) in enumerate(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))}
    return np.array([order.get(int(each), ALONE) for each in found], dtype=np.int64)


def _one_group(vectors: Vectors, least: int, floor: float = 0.5) -> NDArray[np.int64]:
    alone = np.full(len(vectors), ALONE, dtype=np.int64)
    if len(vectors) < least:
        return alone
    near = vectors @ vectors.T >= floor
    chosen = near[int(near.sum(axis=1).argmax())]
    if int(chosen.sum()) >= least:
        alone[chosen] = 0
    return alone


def central(vectors: Vectors) -> NDArray[np.int64]:
    """The rows of one group, the most typical first."""
    centre = vectors.mean(axis=0)
    return np.asarray(np.argsort(-(vectors @ centre), kind="stable"), dtype=np.int64)


def typical_words(groups: Sequence[Sequence[str]], most: int = 4) -> list[tuple[str, ...]]:
    """For each group of texts the words that name it: frequent in it, rare in the others; as they were written most.

    Texts of everyday use as one more group keep words of no meaning out of the names.

    Class-based TF-IDF (Grootendorst, BERTopic, 2022) over stems, so that «тему» and «темы» count as one word.
    """
    counted: list[Counter[str]] = []
    written: dict[str, Counter[str]] = {}
    for texts in groups:
        stems: Counter[str] = Counter()
        for text in texts:
            for word in dict.fromkeys(each for each in split_words(text) if len(each) > 2 and each.isalpha()):
                root = stem(word)
                stems[root] += 1
                written.setdefault(root, Counter())[word] += 1
        counted.append(stems)
    everywhere = sum(counted, Counter())
    average = max(sum(everywhere.values()) / max(len(groups), 1), 1.0)
    named = []
    for texts, stems in zip(groups, counted, strict=True):
        scores = {
            root: (times / max(len(texts), 1)) * log(1 + average / everywhere[root])
            for root, times in stems.items()
            if times >= 2 or len(texts) < 4
        }
        best = sorted(scores, key=lambda root: (-scores[root], root))[:most]
        named.append(tuple(written[root].most_common(1)[0][0] for root in best))
    return named
