"""Does a second message find its article through the first: «сколько стоит снять в чужом банкомате», «а за границей?»?

    python -m training.benchmarks.follow_ups --model DIR

Both messages go the way the service sends them: classified, and searched with the article the first one found as the
last article. Whether the message is a tail says the service's own rule (`knowledge_base.search.tail_of`); if not, or if
the model is sure of an intent that is not served by an article, it is answered for itself. `answered`: tails whose
article is given; `first`: tails whose article the search has first, whatever was decided. `let go`: messages that
change the topic and are not taken for a tail, nor answered with another article than theirs; being asked back is no
mistake there.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from knowledge_base.articles import load_articles
from knowledge_base.follow_up import Leaning, leaning_of
from knowledge_base.search import Hit, SearchIndex, tail_of
from models.bundle import Bundle, Classification
from models.errors import DataError
from models.preparation import Prepared, prepare
from models.taxonomy import load_taxonomy
from training.benchmarks.record import RESULTS, save
from training.report import Table, percent

MODULE: Final = "training.benchmarks.follow_ups"
CASES: Final = Path(__file__).resolve().parents[1] / "data" / "follow_ups"
ARTICLES: Final = Path(__file__).resolve().parents[2] / "knowledge_base" / "articles"
TAXONOMY: Final = CASES.parent / "taxonomy.yaml"
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
    first: str | None

    @property
    def right(self) -> bool:
        """A tail: its article is given. A change of topic: never answered as a tail, nor with a wrong article."""
        if self.case.topic_change:
            mine = not self.case.articles or self.found is None or self.found in self.case.articles
            return self.how != "tail" and mine
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
        self._answered = {intent.id for intent in load_taxonomy(TAXONOMY).intents if intent.does == "answer"}

    def judge(self, case: Case) -> Outcome:
        """Ask both messages, one after the other."""
        _, hits = self._ask(case.first, case.language, None, Leaning.NONE)
        anchor = hits[0].article if hits else None
        leaning = leaning_of(self._read(case.follow_up)[1].model_text)
        found, hits = self._ask(case.follow_up, case.language, anchor.id if anchor else None, leaning)
        intent = found.ranking[0].intent
        tail = tail_of(hits, anchor.intents if anchor else ())
        if found.automatic and (tail is None or intent not in self._answered):
            answer = next((hit.article.id for hit in hits if intent in hit.article.intents), None)
            how = "itself"
        else:
            answer, how = (tail.article.id, "tail") if tail else (None, "asked back")
        first = hits[0].article.id if hits else None
        return Outcome(case, anchor.id if anchor else None, answer, how, leaning.value, first)

    def _read(self, text: str) -> tuple[Classification, Prepared]:
        prepared = prepare(text)
        found = self._bundle.classify([prepared])[0]
        return found, found.mended or prepared

    def _ask(
        self, text: str, language: str, last: str | None, leaning: Leaning
    ) -> tuple[Classification, Sequence[Hit]]:
        found, message = self._read(text)
        intents = {scored.intent: scored.confidence for scored in found.ranking[:INTENTS]}
        if found.automatic and leaning is Leaning.PERHAPS:
            last = None
        return found, self._index.search(message, vector=found.vector, language=language, intents=intents, article=last)


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    tails = [o for o in outcomes if not o.case.topic_change]
    changes = [o for o in outcomes if o.case.topic_change]
    first = sum(o.first in o.case.articles for o in tails)
    wrong = sum(o.found is not None and not o.right for o in tails)
    return (
        name, str(len(tails)), percent(sum(o.right for o in tails) / len(tails)), percent(first / len(tails)),
        percent(wrong / len(tails)), str(len(changes)), percent(sum(o.right for o in changes) / len(changes)),
    )  # fmt: skip


def main() -> None:
    """Judge and write `follow_ups.json` and `follow_ups.md`."""
    parser = argparse.ArgumentParser(description="Second messages that lean on the first")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    bundle = Bundle.load(options.model)
    desk = Desk(bundle, ARTICLES)
    outcomes = [desk.judge(case) for case in load_cases(CASES)]
    rows = [_row("all", outcomes)]
    rows += [_row(name, [o for o in outcomes if o.case.language == name]) for name in ("ru", "en")]
    columns = ("language", "tails", "answered, %", "first, %", "answered wrongly, %", "changes of topic", "let go, %")
    mistakes = [
        f"- {o.case.first} → {o.case.follow_up}: {o.how} {o.found or ''} (first {o.first}, wanted "
        f"{' or '.join(o.case.articles) or 'no tail'}; leans {o.leaning})"
        for o in outcomes
        if not o.right
    ]
    note = f"Model {bundle.version}. What went wrong:\n\n" + "\n".join(mistakes)
    results: dict[str, Any] = {"model": bundle.version, "outcomes": [asdict(o) | {"right": o.right} for o in outcomes]}
    print(save("follow_ups", MODULE, results, Table("Second messages", columns, rows), note, options.results))


if __name__ == "__main__":
    main()
