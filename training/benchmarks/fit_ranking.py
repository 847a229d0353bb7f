"""Fit the ranking weights on retrieval suites (those of `retrieval`), and print them as JSON for `Weights.load`.

    python -m training.benchmarks.fit_ranking --data DATA --articles knowledge_base/articles/ru

One set of weights for all suites, each suite counting the same whatever its size. Weights: listwise softmax loss (Cao
et al., 2007), none below 0. Slope and offset: Platt scaling of the first hit's sum, right against wrong.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge_base.ranking import Weights
from knowledge_base.search import SearchIndex
from models.encoder import Encoder, load_encoder
from models.preparation import prepare
from training.benchmarks.retrieval import RememberingEncoder, add_suites, suites_of
from training.benchmarks.retrieval_cases import Suite

LEARNED: Final = ("question", "questions", "answer", "words", "letters", "intent")
_RIDGE: Final = 1e-4


def features(suite: Suite, encoder: Encoder) -> tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]:
    """For each query, the parts of every article (articles, LEARNED), and which articles are right (articles,)."""
    rows, right = [], []
    for part in suite.rounds:
        index = SearchIndex.build(part.articles, encoder)
        for text, expected in part.queries:
            prepared = prepare(text)
            vector = encoder.encode([prepared.model_text])[0]
            intents = suite.intents.get(text, {})
            hits = index.search(prepared, vector=vector, intents=intents, limit=len(part.articles))
            if hits:
                rows.append(np.array([[hit.parts.get(name, 0.0) for name in LEARNED] for hit in hits]))
                right.append(np.array([hit.article.id in expected for hit in hits]))
    if not suite.has_answers:
        for row in rows:
            row[:, LEARNED.index("answer")] = 0.0
    return rows, right


def fit_order(
    suites: Sequence[tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]],
) -> NDArray[np.float64]:
    """The weights (LEARNED,) under which right articles come first most surely."""

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for rows, right in suites:
            asked = [(row, mask) for row, mask in zip(rows, right, strict=True) if mask.any()]
            for row, mask in asked:
                sums = row @ weights
                shares = np.exp(sums - sums.max())
                shares /= shares.sum()
                wanted = shares * mask
                total -= float(np.log(wanted.sum() + 1e-12)) / len(asked)
                slope = slope + (shares - wanted / (wanted.sum() + 1e-12)) @ row / len(asked)
        return total, slope

    start = np.full(len(LEARNED), 3.0)
    fitted: NDArray[np.float64] = minimize(loss, start, jac=True, bounds=[(0.0, None)] * len(LEARNED)).x
    return fitted


def fit_score(
    sums: NDArray[np.float64], right: NDArray[np.bool_], importance: NDArray[np.float64]
) -> tuple[float, float]:
    """(slope, offset) of the logistic function that turns a first hit's sum into its chance of being right."""

    def loss(line: NDArray[np.float64]) -> float:
        margin = np.where(right, 1, -1) * (line[0] * sums + line[1])
        return float((importance * np.logaddexp(0, -margin)).sum() / importance.sum())

    slope, offset = minimize(loss, np.array([10.0, -5.0]), method="Nelder-Mead").x
    return float(slope), float(offset)


def fit(suites: Sequence[Suite], encoder: Encoder, *, only_score: bool = False) -> Weights:
    """One set of weights for all suites, scaled so that all but the intent's sum to 1.

    `only_score` keeps the default weights, and fits slope and offset alone.
    """
    measured = [features(suite, encoder) for suite in suites]
    if only_score:
        order = np.array([getattr(Weights(), name) for name in LEARNED])
    else:
        order = fit_order(measured)
        order /= order[: LEARNED.index("intent")].sum()
    firsts, right, importance = [], [], []
    for rows, masks in measured:
        for row, mask in zip(rows, masks, strict=True):
            sums = row @ order
            firsts.append(sums.max())
            right.append(bool(mask[sums.argmax()]))
            importance.append(1 / len(rows))
    slope, offset = fit_score(np.array(firsts), np.array(right), np.array(importance))
    values = {name: round(float(value), 3) for name, value in zip(LEARNED, order, strict=True)}
    return replace(Weights(), **values, slope=round(slope, 2), offset=round(offset, 2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m training.benchmarks.fit_ranking", description=__doc__)
    add_suites(parser)
    parser.add_argument("--only-score", action="store_true", help="keep the default weights, fit slope and offset")
    parser.add_argument("--out", type=Path, help="write the weights here instead of printing them")
    options = parser.parse_args(arguments)
    encoder = RememberingEncoder(load_encoder(options.encoder))
    weights = fit(suites_of(parser, options, encoder), encoder, only_score=options.only_score)
    if options.out:
        options.out.write_text(weights.to_json(), encoding="utf-8")
    else:
        print(weights.to_json(), end="")


if __name__ == "__main__":
    main()
