"""Learned ranking: the weights of the knowledge-base search, fitted on articles that people confirmed.

A confirmed article is one that an operator sent as it was suggested, or after little change, or that a client said had
helped. For each, all articles are candidates with their parts (`knowledge_base.ranking`), and the confirmed one should
come first: listwise softmax loss (Cao et al., 2007), convex, so that the same data give the same weights.

The fixed weights are the prior: their distance is what a ridge punishes, and how strongly is chosen by cross-validation
on the confirmed articles themselves. "Infinitely" is one of the choices: then the fixed weights stay. Scores keep their
meaning: slope and offset are those under which first hits score as they did.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from knowledge_base.errors import KnowledgeError
from knowledge_base.ranking import Weights
from knowledge_base.search import SearchIndex
from models.encoder import Encoder
from models.errors import DataError
from models.likeness import likeness
from models.preparation import prepare

LEARNED: Final = ("question", "questions", "answer", "words", "letters", "intent")
LEAST: Final = 100
"""Fewer confirmed articles than this don't move the weights: what they seem to teach is mostly chance."""
MOST: Final = 20_000
CANDIDATES: Final = 50
"""Articles that compete for a message: the first by the fixed weights, and the confirmed one."""
RIDGES: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS: Final = 5
_BATCH: Final = 64
HELD_OUT: Final = 5
"""One in so many is never fitted on: those judge."""


@dataclass(frozen=True)
class Confirmed:
    """A client's message (masked), the article that answered it, what the model took it for, how far to trust it."""

    text: str
    article: str
    language: str
    intents: dict[str, float]
    weight: float

    @property
    def judges(self) -> bool:
        """Never fitted on: one in five, always the same ones, drawn by their own words."""
        return int(likeness(self.text)[:8], 16) % HELD_OUT == 0


@dataclass(frozen=True)
class Asked:
    """Confirmed articles as numbers: `parts` (messages, candidates, LEARNED), the confirmed one first; `present` says
    which candidates there are. `keys`: the likeness of each message."""

    parts: NDArray[np.float64]
    present: NDArray[np.bool_]
    weights: NDArray[np.float64]
    keys: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.parts)

    def only(self, rows: NDArray[np.int64]) -> "Asked":
        """Some of them."""
        keys = tuple(self.keys[row] for row in rows.tolist())
        return Asked(self.parts[rows], self.present[rows], self.weights[rows], keys)

    def sums(self, line: NDArray[np.float64]) -> NDArray[np.float64]:
        """(messages, candidates) weighted sums; minus infinity where there is no candidate."""
        return np.where(self.present, self.parts @ line, -np.inf)


@dataclass(frozen=True)
class Fitted:
    """The weights, what they were fitted on, the ridge (None: the fixed ones stay) and each ridge's held-out loss."""

    weights: Weights
    confirmed: int
    ridge: float | None
    losses: dict[str, float]


@dataclass(frozen=True)
class Places:
    """Where confirmed articles were found: `reciprocal`, one over the place; n messages."""

    reciprocal: NDArray[np.float64]

    def within(self, last: int) -> NDArray[np.float64]:
        """1 where the article was among the first `last`, else 0."""
        return (self.reciprocal > 1 / (last + 0.5)).astype(np.float64)

    def figures(self) -> dict[str, float]:
        """n, MRR, recall at 1 and at 3."""
        found = {"mrr": self.reciprocal, "recall_at_1": self.within(1), "recall_at_3": self.within(3)}
        return {"n": len(self.reciprocal)} | {name: round(float(each.mean()), 4) for name, each in found.items()}


@dataclass(frozen=True)
class Answered:
    """A knowledge base and what was confirmed in it."""

    articles: tuple[Article, ...]
    confirmed: tuple[Confirmed, ...]

    def part(self, *, judges: bool) -> "Answered":
        """What is judged by, or all the rest."""
        return Answered(self.articles, tuple(each for each in self.confirmed if each.judges is judges))


def load_answered(folder: Path) -> Answered | None:
    """Articles and what was confirmed, of a folder that `otklik data export --out` wrote; the newest `MOST`.

    None when nothing was confirmed yet. Raises DataError with the line for what can't be read.
    """
    file = folder / "confirmed.jsonl"
    if not file.is_file() or not file.stat().st_size:
        return None
    try:
        articles = load_any(folder / "articles.csv")
    except KnowledgeError as error:
        raise DataError(str(error)) from error
    return Answered(articles, tuple(_read(file))[-MOST:])


def _read(file: Path) -> Iterator[Confirmed]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                said: Any = json.loads(line)
                intents = {str(name): float(chance) for name, chance in said["intents"].items()}
                yield Confirmed(str(said["text"]), str(said["article"]), str(said["language"]), intents,
                                float(said["weight"]))  # fmt: skip
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise DataError("is no confirmed article; export the labels again", file, number) from error


def ask(answered: Answered, encoder: Encoder) -> Asked:
    """Ask the search every message. Messages without a word, and articles that are gone, are left out."""
    index = SearchIndex.build(answered.articles, encoder)
    known = {item.id for item in answered.articles}
    kept = [(each, message) for each in answered.confirmed if each.article in known
            and not (message := prepare(each.text)).wordless]  # fmt: skip
    shape = len(kept), min(CANDIDATES + 1, len(known))
    parts, present = np.zeros((*shape, len(LEARNED))), np.zeros(shape, dtype=bool)
    vectors: list[NDArray[np.float32]] = []
    for start in range(0, len(kept), _BATCH):
        vectors.extend(encoder.encode([message.model_text for _, message in kept[start : start + _BATCH]]))
    for row, ((each, message), vector) in enumerate(zip(kept, vectors, strict=True)):
        hits = index.search(message, vector=vector, language=each.language, intents=each.intents, limit=len(known))
        right = next(hit for hit in hits if hit.article.id == each.article)
        rest = [hit for hit in hits if hit is not right][: shape[1] - 1]
        for place, hit in enumerate((right, *rest)):
            parts[row, place] = [hit.parts.get(name, 0.0) for name in LEARNED]
            present[row, place] = True
    weights = np.array([each.weight for each, _ in kept], dtype=np.float64)
    return Asked(parts, present, weights, tuple(likeness(each.text) for each, _ in kept))


def fit_ranking(asked: Asked, prior: Weights | None = None) -> Fitted:
    """Weights under which the confirmed articles come first most surely, near the fixed ones.

    Raises DataError when there are fewer than `LEAST`: with them the fixed weights are the better guess.
    """
    prior = prior or Weights()
    if len(asked) < LEAST:
        raise DataError(
            f"{len(asked)} confirmed articles are too few to learn a ranking from, {LEAST} are needed; the fixed "
            "weights stay until operators have accepted more suggestions"
        )
    start = _line_of(prior)
    folds = np.array([int(key[8:16], 16) % FOLDS for key in asked.keys])
    losses: dict[str, float] = {}
    for ridge in (None, *RIDGES):
        total = 0.0
        for fold in range(FOLDS):
            fitted = _solve(asked.only(np.flatnonzero(folds != fold)), start, ridge)
            rest = asked.only(np.flatnonzero(folds == fold))
            total += _loss(rest, fitted)[0] * float(rest.weights.sum()) if len(rest) else 0.0
        losses["fixed" if ridge is None else f"{ridge:g}"] = round(total / float(asked.weights.sum()), 6)
    best = min((None, *RIDGES), key=lambda ridge: losses["fixed" if ridge is None else f"{ridge:g}"])
    if best is None:
        return Fitted(prior, len(asked), None, losses)
    return Fitted(_as_weights(_solve(asked, start, best), asked, prior), len(asked), best, losses)


def learn_ranking(answered: Answered, encoder: Encoder) -> Weights | None:
    """The weights of what may be fitted on; None while there is too little, or where the fixed ones are best."""
    fitting = answered.part(judges=False)
    if len(fitting.confirmed) < LEAST:
        return None
    asked = ask(fitting, encoder)
    fitted = fit_ranking(asked) if len(asked) >= LEAST else None
    return fitted.weights if fitted is not None and fitted.ridge is not None else None


def places(asked: Asked, weights: Weights) -> Places:
    """Where the confirmed articles are found with these weights; of equals the worse place counts."""
    sums = asked.sums(_line_of(weights))
    return Places(1.0 / (1 + (sums[:, 1:] >= sums[:, :1]).sum(axis=1)))


@dataclass(frozen=True)
class RankingCompared:
    """The rankings of two models on the same held-out confirmed articles: MRR of each, the gain and its interval."""

    n: int
    before: float
    after: float
    gain: float
    low: float
    high: float


def compare_rankings(
    answered: Answered, live: tuple[Encoder, Weights], candidate: tuple[Encoder, Weights]
) -> RankingCompared | None:
    """Both on what is held out; None when that is too little to say anything."""
    held = answered.part(judges=True)
    if len(held.confirmed) < LEAST // HELD_OUT:
        return None
    asked = ask(held, live[0])
    after_asked = asked if candidate[0].name == live[0].name else ask(held, candidate[0])
    before, after = places(asked, live[1]).reciprocal, places(after_asked, candidate[1]).reciprocal
    gain, low, high = paired_interval(before, after)
    figures = (float(before.mean()), float(after.mean()), gain, low, high)
    return RankingCompared(len(before), *(round(each, 4) for each in figures))


def paired_interval(
    before: NDArray[np.float64], after: NDArray[np.float64], *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """(mean of after - before, and its 95 % interval) by a paired bootstrap over the messages."""
    gains = after - before
    rng = np.random.default_rng(seed)
    means = [float(gains[rng.integers(0, len(gains), len(gains))].mean()) for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(gains.mean()), float(low), float(high)


def _solve(asked: Asked, start: NDArray[np.float64], ridge: float | None) -> NDArray[np.float64]:
    """The line (LEARNED,) at the sharpness that fits; with a ridge it may turn away from `start`, never below 0."""
    sharp = minimize_scalar(lambda log: _loss(asked, np.exp(log) * start)[0], bounds=(-2.0, 6.0), method="bounded")
    scale = float(np.exp(sharp.x))
    if ridge is None:
        return scale * start

    def loss(turned: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = _loss(asked, scale * turned)
        away = turned - start
        return value + ridge * float(away @ away), scale * slope + 2 * ridge * away

    fitted = minimize(loss, start, jac=True, bounds=[(0.0, None)] * len(start), method="L-BFGS-B").x
    return scale * np.asarray(fitted, dtype=np.float64)


def _loss(asked: Asked, line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Mean log-loss of the confirmed articles among their candidates, and its slope (LEARNED,)."""
    sums = asked.sums(line)
    top = sums.max(axis=1, keepdims=True)
    shares = np.exp(sums - top)
    whole = shares.sum(axis=1, keepdims=True)
    counts = asked.weights / (float(asked.weights.sum()) or 1.0)
    total = float(counts @ (top[:, 0] + np.log(whole[:, 0]) - sums[:, 0]))
    slope = np.einsum("nc,ncl->l", shares / whole * counts[:, None], asked.parts) - counts @ asked.parts[:, 0]
    return total, slope


def _as_weights(line: NDArray[np.float64], asked: Asked, prior: Weights) -> Weights:
    """The line at the size of the fixed weights, rounded, with the slope and offset that keep what scores mean."""
    parts = len(LEARNED) - 1
    size = sum(getattr(prior, name) for name in LEARNED[:parts]) / max(float(line[:parts].sum()), 1e-9)
    values = {name: round(float(value), 3) for name, value in zip(LEARNED, line * size, strict=True)}
    fresh = replace(prior, **values)
    before, after = (asked.sums(_line_of(each)).max(axis=1) for each in (prior, fresh))
    slope, shift = np.polyfit(after, before, 1) if np.ptp(after) > 1e-6 else (1.0, 0.0)
    slope = max(float(slope), 0.1)
    return replace(
        fresh, slope=round(prior.slope * slope, 3), offset=round(prior.offset + prior.slope * float(shift), 3)
    )


def _line_of(weights: Weights) -> NDArray[np.float64]:
    return np.array([getattr(weights, name) for name in LEARNED], dtype=np.float64)
