"""Intent benchmarks on public data: train on the official training part, report the official test part.

    python -m training.benchmarks.intents --data PATH/banking77
    python -m training.benchmarks.intents --data PATH/clinc150 --encoder use,sentence-transformers:PATH

Nothing is chosen on a test part: hyper-parameters are constants (training/heads.py), and weights, scope gate and
thresholds are learned from out-of-fold predictions of the training part, as for any other data.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.bundle import Bundle
from models.encoder import load_encoders
from models.errors import DataError
from models.taxonomy import OUT_OF_SCOPE
from training.benchmarks.record import RESULTS, save
from training.dataset import Dataset, Example, load_dataset
from training.evaluate import Report, evaluate
from training.fit import fit
from training.report import Table

MODULE: Final = "training.benchmarks.intents"
_COLUMNS: Final = (
    "data", "encoder", "accuracy", "macro F1", "OOS AUROC", "in-scope / OOS recall at the threshold",
    "coverage", "wrong answers (promised)", "ECE", "training (processor)", "test n",
)  # fmt: skip


@dataclass(frozen=True)
class Suite:
    """A training and a test part."""

    name: str
    train: Dataset
    test: Dataset


def banking77(folder: Path) -> Iterator[Suite]:
    """Full training data, then 10 and 5 examples an intent."""
    test = load_dataset(folder / "test.csv")
    for name, file in (("full", "train"), ("10-shot", "train_10_shot"), ("5-shot", "train_5_shot")):
        if (folder / f"{file}.csv").is_file():
            yield Suite(f"BANKING77 {name}", load_dataset(folder / f"{file}.csv"), test)


def clinc150(folder: Path) -> Iterator[Suite]:
    """Training data with its 100 out-of-scope messages; test data with 1,000."""
    file = folder / "data_full.json"
    parts = json.loads(file.read_text(encoding="utf-8"))

    def dataset(*names: str) -> Dataset:
        rows = [(text, label) for name in names for text, label in parts[name]]
        return Dataset(
            tuple(Example(t, OUT_OF_SCOPE if label == "oos" else label, file=str(file)) for t, label in rows)
        )

    yield Suite("CLINC150", dataset("train", "oos_train"), dataset("test", "oos_test"))


def suites(folder: Path) -> Iterator[Suite]:
    """The suites of a folder, by the files in it. Raises DataError when it holds neither data set."""
    if (folder / "data_full.json").is_file():
        return clinc150(folder)
    if (folder / "test.csv").is_file():
        return banking77(folder)
    raise DataError("holds neither BANKING77 (train.csv, test.csv) nor CLINC150 (data_full.json)", folder)


def run(suite: Suite, spec: str, seed: int) -> dict[str, Any]:
    """Train, test; a plain dict with the figures and the seconds of training (encode + fit + calibrate)."""
    encoders = load_encoders(spec)  # loading weights is not training
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model"
        started, used = time.perf_counter(), time.process_time()
        manifest = fit(suite.train, encoder=encoders, out=out, seed=seed)
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        report = evaluate(Bundle.load(out, encoders=encoders), suite.test)
    return {
        "data": suite.name,
        "encoder": ", ".join("/".join(Path(e.name).parts[-2:]) for e in encoders),
        "train_n": len(suite.train.examples),
        "training_seconds": round(seconds, 1),
        "training_processor_seconds": round(processor, 1),
        "fusion": [[m.kind, m.encoder, round(m.fusion, 4)] for m in manifest.members],
        "out_of_fold": manifest.metrics,
        "test": _figures(report),
    }


def _figures(report: Report) -> dict[str, Any]:
    figures = report.as_dict()
    for name in ("confusions", "by_style", "by_language", "by_language_and_style", "model", "data_hash"):
        figures.pop(name)
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in figures.items()}


def _row(result: dict[str, Any]) -> list[str]:
    test = result["test"]

    def percent(name: str) -> str:
        return "-" if test[name] is None else f"{100 * test[name]:.2f}"

    return [
        result["data"], result["encoder"], percent("accuracy"), percent("macro_f1"),
        "-" if test["scope_auroc"] is None else f"{test['scope_auroc']:.4f}",
        f"{percent('scope_recall')} / {percent('scope_refusal')}",
        percent("coverage"), f"{percent('error_rate')} ({percent('promised_error_rate')})",
        f"{test['calibration_error']:.3f}",
        f"{result['training_seconds']:.0f} s ({result['training_processor_seconds']:.0f} s)", str(test["n"]),
    ]  # fmt: skip


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Intent benchmarks on public data")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77 or CLINC150")
    parser.add_argument("--encoder", action="append", help="encoder or comma list; may be repeated (default: use)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="run only suites whose name contains this")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    results = []
    for suite in suites(options.data):
        if options.only and options.only not in suite.name:
            continue
        for spec in options.encoder or ["use"]:
            results.append(run(suite, spec, options.seed))
            print(" | ".join(_row(results[-1])), flush=True)
    name = f"intents_{options.data.name}"
    table = Table(f"Intents: {options.data.name}", _COLUMNS, [_row(r) for r in results])
    note = "Per cent; official test part, nothing chosen on it. Coverage: in-scope messages answered automatically."
    print(save(name, MODULE, {"seed": options.seed, "results": results}, table, note, options.results))


if __name__ == "__main__":
    main()
