"""Retrieval benchmark: is the article that answers found first?

    python -m training.benchmarks.retrieval --articles knowledge_base/articles/ru --data DATA

Compares each part of the search alone with their fusion, and writes `results/retrieval.json` and `retrieval.md`.
"""

import argparse
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from knowledge_base.ranking import Weights
from knowledge_base.search import SearchIndex
from models.encoder import Encoder, load_encoder
from models.preparation import prepare
from training.benchmarks.retrieval_cases import Suite, banking77, clinc150, leave_one_out, message_pools, messages

RESULTS: Final = Path(__file__).parent / "results"
_NOTHING: Final = {"question": 0.0, "questions": 0.0, "answer": 0.0, "words": 0.0, "letters": 0.0, "intent": 0.0}
_DEEP: Final = 10


def _only(**weights: float) -> Weights:
    return Weights(**(_NOTHING | {"slope": 1.0, "offset": 0.0} | weights))


WITH_INTENTS: Final = "hybrid and intents"
METHODS: Final[Mapping[str, Weights]] = {
    "bm25": _only(words=1.0),
    "chars": _only(letters=1.0),
    "q2q": _only(question=1.0),
    "q2q, three nearest": _only(questions=1.0),
    "q2qa": _only(answer=1.0),
    "hybrid": Weights(),
    WITH_INTENTS: Weights(),
}


class RememberingEncoder:
    """An encoder that encodes each text once: the rounds index nearly the same questions."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `Encoder.encode`."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        for start in range(0, len(new), 64):
            batch = new[start : start + 64]
            self._known.update(zip(batch, self._encoder.encode(batch), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query: whether an article answers it, the place of the first that does (from 1; None: not found), the best
    score, the time."""

    in_scope: bool
    place: int | None
    score: float
    seconds: float


def ask(suite: Suite, encoder: Encoder, weights: Weights, *, with_intents: bool = False) -> Iterator[Outcome]:
    """Every query of a suite, with the suite's classifier or without. `seconds` is the search, the vector given."""
    for part in suite.rounds:
        index = SearchIndex.build(part.articles, encoder, weights)
        prepared = [prepare(text) for text, _ in part.queries]
        vectors = encoder.encode([item.model_text for item in prepared]) if prepared else ()
        for (text, expected), item, vector in zip(part.queries, prepared, vectors, strict=True):
            intents = suite.intents.get(text, {}) if with_intents else {}
            start = time.perf_counter()
            hits = index.search(item, vector=vector, intents=intents, limit=_DEEP)
            seconds = time.perf_counter() - start
            places = [place for place, hit in enumerate(hits, start=1) if hit.article.id in expected]
            yield Outcome(bool(expected), places[0] if places else None, hits[0].score if hits else 0.0, seconds)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """R@1, R@3, MRR@10 (in per cent but MRR), the AUROC of the first hit's score, and times in milliseconds."""
    asked = [item for item in outcomes if item.in_scope]
    right = [item.place == 1 for item in outcomes]
    places = [item.place for item in asked]
    milliseconds = np.array([item.seconds for item in outcomes]) * 1000
    scores = [item.score for item in outcomes]
    auroc = float(roc_auc_score(right, scores)) if 0 < sum(right) < len(right) else None
    return {
        "n": len(asked),
        "recall_at_1": round(100 * sum(place == 1 for place in places) / len(places), 1),
        "recall_at_3": round(100 * sum(place is not None and place <= 3 for place in places) / len(places), 1),
        "mrr": round(sum(1 / place for place in places if place) / len(places), 3),
        "right_first_auroc": None if auroc is None else round(auroc, 3),
        "promised": round(100 * sum(scores) / len(scores), 1),
        "kept": round(100 * sum(right) / len(right), 1),
        "p50_ms": round(float(np.percentile(milliseconds, 50)), 2),
        "p99_ms": round(float(np.percentile(milliseconds, 99)), 2),
    }


def run(suites: Sequence[Suite], encoder: Encoder) -> list[dict[str, Any]]:
    """Every method on every suite."""
    rows: list[dict[str, Any]] = []
    for suite in suites:
        for name, weights in METHODS.items():
            if (name == "q2qa" and not suite.has_answers) or (name == WITH_INTENTS and not suite.intents):
                continue
            outcomes = list(ask(suite, encoder, weights, with_intents=name == WITH_INTENTS))
            rows.append({"suite": suite.name, "how": suite.how, "method": name} | figures(outcomes))
            print(f"{suite.name:>24} {name:>20} R@1 {rows[-1]['recall_at_1']:5.1f}", file=sys.stderr)
    return rows


def table(report: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    lines = [
        "# Retrieval",
        "",
        f"`{report['command']}`  ",
        f"{report['date']}, {report['machine']}, encoder `{report['encoder']}`. R@k in per cent. AUROC: of the first "
        "hit's score, right firsts against wrong firsts and messages out of scope. Times: one search with the vector "
        "given. The six weights of the hybrid were fitted on these suites together (`fit_ranking`), so its "
        "figures are not held out.",
        "",
    ]
    for suite in dict.fromkeys(row["suite"] for row in report["rows"]):
        rows = [row for row in report["rows"] if row["suite"] == suite]
        lines += [f"## {suite}", "", f"{rows[0]['how']}; {rows[0]['n']} queries.", ""]
        lines += ["| method | R@1 | R@3 | MRR | AUROC | p50 ms | p99 ms |", "|---|---|---|---|---|---|---|"]
        lines += [
            f"| {row['method']} | {row['recall_at_1']} | {row['recall_at_3']} | {row['mrr']} "
            f"| {row['right_first_auroc']} | {row['p50_ms']} | {row['p99_ms']} |"
            for row in rows
        ]
        lines.append("")
        lines += [
            f"{row['method']}: the scores promise {row['promised']} % right firsts, {row['kept']} % are.\n"
            for row in rows
            if row["method"].startswith("hybrid")
        ]
    return "\n".join(lines)


def add_suites(parser: argparse.ArgumentParser) -> None:
    """The options that say what to measure on."""
    parser.add_argument("--articles", type=Path, action="append", default=[], help="a folder of articles, or a .csv")
    parser.add_argument("--messages", type=Path, action="append", default=[], help="<intent>.txt files, asked of --ask")
    parser.add_argument("--ask", type=Path, help="the articles that --messages ask")
    parser.add_argument(
        "--pool", type=Path, action="append", default=[], help="<intent>.txt files, Russian: both sides"
    )
    parser.add_argument("--data", type=Path, help="a folder with banking77/ and clinc150/")
    parser.add_argument("--encoder", default="use")


def suites_of(parser: argparse.ArgumentParser, options: argparse.Namespace, encoder: Encoder) -> list[Suite]:
    """The suites the options name; exits with a message when there are none."""
    if options.messages and not options.ask:
        parser.error("--messages need --ask ARTICLES")
    suites = [leave_one_out(path) for path in options.articles]
    suites += [messages(folder, options.ask, encoder) for folder in options.messages]
    suites += [message_pools(folder, "ru") for folder in options.pool]
    if options.data:
        suites += [banking77(options.data / "banking77"), clinc150(options.data / "clinc150")]
    if not suites:
        parser.error("nothing to measure on; pass --articles, --messages, --pool or --data")
    return suites


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m training.benchmarks.retrieval", description=__doc__)
    add_suites(parser)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    encoder = RememberingEncoder(load_encoder(options.encoder))
    suites = suites_of(parser, options, encoder)
    report = {
        "command": shlex.join(["python", "-m", "training.benchmarks.retrieval", *(arguments or sys.argv[1:])]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "encoder": options.encoder,
        "rows": run(suites, encoder),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "retrieval.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (options.out / "retrieval.md").write_text(table(report), encoding="utf-8")
    print(table(report))


if __name__ == "__main__":
    main()
