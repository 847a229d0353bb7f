"""Does a second message find its article through the first («сколько стоит снять в чужом банкомате» -> «а за границей?»)?

    python -m training.benchmarks.follow_ups --model DIR

Both messages go the way the service sends them: classified, and searched with the article the first one found as the
last article. `kept`: a tail whose article is the expected one. `let go`: a message that changes the topic and finds what
it asks for itself, and is not taken for a tail (its article is not the topic of the last one). The rule that decides
whether an answer counts as a follow-up is the service's own, `knowledge_base.follow_up.answers_tail`.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from knowledge_base.articles import load_articles
from knowledge_base.follow_up import leaning_of
from knowledge_base.search import Hit, SearchIndex, tail_of
from models.bundle import Bundle, Classification
from models.errors import DataError
from models.preparation import Prepared, prepare
from training.benchmarks.record import RESULTS, save
from training.report import Table, percent

MODULE: Final = "training.benchmarks.follow_ups"
CASES: Final = Path(__file__).resolve().parents[1] / "data" / "follow_ups"
ARTICLES: Final = Path(__file__).resolve().parents[2] / "knowledge_base" / "articles"
INTENTS: Final = 5
"""How many intents of the ranking the search is told, as in the service."""


@dataclass(frozen=True)
class Case:
    """Two messages of one client. `articles`: ids that answer the second one, best first; empty: none should."""

    language: str
    first: str
    follow_up: str
    articles: tuple[str, ...]
    topic_change: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a case. `answered`: the article the bot would answer the second message with, and why."""

    case: Case
    anchor: str | None
    found: str | None
    how: str
    leaning: str

    @property
    def right(self) -> bool:
        """A tail: its article is given. A change of topic: never answered as a tail, nor with a wrong article."""
        if self.case.topic_change:
            return self.how != "tail" and (self.found is None or self.found in self.case.articles)
        return self.found in self.case.articles


def load_cases(folder: Path) -> Iterator[Case]:
    """The cases of `ru.jsonl` and `en.jsonl`. Raises DataError with file and line."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                articles = (row["article"], *row.get("also", ())) if row["article"] else ()
                yield Case(path.stem, row["first"], row["follow_up"], articles, bool(row["topic_change"]))
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"is not a case: {error}", path, number) from error


class Desk:
    """Searches as the service does."""

    def __init__(self, bundle: Bundle, articles: Path) -> None:
        self._bundle = bundle
        self._index = SearchIndex.build(load_articles(articles), bundle.encoder)

    def judge(self, case: Case) -> Outcome:
        """Ask both messages. An automatic intent answers by itself; otherwise a tail is answered as one."""
        _, hits = self._ask(case.first, case.language, None)
        anchor = hits[0].article if hits else None
        found, hits = self._ask(case.follow_up, case.language, anchor.id if anchor else None)
        leaning = leaning_of(case.follow_up).value
        own = {found.ranking[0].intent} if found.automatic else set()
        tail = tail_of(hits, anchor.intents if anchor else ())
        if own:
            best = next((hit.article.id for hit in hits if own & set(hit.article.intents)), None)
            return Outcome(case, anchor.id if anchor else None, best, "itself", leaning)
        how, answer = ("tail", tail.article.id) if tail else ("asked back", None)
        return Outcome(case, anchor.id if anchor else None, answer, how, leaning)

    def _ask(self, text: str, language: str, last: str | None) -> tuple[Classification, Sequence[Hit]]:
        prepared: Prepared = prepare(text)
        found = self._bundle.classify([prepared])[0]
        intents = {scored.intent: scored.confidence for scored in found.ranking[:INTENTS]}
        message = found.mended or prepared
        return found, self._index.search(message, vector=found.vector, language=language, intents=intents, article=last)
