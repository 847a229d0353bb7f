"""Labels of the examples that are probably wrong, and near-equal examples under different labels.

Confident learning (Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021), with our
own committee: each example is judged by models that have not seen it. It is suspected when another intent is at least
as likely as that intent is on average for its own examples, and likelier than the label it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.encoder import Encoder
from models.intent import fuse, softmax
from models.taxonomy import OUT_OF_SCOPE
from training.dataset import Dataset, Example
from training.fit import Progress, out_of_fold
from training.fusion import fit_fusion

NEAR = 0.95
"""Cosine from which two examples say the same."""


@dataclass(frozen=True)
class Suspect:
    """An example whose label is doubted. `suggested` is the intent that fits better, `confidence` how likely it is and
    `own` how likely the label is; `twin` an example that says nearly the same under `suggested`, if that is why."""

    example: Example
    suggested: str
    confidence: float
    own: float
    twin: Example | None = None

    def to_json(self) -> dict[str, object]:
        """The suspect as one line of a file."""
        return {
            "text": self.example.text, "label": self.example.label, "language": self.example.language,
            "file": self.example.file, "line": self.example.line, "suggested": self.suggested,
            "confidence": round(self.confidence, 4), "own": round(self.own, 4),
            "twin": self.twin.text if self.twin else None,
        }  # fmt: skip


def find_suspects(dataset: Dataset, encoders: Sequence[Encoder], *, seed: int = 0, progress: Progress) -> list[Suspect]:
    """The doubted examples, the most doubtful first. Equal data and seed give equal suspects."""
    held = out_of_fold(dataset, encoders, seed, progress)
    fusion = fit_fusion(held.scores, held.targets)
    confidences = softmax(fuse(held.scores, fusion))
    names = (*held.intents, OUT_OF_SCOPE)
    found = {
        row: Suspect(
            held.examples[row], names[other], float(confidences[row, other]), float(confidences[row, held.targets[row]])
        )
        for row, other in doubted(confidences, held.targets)
    }
    own = confidences[np.arange(len(held.targets)), held.targets]
    for pair in _twins(held.vectors, held.targets):
        row, twin = sorted(pair, key=lambda each: float(own[each]))  # the less likely label is the one to doubt
        if row not in found and twin not in found:
            found[row] = Suspect(
                held.examples[row], names[held.targets[twin]], float(confidences[row, held.targets[twin]]),
                float(confidences[row, held.targets[row]]), held.examples[twin],
            )  # fmt: skip
    return sorted(found.values(), key=lambda each: (each.own - each.confidence, each.example.place))


def doubted(confidences: NDArray[np.float32], targets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """(row, likelier class) of the rows whose label is doubted; see the module. `confidences`: (texts, classes)."""
    classes = confidences.shape[1]
    own = confidences[np.arange(len(targets)), targets]
    floors = np.array([own[targets == each].mean() if (targets == each).any() else 2.0 for each in range(classes)])
    likely = np.where(confidences >= floors, confidences, 0.0)
    best = likely.argmax(axis=1)
    rows = np.flatnonzero((likely.max(axis=1) > own) & (best != targets))
    return [(int(row), int(best[row])) for row in rows]


def _twins(vectors: NDArray[np.float32], targets: NDArray[np.int64]) -> list[tuple[int, int]]:
    pairs = []
    for start in range(0, len(vectors), 1_000):
        near = vectors[start : start + 1_000] @ vectors.T >= NEAR
        for row, other in np.argwhere(near).tolist():
            if start + row < other and targets[start + row] != targets[other]:
                pairs.append((start + row, other))
    return pairs
