"""Discovery: are intents that nobody has told the model about found among what it does not understand?

    python -m training.benchmarks.discovery --data PATH/banking77

A quarter of the intents is hidden. The fast head is fitted on half of the training messages of the others; the rest of
the training part is the stream. What it is not sure of (below the confidence that nine in ten known messages of the
test part reach) is grouped by `models.discovery`. A hidden intent counts as found when a group consists of it to at
least 80 %. Nothing is known of the hidden intents but their messages.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.discovery import ALONE, group, learn_noise
from models.intent import KERNEL_FLOOR
from models.threads import use_one_blas_thread
from training.benchmarks.label_economy import Texts, read
from training.benchmarks.record import RESULTS, save
from training.heads import fit_kernel
from training.report import Table

MODULE: Final = "training.benchmarks.discovery"
PURE: Final = 0.8
SURE: Final = 0.9
"""Share of the known messages that the threshold of not being sure lets through."""


def run(train: Texts, test: Texts, *, hide: float, seed: int) -> dict[str, Any]:
    """One split: what was hidden, what was found, and how well the groups agree with the hidden intents."""
    rng = np.random.default_rng(seed)
    intents = int(train.targets.max()) + 1
    hidden = np.sort(rng.choice(intents, round(hide * intents), replace=False))
    known = rng.permutation(np.flatnonzero(~np.isin(train.targets, hidden)))
    taught, stream = known[: len(known) // 2], known[len(known) // 2 :]
    stream = np.concatenate([stream, np.flatnonzero(np.isin(train.targets, hidden))])
    unsure = stream[_unsure(train, test, taught, stream, hidden)]
    noise = learn_noise(train.vectors[taught], [str(each) for each in train.targets[taught]])
    groups = group(train.vectors[unsure], noise)
    return {
        "seed": seed, "hidden": len(hidden), "stream": len(stream), "unsure": len(unsure),
        **judge(groups, train.targets[unsure], hidden),
    }  # fmt: skip


def _unsure(
    train: Texts, test: Texts, taught: NDArray[np.int64], stream: NDArray[np.int64], hidden: NDArray[np.int64]
) -> NDArray[np.bool_]:
    names, columns = np.unique(train.targets[taught], return_inverse=True)
    head = fit_kernel(train.vectors[taught], columns.astype(np.int64), 0, 0)
    assert len(names)  # noqa: S101 - there are examples

    def confidence(texts: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((np.exp(head.score([], [texts])) - KERNEL_FLOOR).max(axis=1), dtype=np.float32)

    ordinary = test.vectors[~np.isin(test.targets, hidden)]
    threshold = np.quantile(confidence(ordinary), 1.0 - SURE)
    return np.asarray(confidence(train.vectors[stream]) < threshold)


def judge(groups: NDArray[np.int64], targets: NDArray[np.int64], hidden: NDArray[np.int64]) -> dict[str, Any]:
    """How many hidden intents have a pure group, and NMI, ARI and accuracy over the hidden messages.

    Accuracy: the share of the hidden messages in the group that an optimal one-to-one assignment gives their intent.
    Messages in no group count as one more group, and as wrong.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    found: set[int] = set()
    for each in range(int(groups.max()) + 1):
        intent, times = Counter(targets[groups == each].tolist()).most_common(1)[0]
        if intent in hidden and times >= PURE * int((groups == each).sum()):
            found.add(intent)
    inside = np.isin(targets, hidden)
    ours, truth = groups[inside], targets[inside]
    table = np.array(
        [
            [int(((ours == each) & (truth == intent)).sum()) for intent in hidden]
            for each in range(int(groups.max()) + 1)
        ]
    ).reshape(-1, len(hidden))
    rows, columns = linear_sum_assignment(-table)
    return {
        "found": len(found),
        "found_share": round(len(found) / len(hidden), 4),
        "groups": int(groups.max()) + 1,
        "in_no_group": round(float((groups == ALONE).mean()), 4),
        "nmi": round(float(normalized_mutual_info_score(truth, ours)), 4),
        "ari": round(float(adjusted_rand_score(truth, ours)), 4),
        "accuracy": round(float(table[rows, columns].sum() / max(int(inside.sum()), 1)), 4),
    }


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Are hidden intents found?")
    parser.add_argument("--data", type=Path, required=True, help="folder with BANKING77 (train.csv, test.csv)")
    parser.add_argument("--hide", type=float, default=0.25, help="share of the intents that is hidden")
    parser.add_argument("--seeds", type=int, default=10, help="splits")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    use_one_blas_thread()
    train, test = read(options.data)
    runs = []
    for seed in range(options.seeds):
        runs.append(run(train, test, hide=options.hide, seed=seed))
        print(runs[-1], flush=True)
    names = ("found_share", "groups", "in_no_group", "nmi", "ari", "accuracy")
    mean = {name: round(float(np.mean([each[name] for each in runs])), 4) for name in names}
    rows = [
        [str(each["seed"]), f"{each['found']} of {each['hidden']}", *(str(each[name]) for name in names[1:])]
        for each in runs
    ]
    rows.append(["mean", f"{mean['found_share']:.0%}", *(str(mean[name]) for name in names[1:])])
    table = Table(
        f"Intents hidden ({options.hide:.0%} of BANKING77) that appear as a group of purity 0.8 or more",
        ["split", "found", "groups", "in no group", "NMI", "ARI", "accuracy"], rows,
    )  # fmt: skip
    note = (
        "Groups are made of all the model was not sure of, known intents included; NMI, ARI and accuracy are over "
        "the hidden messages among it. The constants of `models/discovery.py` were chosen on splits 100 to 102."
    )
    print(save("discovery", MODULE, {"hide": options.hide, "mean": mean, "runs": runs}, table, note, options.results))


if __name__ == "__main__":
    main()
