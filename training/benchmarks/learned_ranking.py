"""Does a ranking learned from confirmed articles beat the fixed weights on confirmed articles it has not seen?

    python -m training.benchmarks.learned_ranking --data DATA --model MODEL

Knowledge bases and the messages whose article is known: our articles with the golden and validation messages (of
intents that exactly one article serves; the model says what they are about), BANKING77 and CLINC150 (training messages
as the articles' questions, others as what was asked: no test message, which the fixed weights were fitted on), with the
default encoder, with another one, and with few questions an article. A confirmed message is held out with those that
read the same. Writes `results/learned_ranking.json`, `.md` and `.png`.
"""

import argparse
import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from knowledge_base.ranking import Weights
from models.bundle import Bundle
from models.encoder import Encoder, load_encoder
from models.preparation import prepare
from training.benchmarks.plots import Curve, plot_curves
from training.benchmarks.record import RESULTS, save
from training.benchmarks.retrieval import RememberingEncoder
from training.dataset import load_dataset
from training.ranking import LEARNED, Answered, Asked, Confirmed, ask, fit_ranking, paired_interval, places
from training.report import Table

MODULE: Final = "training.benchmarks.learned_ranking"
SIZES: Final = (100, 200, 400, 800)
ASKED_AN_INTENT: Final = 25
REPEATS: Final = 5
"""Draws of the messages that are fitted on, for each point of the curve."""


@dataclass(frozen=True)
class Case:
    """A knowledge base and what was confirmed in it."""

    name: str
    answered: Answered
    encoder: Encoder


def own(articles: Path, folders: Sequence[Path], language: str, bundle: Bundle, encoder: Encoder) -> Case:
    """Our articles, asked labelled messages by authors who wrote neither them nor the model's examples."""
    known = tuple(item for item in load_any(articles) if item.language == language)
    of_intent: dict[str, list[str]] = {}
    for item in known:
        for intent in item.intents:
            of_intent.setdefault(intent, []).append(item.id)
    alone = {intent: ids[0] for intent, ids in of_intent.items() if len(ids) == 1}
    examples = [e for folder in folders for e in load_dataset(folder).examples
                if e.label in alone and e.language == language]  # fmt: skip
    read = bundle.classify([prepare(e.text) for e in examples])
    confirmed = tuple(
        Confirmed(e.text, alone[e.label], language, {s.intent: s.confidence for s in r.ranking[:5]}, 1.0)
        for e, r in zip(examples, read, strict=True)
    )
    return Case(f"our articles, {language}", Answered(known, confirmed), encoder)


def public(name: str, rows: Sequence[tuple[str, str]], shots: int, encoder: Encoder, seed: int) -> Case:
    """A public data set: `shots` messages of an intent are the article's questions, others ask."""
    by_label: dict[str, list[str]] = {}
    for text, label in random.Random(seed).sample(rows, len(rows)):
        by_label.setdefault(label, []).append(text)
    articles = tuple(Article(label, "en", texts[0], (label,), tuple(texts[:shots]), texts[0])
                     for label, texts in sorted(by_label.items()))  # fmt: skip
    confirmed = tuple(
        Confirmed(text, label, "en", {}, 1.0)
        for label, texts in sorted(by_label.items())
        for text in texts[shots : shots + ASKED_AN_INTENT]
    )
    title = f"{name}, {shots} questions an article, {encoder.name.split('/')[-1]}"
    return Case(title, Answered(articles, confirmed), encoder)


def measure(case: Case, seed: int) -> dict[str, Any]:
    """Half of the messages, by their words, are fitted on, the other half judge."""
    asked = ask(case.answered, case.encoder)
    half = np.array([int(key[:8], 16) % 2 == 0 for key in asked.keys])
    fitting, judging = asked.only(np.flatnonzero(half)), asked.only(np.flatnonzero(~half))
    before = places(judging, Weights())
    fitted = fit_ranking(fitting)
    after = places(judging, fitted.weights)
    gains = {}
    for name, last in (("mrr", None), ("recall_at_1", 1), ("recall_at_3", 3)):
        was, now = (each.reciprocal if last is None else each.within(last) for each in (before, after))
        gain, low, high = paired_interval(was, now, seed=seed)
        gains[name] = {"gain": round(gain, 4), "low": round(low, 4), "high": round(high, 4)}
    return {
        "name": case.name, "articles": len(case.answered.articles), "fitted_on": len(fitting),
        "fixed": before.figures(), "learned": after.figures(), "gains": gains, "ridge": fitted.ridge,
        "weights": {name: getattr(fitted.weights, name) for name in LEARNED},
        "curve": list(curve(fitting, judging, before.figures()["mrr"], seed)),
    }  # fmt: skip


def curve(fitting: Asked, judging: Asked, fixed: float, seed: int) -> Iterator[dict[str, float]]:
    """The mean gain of MRR from so many confirmed messages, and the worst of the draws."""
    rng = np.random.default_rng(seed)
    for size in SIZES:
        if size <= len(fitting):
            draws = [fitting.only(rng.choice(len(fitting), size, replace=False)) for _ in range(REPEATS)]
            found = [float(places(judging, fit_ranking(each).weights).reciprocal.mean()) - fixed for each in draws]
            yield {"confirmed": size, "gain": round(float(np.mean(found)), 4), "worst": round(min(found), 4)}


def _banking(folder: Path) -> list[tuple[str, str]]:
    with (folder / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def _clinc(folder: Path) -> list[tuple[str, str]]:
    data = json.loads((folder / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    return [(text, label) for text, label in data["train"]]


def cases(options: argparse.Namespace) -> Iterator[Case]:
    """Every case that the options give data for."""
    use = RememberingEncoder(load_encoder("use"))
    if options.model:
        bundle = Bundle.load(options.model)
        for language in ("ru", "en"):
            yield own(options.articles, options.messages, language, bundle, use)
    if options.data:
        banking, clinc = _banking(options.data), _clinc(options.data)
        yield public("BANKING77", banking, 10, use, options.seed)
        yield public("BANKING77", banking, 3, use, options.seed)
        yield public("CLINC150", clinc, 10, use, options.seed)
        yield public("CLINC150", clinc, 3, use, options.seed)
        for spec in options.encoder:
            other = RememberingEncoder(load_encoder(spec))
            yield public("BANKING77", banking, 10, other, options.seed)
            yield public("BANKING77", banking, 3, other, options.seed)


def row(found: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table."""

    def both(name: str) -> str:
        gain = found["gains"][name]
        return (
            f"{found['fixed'][name]:.3f} → {found['learned'][name]:.3f} "
            f"({gain['gain']:+.3f}; {gain['low']:+.3f}..{gain['high']:+.3f})"
        )

    counts = f"{found['fitted_on']} / {found['fixed']['n']:.0f}"
    return (found["name"], counts, both("mrr"), both("recall_at_1"), both("recall_at_3"))


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Learned ranking against the fixed weights")
    parser.add_argument("--data", type=Path, help="folder with banking77/ and clinc150/")
    parser.add_argument("--model", type=Path, help="a trained model: our articles are measured, too")
    parser.add_argument("--articles", type=Path, default=Path("knowledge_base/articles"))
    parser.add_argument("--messages", type=Path, action="append", default=None, help="labelled messages, folders")
    parser.add_argument("--encoder", action="append", default=[], help="another encoder for BANKING77")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.messages = options.messages or [Path("training/data/golden"), Path("training/data/validation")]
    found = []
    for case in cases(options):
        found.append(measure(case, options.seed))
        print(" | ".join(row(found[-1])), flush=True)
    columns = ("knowledge base", "fitted on / judged by", "MRR", "recall at 1", "recall at 3")
    table = Table("Learned ranking against the fixed weights", columns, [row(each) for each in found])
    note = "Fixed → learned (gain; 95 % interval by a paired bootstrap over held-out messages)."
    plot_curves(
        options.results / "learned_ranking.png", "Gain of MRR over the fixed weights",
        ("confirmed articles fitted on", "MRR, learned minus fixed"),
        [Curve(each["name"], [[(p["confirmed"], p["gain"]) for p in each["curve"]]]) for each in found], line=0.0,
    )  # fmt: skip
    print(save("learned_ranking", MODULE, {"cases": found}, table, note, options.results))
    print(table.markdown())


if __name__ == "__main__":
    main()
