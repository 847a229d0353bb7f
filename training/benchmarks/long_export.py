"""How much memory reading a long export of labels takes: `otklik train --labels` before anything is trained.

    otklik bench export --messages 1000000 --keep FOLDER
    python -m training.benchmarks.long_export --labels FOLDER/1000000/labels

One process, so its own peak is the figure. The other half, writing the export, is `otklik bench export`.
"""

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import Any, Final

from training.benchmarks.record import RESULTS, save
from training.dataset import load_dataset
from training.labels import MOST_AN_INTENT, hold_out, join, load_labels
from training.report import Table

MODULE: Final = "training.benchmarks.long_export"
NAME: Final = "long_export"
SHIPPED: Final = Path(__file__).parent.parent / "data" / "examples"


def peak_mb() -> int:
    """The most memory this process has used."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1024))


def run(folder: Path) -> dict[str, Any]:
    """Read and join as `otklik train` does; a plain dict."""
    with (folder / "labels.jsonl").open("rb") as file:
        lines = sum(1 for _ in file)
    shipped = load_dataset(SHIPPED)
    before, started = peak_mb(), time.perf_counter()
    labels = load_labels(folder)
    joined = join(shipped, hold_out(labels.dataset)[0])
    return {
        "lines": lines, "file_mb": round((folder / "labels.jsonl").stat().st_size / 1e6, 1),
        "taken": len(labels.dataset.examples), "most_an_intent": MOST_AN_INTENT, "examples": len(joined.examples),
        "seconds": round(time.perf_counter() - started, 1), "before_mb": before, "peak_mb": peak_mb(),
        "warnings": [each for each in labels.dataset.warnings if "left out" in each],
    }  # fmt: skip


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Memory of reading a long export")
    parser.add_argument("--labels", type=Path, required=True, help="folder of `otklik data export --out`")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    result = run(options.labels)
    row = [
        f"{result['lines']:,}", f"{result['file_mb']}", f"{result['taken']:,}", f"{result['seconds']}",
        f"{result['before_mb']}", f"{result['peak_mb']}",
    ]  # fmt: skip
    columns = ("lines", "MB", "labels taken", "seconds", "MB of memory before", "at most")
    table = Table("Reading a long export of labels", columns, [row])
    note = f"At most {MOST_AN_INTENT:,} labels an intent are taken: those of people first, then the surest."
    print(save(NAME, MODULE, result, table, note, options.results))


if __name__ == "__main__":
    main()
