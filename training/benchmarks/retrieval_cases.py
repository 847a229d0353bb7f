"""What the retrieval benchmark asks: (articles, questions with the id of the article that should come first)."""

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from models.encoder import Encoder
from models.preparation import prepare

SHOTS: Final = 10
PER_INTENT: Final = 15


@dataclass(frozen=True, slots=True)
class Round:
    """Articles to index, and the queries to ask of them: (text, ids of the articles that answer, if any)."""

    articles: tuple[Article, ...]
    queries: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """A named benchmark of one or more rounds; their queries are counted together."""

    name: str
    how: str
    rounds: tuple[Round, ...]
    has_answers: bool
    intents: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What a classifier that has not seen the query makes of it, where the suite has one."""


def leave_one_out(path: Path, name: str | None = None) -> Suite:
    """Rounds over a folder or CSV of articles: in round i every article is indexed without its i-th question.

    Together the rounds ask every question of every article that keeps at least one other.
    """
    articles = load_any(path)
    rounds = []
    for number in range(max(len(item.questions) for item in articles)):
        kept, queries = [], []
        for item in articles:
            if number >= len(item.questions) or len(item.questions) < 2:
                kept.append(item)
                continue
            rest = item.questions[:number] + item.questions[number + 1 :]
            kept.append(replace(item, questions=rest))
            queries.append((item.questions[number], frozenset({item.id})))
        rounds.append(Round(tuple(kept), tuple(queries)))
    how = f"leave one question out, {len(articles)} articles"
    return Suite(name or str(path), how, tuple(rounds), has_answers=True)


def banking77(folder: Path, seed: int = 0) -> Suite:
    """BANKING77: `SHOTS` training questions an intent are the article's; test questions ask."""
    train, test = (list(_csv(folder / f"{part}.csv")) for part in ("train", "test"))
    how = f"{SHOTS} training questions an intent, {PER_INTENT} test questions an intent"
    return Suite("BANKING77", how, (Round(_pool(train, seed), _ask(test, seed)),), has_answers=False)


def clinc150(folder: Path, seed: int = 0) -> Suite:
    """CLINC150: as BANKING77, and all test messages out of scope, which no article answers."""
    data = json.loads((folder / "data_full.json").read_text(encoding="utf-8"))
    outside = tuple((text, frozenset[str]()) for text, _ in data["oos_test"])
    queries = (*_ask([tuple(row) for row in data["test"]], seed), *outside)
    how = f"as BANKING77; {len(outside)} messages out of scope for the AUROC alone"
    pool = _pool([tuple(row) for row in data["train"]], seed)
    return Suite("CLINC150", how, (Round(pool, queries),), has_answers=False)


def messages(folder: Path, articles_path: Path, encoder: Encoder) -> Suite:
    """Labelled client messages (`<intent>.txt` files) asked of articles by other authors.

    Any article of the message's intent counts as right; intents without an article are left out, messages of
    `out_of_scope.txt` have no right article.
    """
    articles = load_any(articles_path)
    by_intent: dict[str, set[str]] = {"out_of_scope": set()}
    for item in articles:
        for intent in item.intents:
            by_intent.setdefault(intent, set()).add(item.id)
    rows = list(dict(_labelled_lines(folder)).items())
    queries = [(text, frozenset(by_intent[label])) for text, label in rows if label in by_intent]
    how = f"labelled messages asked of {len(articles)} articles by other authors"
    return Suite(
        f"{folder} -> {articles_path}", how, (Round(articles, tuple(queries)),), True, guess_intents(rows, encoder)
    )


def guess_intents(rows: Sequence[tuple[str, str]], encoder: Encoder) -> dict[str, dict[str, float]]:
    """For each labelled text, the three likeliest intents with their probabilities, by a plain classifier (logistic
    regression over the encoder's vectors) that was trained on the other three quarters of the texts."""
    vectors = encoder.encode([prepare(text).model_text for text, _ in rows])
    labels = np.array([label for _, label in rows])
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    chances = cross_val_predict(
        LogisticRegression(C=10, max_iter=300), vectors, labels, cv=folds, method="predict_proba"
    )
    names = np.unique(labels)
    guesses = {}
    for (text, _), row in zip(rows, chances, strict=True):
        best = {str(names[place]): float(row[place]) for place in np.argsort(-row)[:3]}
        guesses[text] = {name: chance for name, chance in best.items() if name != "out_of_scope"}
    return guesses


def message_pools(folder: Path, language: str, seed: int = 0) -> Suite:
    """Labelled client messages as both: `SHOTS` of an intent are the article's questions, others ask."""
    rows = list(_labelled_lines(folder))
    inside = [row for row in rows if row[1] != "out_of_scope"]
    pool = tuple(replace(item, language=language) for item in _pool(inside, seed))
    taken = {question for item in pool for question in item.questions}
    asked = _ask([row for row in inside if row[0] not in taken], seed)
    outside = tuple((text, frozenset[str]()) for text, label in rows if label == "out_of_scope")
    how = f"{SHOTS} messages an intent, up to {PER_INTENT} others ask; {len(outside)} out of scope for the AUROC alone"
    return Suite(str(folder), how, (Round(pool, (*asked, *outside)),), has_answers=False)


def _labelled_lines(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("# ", "[")):
                yield line.strip(), path.stem


def _csv(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from ((row["text"], row["category"]) for row in csv.DictReader(file))


def _sample(rows: Sequence[tuple[str, str]], count: int, seed: int) -> dict[str, list[str]]:
    by_label: dict[str, list[str]] = {}
    for text, label in random.Random(seed).sample(rows, len(rows)):
        texts = by_label.setdefault(label, [])
        if len(texts) < count and text not in texts:
            texts.append(text)
    return by_label


def _pool(rows: Sequence[tuple[str, str]], seed: int) -> tuple[Article, ...]:
    # No answers in these sets. A first question in place of title and answer adds no knowledge of the label.
    return tuple(
        Article(label, "en", texts[0], (label,), tuple(texts), texts[0])
        for label, texts in sorted(_sample(rows, SHOTS, seed).items())
    )


def _ask(rows: Sequence[tuple[str, str]], seed: int) -> tuple[tuple[str, frozenset[str]], ...]:
    sampled = sorted(_sample(rows, PER_INTENT, seed).items())
    return tuple((text, frozenset({label})) for label, texts in sampled for text in texts)
