"""A model that grows from another one: trained on all its data and a little more, in half the time.

What costs time is fitting everything again without each fold, to learn what the model makes of messages it has not
seen. Of nearly the same data that says nearly the same, so the weights of the members, the scope gate and the
thresholds of known intents are taken over; one fold is fitted, for the figures and for the thresholds of new intents.
The members themselves are always fitted on everything. Whether the promise still holds is for the gate to see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact import read_artifact
from models.encoder import Encoder
from models.errors import DataError
from models.scope import ScopeGate
from training.judgement import Learned, Unseen, measure

FOLDS = 5
"""One of so many is held out."""


@dataclass(frozen=True)
class Taken:
    """What is taken over: weights of the members, the gate, thresholds by intent, and from which version."""

    version: str
    fusion: NDArray[np.float32]
    gate: ScopeGate
    thresholds: dict[str, float]
    out_of_scope: bool
    encoders: tuple[str, ...]
    error_rate: float


def take_over(folder: Path) -> Taken:
    """Read what can be taken over from the model in `folder`. Raises ArtifactError."""
    manifest, arrays, _ = read_artifact(folder)
    return Taken(
        manifest.version, np.array([each.fusion for each in manifest.members], dtype=np.float32),
        ScopeGate(arrays["scope.weights"], manifest.scope_threshold), manifest.thresholds,
        manifest.out_of_scope_class, tuple(each.name for each in manifest.encoders), manifest.error_rate,
    )  # fmt: skip


def check_fits(
    taken: Taken | None, encoders: Sequence[Encoder], intents: Sequence[str], out_of_scope: bool, rate: float
) -> None:
    """Raise DataError, saying what differs, when a model of this data can't grow from that one."""
    if taken is None:
        return
    gone = sorted(set(taken.thresholds) - set(intents))
    differs = (
        f"its encoders are {', '.join(taken.encoders)}" if taken.encoders != tuple(e.name for e in encoders)
        else f"it was made for {taken.error_rate:.1%} wrong answers" if taken.error_rate != rate
        else "only one of the two knows what is out of scope" if taken.out_of_scope != out_of_scope
        else f"the data has no example of {', '.join(gone[:5])} any more" if gone else None
    )  # fmt: skip
    if differs:
        raise DataError(f"the model can't grow from {taken.version}: {differs}; train it in full")


def learn_little(held_out: Unseen, taken: Taken, intents: Sequence[str], error_rate: float) -> Learned:
    """What was taken over, with thresholds of new intents and all figures from the messages held out."""
    fresh, metrics = measure(held_out, taken.fusion, taken.gate, error_rate)
    thresholds = tuple(taken.thresholds.get(intent, own) for intent, own in zip(intents, fresh, strict=True))
    return Learned(taken.fusion, taken.gate, thresholds, metrics)
