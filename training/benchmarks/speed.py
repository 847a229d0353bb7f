"""How fast is understanding on one core? Preparation and classification, one message and batches.

    python -m training.benchmarks.speed --model DIR --data FILE_OR_FOLDER

One thread in all libraries. Wall time is what clients wait; processor time leaves out what other programs on the
machine took, so that a busy machine can be told from slow code. The share of each stage is measured alone.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.bundle import Bundle
from models.preparation import prepare
from training.benchmarks.record import RESULTS, save
from training.dataset import load_dataset
from training.report import Table

MODULE: Final = "training.benchmarks.speed"


def percentiles(run: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    """p50 and p99 in milliseconds, wall and processor time, over the texts one by one."""
    wall, processor = [], []
    for text in texts:
        started, used = time.perf_counter(), time.process_time()
        run(text)
        wall.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return {
        "p50_ms": round(1e3 * float(np.percentile(wall, 50)), 3),
        "p99_ms": round(1e3 * float(np.percentile(wall, 99)), 3),
        "p50_processor_ms": round(1e3 * float(np.percentile(processor, 50)), 3),
        "p99_processor_ms": round(1e3 * float(np.percentile(processor, 99)), 3),
    }


def rate(run: Callable[[Sequence[str]], object], texts: Sequence[str], repeats: int) -> dict[str, float]:
    """Messages a second in batches: the best of `repeats`, by wall and by processor time."""
    wall, processor = [], []
    for _ in range(repeats):
        started, used = time.perf_counter(), time.process_time()
        run(texts)
        wall.append(len(texts) / (time.perf_counter() - started))
        processor.append(len(texts) / (time.process_time() - used))
    return {"per_second": round(max(wall)), "per_processor_second": round(max(processor))}


def measure(bundle: Bundle, texts: Sequence[str], repeats: int = 3) -> dict[str, Any]:
    """All figures for one model and one set of messages."""
    prepared = [prepare(text) for text in texts]
    inputs = [p.model_text for p in prepared]

    def understand(batch: Sequence[str]) -> object:
        return bundle.classify([prepare(text) for text in batch])

    with threadpool_limits(1):
        understand(texts[:50])
        return {
            "messages": len(texts),
            "mean_characters": round(float(np.mean([len(t) for t in texts])), 1),
            "single": percentiles(lambda text: understand([text]), texts[:1_000]),
            "single_encode": percentiles(lambda text: bundle.encoder.encode([text]), inputs[:1_000]),
            "single_prepare": percentiles(prepare, texts[:1_000]),
            "single_spelling": percentiles(bundle.spelling.repair, inputs[:1_000]),
            "batch": rate(understand, texts, repeats),
            "batch_encode": rate(bundle.encoder.encode, inputs, repeats),
            "batch_prepare": rate(lambda batch: [prepare(text) for text in batch], texts, repeats),
        }


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Speed of understanding on one core")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, action="append", required=True, help="messages; may be repeated")
    parser.add_argument("--limit", type=int, default=3_000, help="messages of each data set")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    started = time.perf_counter()
    bundle = Bundle.load(options.model)
    load_seconds = time.perf_counter() - started
    results, rows = [], []
    for path in options.data:
        texts = [e.text for e in load_dataset(path).examples]
        order = np.random.default_rng(0).permutation(len(texts))[: options.limit]
        name = "/".join(path.parts[-2:])
        results.append({"data": name, **measure(bundle, [texts[i] for i in order])})
        rows.append(_row(results[-1]))
        print(" | ".join(rows[-1]), flush=True)
    columns = ("messages", "characters", "one: p50 / p99 ms", "of it encoder, preparation, spelling (p50)",
               "batches: a second", "encoder alone", "preparation alone")  # fmt: skip
    load = os.getloadavg()[0]
    note = f"One thread; in brackets by processor time. Model loaded in {load_seconds:.1f} s; machine load {load:.1f}."
    about = {
        "load_seconds": round(load_seconds, 2),
        "machine_load": round(load, 1),
        "intents": len(bundle.manifest.intents),
    }
    table = Table("Speed of understanding, one core", columns, rows)
    print(save("speed", MODULE, {**about, "results": results}, table, note, options.results))


def _row(result: dict[str, Any]) -> list[str]:
    one = result["single"]

    def both(stage: str) -> str:
        return f"{result[stage]['per_second']} ({result[stage]['per_processor_second']})"

    return [
        result["data"], str(result["mean_characters"]),
        f"{one['p50_ms']:.2f} / {one['p99_ms']:.2f} ({one['p50_processor_ms']:.2f} / {one['p99_processor_ms']:.2f})",
        f"{result['single_encode']['p50_ms']:.2f}, {result['single_prepare']['p50_ms']:.2f}, "
        f"{result['single_spelling']['p50_ms']:.3f}",
        both("batch"), both("batch_encode"), both("batch_prepare"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
