"""Which intent a message has: members that each see it their own way, and their late fusion.

Every member gives one number an intent. The committee adds them up with weights, which is a product of experts
(logarithmic opinion pool; Heskes 1998), and softmax over the sum is the confidence. Weights come from out-of-fold
predictions by log-loss, so their overall size is the inverse temperature (Guo et al. 2017) at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.encoder import Vectors, normalise_rows
from models.lexical import Vocabulary

Scores: TypeAlias = NDArray[np.float32]
"""Shape (texts, classes)."""

KERNEL_FLOOR: Final = 0.02
"""What a kernel member's estimate of a probability is kept above before its logarithm is taken."""


class Member(Protocol):
    """One way to see a message. `score` gives shape (texts, classes); larger is likelier, the scale is the member's."""

    def score(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> Scores: ...


@dataclass(frozen=True)
class LinearMember:
    """Multinomial logistic regression over one encoder's vectors: weights (dimension, classes), bias (classes,)."""

    encoder: int
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def score(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> Scores:
        return np.asarray(vectors[self.encoder] @ self.weights + self.bias, dtype=np.float32)


def gaussian_kernel(left: Vectors, right: Vectors, gamma: float) -> NDArray[np.float32]:
    """exp(-gamma * |a - b|^2) for unit rows; shape (left, right)."""
    products = left @ right.T
    products -= 1.0
    products *= 2.0 * gamma
    return np.asarray(np.exp(products, out=products), dtype=np.float32)


@dataclass(frozen=True)
class KernelMember:
    """Kernel ridge regression to 0/1 targets over one encoder's vectors; the score is the log of the estimate.

    `projection` (dimension, kept) turns vectors to their principal axes and keeps the first, which is most of the time
    and memory saved; `landmarks` (m, kept) are all training vectors so turned, or a sample (Nystroem; Williams &
    Seeger 2001); `weights` (m, classes). Least squares on 0/1 targets estimates the probability of each class.
    """

    encoder: int
    gamma: float
    projection: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    weights: NDArray[np.float32]

    def score(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> Scores:
        turned = normalise_rows(vectors[self.encoder] @ self.projection)
        estimate = gaussian_kernel(turned, self.landmarks, self.gamma) @ self.weights
        return np.asarray(np.log(np.maximum(estimate, 0.0) + KERNEL_FLOOR), dtype=np.float32)


@dataclass(frozen=True)
class LexicalMember:
    """Linear support vector machine over spelling: weights (features, classes), bias (classes,); margins."""

    vocabulary: Vocabulary
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def score(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> Scores:
        if len(texts) == 1:  # without the cost of building a sparse matrix
            columns, values = self.vocabulary.row(texts[0])
            return np.asarray(values @ self.weights[columns] + self.bias, dtype=np.float32)[None, :]
        return np.asarray(self.vocabulary.transform(texts) @ self.weights + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Committee:
    """Members and their weights in the fusion (one a member, positive)."""

    members: tuple[Member, ...]
    fusion: NDArray[np.float32]

    def hear(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> list[Scores]:
        """What each member says by itself, each of shape (texts, classes)."""
        return [member.score(texts, vectors) for member in self.members]

    def score(self, texts: Sequence[str], vectors: Sequence[Vectors]) -> Scores:
        """Fused logits, shape (texts, classes); their softmax is calibrated."""
        return fuse(self.hear(texts, vectors), self.fusion)


def fuse(scores: Sequence[Scores], fusion: NDArray[np.float32]) -> Scores:
    """Weighted sum of the members' scores."""
    total = np.zeros_like(scores[0])
    for weight, score in zip(fusion, scores, strict=True):
        total += weight * score
    return total


def disagreement(scores: Sequence[Scores], chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    """Share of the members, 0 to 1, whose own best class is not the `chosen` column; shape (texts,)."""
    others = [member.argmax(axis=1) != chosen for member in scores]
    return np.asarray(np.mean(others, axis=0, dtype=np.float32), dtype=np.float32)


def log_sum_exp(scores: Scores) -> NDArray[np.float32]:
    """log(sum(exp(row))) of each row, without overflow."""
    top = scores.max(axis=1)
    return np.asarray(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)), dtype=np.float32)


def softmax(scores: Scores) -> Scores:
    """Rows that sum to 1."""
    return np.asarray(np.exp(scores - log_sum_exp(scores)[:, None]), dtype=np.float32)
