"""Label economy: how many labels the review queue needs where picking at random needs more.

    python -m training.benchmarks.label_economy --data PATH/banking77

Starts with a few examples an intent, treats the rest of the training part as unlabelled logs, and labels a batch at a
time: once the messages that `models.selection` would show on the review page, once as many at random. After each batch
the fast head (the committee's kernel member over the default encoder's vectors) is fitted and asked for the test part.
The review page knows more than is used here: what the members disagree on, what clients thought of the answer.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import Vectors, load_encoder
from models.intent import softmax
from models.preparation import prepare
from models.selection import Neighbourhood, choose, neighbourhood, uncertainty, with_neighbours
from models.threads import use_one_blas_thread
from training.benchmarks.plots import Curve, plot_curves
from training.benchmarks.record import RESULTS, save
from training.dataset import load_dataset
from training.heads import fit_kernel
from training.report import Table

MODULE: Final = "training.benchmarks.label_economy"
NAME: Final = "label_economy"
WEIGHT: Final = 2.0
"""Of the head's scores before the softmax that makes confidences of them; a whole training fits it."""
DEVELOPED_ON: Final = "200 to 207"


@dataclass(frozen=True)
class Texts:
    """Encoded messages with their labels as columns."""

    vectors: Vectors
    targets: NDArray[np.int64]

    @cached_property
    def around(self) -> Neighbourhood:
        """What lies around each."""
        return neighbourhood(self.vectors)


@dataclass(frozen=True)
class Point:
    """So many labels, the first ones included, and the share of the test part that is right with them."""

    labels: int
    accuracy: float


def read(folder: Path) -> tuple[Texts, Texts]:
    """The training and the test part of BANKING77, encoded once."""
    encoder = load_encoder("use")
    parts = [load_dataset(folder / f"{part}.csv") for part in ("train", "test")]
    column = {label: index for index, label in enumerate(parts[0].intents)}
    train, test = (
        Texts(
            encoder.encode([prepare(e.text).model_text for e in part.examples]),
            np.array([column[e.label] for e in part.examples], dtype=np.int64),
        )
        for part in parts
    )
    return train, test


def run(train: Texts, test: Texts, *, chosen: bool, seed: int, first: int, batch: int, until: float) -> list[Point]:
    """The curve of one run, up to the first point at or above `until`. `chosen`: by worth, otherwise at random."""
    rng = np.random.default_rng(seed)
    intents = range(int(train.targets.max()) + 1)
    labelled = np.zeros(len(train.targets), dtype=bool)
    for intent in intents:
        labelled[rng.choice(np.flatnonzero(train.targets == intent), first, replace=False)] = True
    points: list[Point] = []
    while True:
        rows, pool = np.flatnonzero(labelled), np.flatnonzero(~labelled)
        head = fit_kernel(train.vectors[rows], train.targets[rows], 0, seed)
        right = head.score([], [test.vectors]).argmax(axis=1) == test.targets
        points.append(Point(len(rows), float(right.mean())))
        if points[-1].accuracy >= until or not len(pool):
            return points
        count = min(batch, len(pool))
        if chosen:
            worth = np.zeros(len(train.targets), dtype=np.float32)  # what is labelled is worth nothing any more
            worth[pool] = uncertainty(softmax(WEIGHT * head.score([], [train.vectors[pool]])))
            worth = with_neighbours(worth, train.around)
            labelled[pool[choose(worth[pool], train.vectors[pool], count, seed)]] = True
        else:
            labelled[rng.choice(pool, count, replace=False)] = True


def needed(points: Sequence[Point], until: float) -> int | None:
    """Labels at the first point at or above `until`; None when it was never reached."""
    return next((point.labels for point in points if point.accuracy >= until), None)


def summarise(curves: dict[str, list[list[Point]]], first: int, until: float) -> dict[str, Any]:
    """Labels needed by each way, in each run and on average, and their ratio with and without the first labels.

    `ratio`: of the means. `ratios`: of each run by itself, `ratio_spread` their standard deviation (of a sample).
    """
    counts = {name: [needed(points, until) for points in runs] for name, runs in curves.items()}
    if any(each is None for each in (*counts["chosen"], *counts["random"])):
        return {"needed": counts, "ratio": None, "ratios": None, "ratio_spread": None, "ratio_beyond_first": None}
    chosen, random = (np.array(counts[name], dtype=np.float64) for name in ("chosen", "random"))
    ratios = chosen / random
    return {
        "needed": counts,
        "mean_needed": {"chosen": float(chosen.mean()), "random": float(random.mean())},
        "ratio": round(float(chosen.mean() / random.mean()), 4),
        "ratios": [round(each, 4) for each in ratios.tolist()],
        "ratio_spread": round(float(ratios.std(ddof=1)), 4) if len(ratios) > 1 else None,
        "ratio_beyond_first": round(float((chosen.mean() - first) / (random.mean() - first)), 4),
    }


def rows_of(summary: dict[str, Any], seeds: Sequence[int]) -> list[list[str]]:
    """The table: a row a run, then the means. `-` where the accuracy was never reached."""
    counts, ratios = summary["needed"], summary["ratios"]
    pairs = zip(counts["chosen"], counts["random"], strict=True)
    rows = [
        [f"seed {seed}", str(chosen or "-"), str(random or "-"), f"{ratios[number]:.3f}" if ratios else "-"]
        for number, (seed, (chosen, random)) in enumerate(zip(seeds, pairs, strict=True))
    ]
    if ratios:
        mean = summary["mean_needed"]
        spread = f" ± {summary['ratio_spread']:.3f}" if summary["ratio_spread"] is not None else ""
        rows.append(["mean", f"{mean['chosen']:.0f}", f"{mean['random']:.0f}", f"{summary['ratio']:.3f}{spread}"])
        rows.append(["mean beyond the first labels", "", "", f"{summary['ratio_beyond_first']:.3f}"])
    return rows


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="How many labels the review queue saves")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77 (train.csv, test.csv)")
    parser.add_argument("--first", type=int, default=5, help="labelled examples an intent at the start")
    parser.add_argument("--batch", type=int, default=100, help="labels between two fits")
    parser.add_argument("--until", type=float, default=0.9, help="test accuracy to reach")
    parser.add_argument("--seeds", type=int, default=5, help="runs, each with other first examples")
    parser.add_argument("--first-seed", type=int, default=300, help=f"{DEVELOPED_ON} were looked at while choosing")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    use_one_blas_thread()
    train, test = read(options.data)
    curves: dict[str, list[list[Point]]] = {"chosen": [], "random": []}
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for seed in seeds:
        for name, runs in curves.items():
            runs.append(
                run(
                    train, test, chosen=name == "chosen", seed=seed, first=options.first, batch=options.batch,
                    until=options.until,
                )
            )  # fmt: skip
            print(f"seed {seed}, {name}: {needed(runs[-1], options.until)} labels", flush=True)
    first = options.first * (int(train.targets.max()) + 1)
    summary = summarise(curves, first, options.until)
    results = {
        "until": options.until, "first_labels": first, "batch": options.batch, "seeds": list(seeds), **summary,
        "curves": {
            name: [[[p.labels, round(p.accuracy, 5)] for p in points] for points in runs]
            for name, runs in curves.items()
        },
    }  # fmt: skip
    table = Table(
        f"Labels until {options.until:.0%} of the test part are right, {first} of them given at the start",
        ["", "chosen by worth", "at random", "ratio"], rows_of(summary, seeds),
    )  # fmt: skip
    note = (
        f"BANKING77, official parts. {options.batch} labels at a time. How messages are picked was settled on seeds "
        f"{DEVELOPED_ON}; these seeds were looked at once, for this table. The ratio is given with the standard "
        "deviation over the runs.\n\n"
        "![Both curves](label_economy.png)"
    )
    print(save(NAME, MODULE, results, table, note, options.results))
    plot_curves(
        options.results / f"{NAME}.png", f"Labels and test accuracy, BANKING77, {options.seeds} runs",
        ("labels", "test accuracy"),
        [
            Curve(name, [[(p.labels, p.accuracy) for p in points] for points in curves[key]])
            for key, name in (("chosen", "review queue"), ("random", "at random"))
        ],
        line=options.until,
    )  # fmt: skip


if __name__ == "__main__":
    main()
