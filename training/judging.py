"""A model before the judge: everything that is measured of it on messages it was not trained on, message by message."""

import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Classification
from models.preparation import prepare
from models.taxonomy import OUT_OF_SCOPE
from training.dataset import Dataset, Example
from training.evaluate import Report, evaluate
from training.metrics import ConfidenceBin, LabelFigures, by_label, reliability, roc

TIMED: Final = 200
"""Messages that are classified one by one to see how long it takes."""


@dataclass(frozen=True)
class Judged:
    """What was measured of a model.

    right          of every message: was it served rightly (its intent, or refused when out of scope)
    truth          of every message: its label; intents: those that the model knows
    by_label       precision, recall and F1 of every intent, and of out_of_scope, with the scope gate
    answered_alone by intent: the share answered automatically
    reliability    the calibration curve of in-scope messages
    roc            of the scope score
    p50_ms, p95_ms of one message alone; memory_mb  what loading it added to the process; size_mb  on the disk
    """

    report: Report
    right: NDArray[np.bool_]
    by_label: dict[str, LabelFigures]
    answered_alone: dict[str, float]
    reliability: tuple[ConfidenceBin, ...]
    roc: tuple[tuple[float, float], ...]
    p50_ms: float
    p95_ms: float
    memory_mb: float
    size_mb: float
    truth: tuple[str, ...] = ()
    intents: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `right` is left out, it is long."""
        return {
            "report": self.report.as_dict(),
            "by_label": {label: asdict(each) for label, each in self.by_label.items()},
            "answered_alone": self.answered_alone,
            "reliability": [asdict(each) for each in self.reliability],
            "roc": [list(each) for each in self.roc],
            "p50_ms": self.p50_ms, "p95_ms": self.p95_ms, "memory_mb": self.memory_mb, "size_mb": self.size_mb,
        }  # fmt: skip


def judge(folder: Path, dataset: Dataset) -> tuple[Bundle, Judged]:
    """Load the model in `folder` and measure it on `dataset`. Raises ModelError for one that can't be loaded."""
    before = _resident_mb()
    bundle = Bundle.load(folder)
    memory = _resident_mb() - before
    results = bundle.classify([prepare(e.text) for e in dataset.examples])
    p50, p95 = _times(bundle, dataset.examples)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    return bundle, judged_from(bundle, dataset, results, p50, p95, memory, size)


def judged_from(
    bundle: Bundle, dataset: Dataset, results: Sequence[Classification],
    p50_ms: float = 0.0, p95_ms: float = 0.0, memory_mb: float = 0.0, size_mb: float = 0.0,
) -> Judged:  # fmt: skip
    """The judgement of what the model made of each message."""
    truth = [e.label for e in dataset.examples]
    served = [r.ranking[0].intent if r.in_scope else OUT_OF_SCOPE for r in results]
    inside = np.array([label != OUT_OF_SCOPE for label in truth])
    confidence = np.array([r.ranking[0].confidence for r in results])
    first = np.array([r.ranking[0].intent == label for r, label in zip(results, truth, strict=True)])
    automatic = np.array([r.automatic for r in results])
    labels = np.array(truth)
    alone = {label: round(float(automatic[labels == label].mean()), 4) for label in sorted(set(truth))}
    return Judged(
        report=evaluate(bundle, dataset, results),
        right=np.array([a == b for a, b in zip(truth, served, strict=True)]),
        by_label=by_label(truth, served),
        answered_alone=alone,
        reliability=reliability(confidence[inside], first[inside]),
        roc=roc([r.scope_score for r in results], inside),
        p50_ms=round(p50_ms, 2), p95_ms=round(p95_ms, 2), memory_mb=round(memory_mb, 1), size_mb=round(size_mb, 1),
        truth=tuple(truth), intents=frozenset(bundle.manifest.intents),
    )  # fmt: skip


def _times(bundle: Bundle, examples: Sequence[Example]) -> tuple[float, float]:
    step = max(1, len(examples) // TIMED)
    seconds = []
    for example in examples[::step][:TIMED]:
        prepared = [prepare(example.text)]
        started = time.perf_counter()
        bundle.classify(prepared)
        seconds.append(time.perf_counter() - started)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return float(p50), float(p95)


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 2**20
    except (OSError, ValueError, IndexError):  # not Linux: the most it ever had
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
