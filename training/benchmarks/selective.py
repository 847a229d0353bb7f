"""Answering alone under a promise: how many messages, at most 5 % and at most 2 % of the answers being wrong?

    python -m training.benchmarks.selective --data PATH/banking77
    python -m training.benchmarks.selective --data PATH/clinc150

A model is trained once on the official training part. The messages it has not seen are then split twenty times at
random into validation and test; confidence thresholds are fitted on validation alone, coverage and wrong answers are
counted on test alone. BANKING77 has no validation part: its test part is halved. Of CLINC150 validation and test parts
are pooled and split in their own proportion, messages out of scope included: answering one of those is wrong.

The promise holds in a split when so many wrong answers, or more, come with a chance of 5 % or more if the true rate is
the promised one (exact binomial).
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.calibration import fit_thresholds
from models.encoder import load_encoders
from models.preparation import prepare
from models.taxonomy import OUT_OF_SCOPE
from training.benchmarks.record import RESULTS, save
from training.dataset import Dataset, Example, load_dataset
from training.drawing import Axis, Line, draw
from training.fit import fit
from training.metrics import automation
from training.report import Table, percent

MODULE: Final = "training.benchmarks.selective"
RATES: Final = (0.05, 0.02)
SPLITS: Final = 20
_COLUMNS: Final = (
    "promised", "coverage (least)", "wrong, mean (most)", "splits in which the promise holds", "splits at or under it",
)  # fmt: skip


@dataclass(frozen=True)
class Suite:
    """What is trained on, what is split, and which share of that is validation."""

    name: str
    train: Dataset
    unseen: Dataset
    validation_share: float


@dataclass(frozen=True)
class Scored:
    """The unseen messages as the model sees them; columns are its intents. `targets` -1: out of scope or unknown."""

    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]
    passed: NDArray[np.bool_]
    targets: NDArray[np.int64]
    inside: NDArray[np.bool_]
    intents: int


def load_suite(folder: Path) -> Suite:
    """BANKING77 or CLINC150, by the files in the folder. Raises DataError when it is neither."""
    file = folder / "data_full.json"
    if not file.is_file():
        test = load_dataset(folder / "test.csv")
        return Suite("BANKING77", load_dataset(folder / "train.csv"), test, 0.5)
    parts = json.loads(file.read_text(encoding="utf-8"))

    def dataset(*names: str) -> Dataset:
        rows = [(text, label) for name in names for text, label in parts[name]]
        return Dataset(tuple(Example(text, OUT_OF_SCOPE if label == "oos" else label) for text, label in rows))

    unseen = dataset("val", "oos_val", "test", "oos_test")
    share = len(dataset("val", "oos_val").examples) / len(unseen.examples)
    return Suite("CLINC150", dataset("train", "oos_train"), unseen, share)


def score(bundle: Bundle, dataset: Dataset) -> Scored:
    """Classify every message."""
    column = {intent: place for place, intent in enumerate(bundle.manifest.intents)}
    results = bundle.classify([prepare(e.text) for e in dataset.examples])
    return Scored(
        np.array([column[r.ranking[0].intent] for r in results], dtype=np.int64),
        np.array([r.ranking[0].confidence for r in results], dtype=np.float32),
        np.array([r.in_scope for r in results]),
        np.array([column.get(e.label, -1) for e in dataset.examples], dtype=np.int64),
        np.array([e.label != OUT_OF_SCOPE for e in dataset.examples]),
        len(column),
    )


def one_split(scored: Scored, validation: NDArray[np.int64], test: NDArray[np.int64], rate: float) -> dict[str, Any]:
    """Thresholds from the rows `validation`, figures from the rows `test`."""
    from scipy.special import bdtrc

    correct = scored.predicted == scored.targets
    known = validation[scored.passed[validation]]
    thresholds = np.array(
        fit_thresholds(scored.predicted[known], scored.confidence[known], correct[known], scored.intents, rate),
        dtype=np.float32,
    )
    alone = scored.passed[test] & (scored.confidence[test] >= thresholds[scored.predicted[test]])
    found = automation(alone, correct[test], scored.inside[test])
    wrong = round(found.error_rate * found.answers)
    chance = float(bdtrc(wrong - 1, found.answers, rate)) if wrong else 1.0
    return {
        "coverage": round(found.coverage, 5), "error_rate": round(found.error_rate, 5), "answers": found.answers,
        "wrong": wrong, "chance": round(chance, 5),
    }  # fmt: skip


def run(suite: Suite, spec: str, splits: int, seed: int) -> dict[str, Any]:
    """Train once, split again and again."""
    encoders = load_encoders(spec)
    with tempfile.TemporaryDirectory() as folder:
        fit(suite.train, encoder=encoders, out=Path(folder) / "model", seed=seed)
        scored = score(Bundle.load(Path(folder) / "model", encoders=encoders), suite.unseen)
    count = len(suite.unseen.examples)
    middle = round(count * suite.validation_share)
    results: dict[str, Any] = {}
    for rate in RATES:
        rows = []
        for number in range(splits):
            order = np.random.default_rng(seed + number).permutation(count)
            rows.append(one_split(scored, order[:middle], order[middle:], rate))
        results[str(rate)] = rows
    return {"data": suite.name, "encoder": spec, "validation": middle, "test": count - middle, "splits": results}


def summary(rate: float, rows: Sequence[dict[str, Any]]) -> list[str]:
    """One row of the table."""
    coverage, wrong = [each["coverage"] for each in rows], [each["error_rate"] for each in rows]
    holds = sum(each["chance"] >= 0.05 for each in rows)
    under = sum(each["error_rate"] <= rate for each in rows)
    return [
        f"{percent(rate)} %", f"{percent(float(np.mean(coverage)))} ({percent(min(coverage))}) %",
        f"{percent(float(np.mean(wrong)))} ({percent(max(wrong))}) %", f"{holds} of {len(rows)}",
        f"{under} of {len(rows)}",
    ]  # fmt: skip


def plot(result: dict[str, Any]) -> str:
    """Each split as a point: wrong answers by coverage, with the promises as lines."""
    lines = []
    for rate, rows in result["splits"].items():
        points = sorted((each["coverage"], each["error_rate"]) for each in rows)
        lines.append(Line(f"at most {float(rate):.0%}", points, dots=True))
        lines.append(Line(f"{float(rate):.0%} promised", [(0.0, float(rate)), (1.0, float(rate))], dashed=True))
    return draw(f"{result['data']}: twenty splits", lines, Axis("coverage"), Axis("wrong answers", 0.0, 0.1))


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Coverage under a promised share of wrong answers")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77 or CLINC150")
    parser.add_argument("--encoder", default="use")
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    result = run(load_suite(options.data), options.encoder, options.splits, options.seed)
    name = f"selective_{options.data.name}"
    rows = [summary(float(rate), found) for rate, found in result["splits"].items()]
    table = Table(f"Answering alone: {result['data']}", _COLUMNS, rows)
    note = (
        f"{result['validation']} validation, {result['test']} test messages a split; thresholds from validation only."
    )
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / f"{name}.svg").write_text(plot(result) + "\n", encoding="utf-8")
    print(save(name, MODULE, result, table, note, options.results))
    print(table.markdown())


if __name__ == "__main__":
    main()
