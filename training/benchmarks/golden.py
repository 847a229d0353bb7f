"""How well a trained model and the shipped articles do on the golden set, by style: intents, scope, answers, search.

    python -m training.benchmarks.golden --model DIR

Writes `golden.md` (figures, languages by styles, the twenty worst confusions) and `confusions.md`, where each of the
twenty has beside it what was done about it, by hand, from `confusions.toml`.

`article first`: of the messages whose intent is answered from the knowledge base, the share for which the first
article found belongs to that intent, as the service searches (with the classifier's three best intents).
"""

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from knowledge_base.articles import load_articles
from knowledge_base.search import SearchIndex
from models.bundle import Bundle
from models.preparation import prepare
from models.taxonomy import load_taxonomy
from training.benchmarks.record import RESULTS, save
from training.dataset import Dataset, load_dataset
from training.evaluate import Confusion, Group, Report, evaluate
from training.report import Table, percent

MODULE: Final = "training.benchmarks.golden"
DATA: Final = Path(__file__).resolve().parents[1] / "data"
DONE: Final = Path(__file__).parent / "confusions.toml"
ARTICLES: Final = Path(__file__).resolve().parents[2] / "knowledge_base" / "articles"


def first_articles(bundle: Bundle, dataset: Dataset, articles: Path) -> tuple[int, int]:
    """(messages whose first article is of their intent, messages of intents that articles answer)."""
    answered = {i.id for i in load_taxonomy(DATA / "taxonomy.yaml").intents if i.does == "answer"}
    index = SearchIndex.build(load_articles(articles), bundle.encoder)
    asked = [e for e in dataset.examples if e.label in answered]
    right = 0
    for example in asked:
        prepared = prepare(example.text)
        found = bundle.classify([prepared])[0]
        intents = {scored.intent: scored.confidence for scored in found.ranking[:3]}
        hits = index.search(
            found.mended or prepared, vector=found.vector, language=example.language, intents=intents, limit=1
        )
        right += bool(hits) and example.label in hits[0].article.intents
    return right, len(asked)


def main() -> None:
    """Judge and write `golden.json` and `golden.md`."""
    parser = argparse.ArgumentParser(description="The shipped domain on its golden set")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    bundle, golden = Bundle.load(options.model), load_dataset(DATA / "golden")
    report = evaluate(bundle, golden)
    right, asked = first_articles(bundle, golden, ARTICLES)
    rows = [_row("all", report.n, report.accuracy, report.scope_refusal, report.coverage)]
    rows += [_group(f"language {name}", group) for name, group in report.by_language.items()]
    rows += [_group(name, group) for name, group in report.by_style.items()]
    confusions = report.confusions
    columns = ("messages written", "n", "right intent, %", "out of scope refused, %", "answered alone, %")
    auroc = report.scope_auroc or 0.0
    note = (
        f"Of the answers given alone {percent(report.error_rate)} % are wrong ({percent(report.promised_error_rate)} % "
        f"allowed); scope AUROC {auroc:.4f}, {percent(report.scope_recall)} % of in-scope messages let through; "
        f"an article of the right intent is first for {percent(right / asked)} % of {asked} questions. "
        f"Model {report.model}."
    )
    results: dict[str, Any] = {**report.as_dict(), "article_first": round(right / asked, 4), "article_questions": asked}
    tables = f"{styles_table(report).markdown()}\n\n{confusions_table(confusions).markdown()}\n"
    page = save(
        "golden", MODULE, results, Table("The golden set", columns, rows), f"{note}\n\n{tables}", options.results
    )
    done = tomllib.loads(DONE.read_text(encoding="utf-8"))["done"]
    (options.results / "confusions.md").write_text(what_was_done(confusions, done, report.model), encoding="utf-8")
    print(page)


def styles_table(report: Report) -> Table:
    """A row a style, with the share of right intents and the number of messages in each language."""
    groups = {tuple(name.split(" ")): group for name, group in report.by_language_and_style.items()}
    languages = sorted({language for language, _ in groups}, reverse=True)
    rows = []
    for style in sorted({style for _, style in groups}):
        cells = [groups.get((language, style)) for language in languages]
        shares = [
            percent(group.accuracy if group.accuracy is not None else group.refused) + f" ({group.n})" if group else "-"
            for group in cells
        ]
        rows.append((style.replace("_", " "), *shares))
    title = "Styles by language: right intent, or refused where out of scope, % (messages)"
    return Table(title, ("messages written", *languages), rows)


def confusions_table(confusions: Sequence[Confusion]) -> Table:
    """The confusions with two messages each."""
    rows = [(c.truth, c.predicted, str(c.count), " / ".join(c.examples[:2])) for c in confusions]
    return Table("The worst confusions", ("is", "taken for", "times", "for example"), rows)


def what_was_done(confusions: Sequence[Confusion], done: Mapping[str, str], model: str) -> str:
    """The confusions and, by pair (`truth -> predicted`), what people did about them."""
    lines = [
        "# The twenty worst confusions on the golden set, and what was done about them",
        "",
        f"Figures: `python -m {MODULE} --model DIR`, model {model}. Texts: `training/benchmarks/confusions.toml`.",
    ]
    for number, c in enumerate(confusions, start=1):
        text = done.get(f"{c.truth} -> {c.predicted}", "Not looked at yet.")
        examples = "; ".join(f"«{example}»" for example in c.examples[:2])
        lines += ["", f"{number}. **{c.truth} → {c.predicted}**, {c.count}: {examples}  ", f"   {text}"]
    return "\n".join(lines) + "\n"


def _group(name: str, group: Group) -> tuple[str, ...]:
    return _row(name.replace("_", " "), group.n, group.accuracy, group.refused, group.coverage)


def _row(
    name: str, count: int, accuracy: float | None, refused: float | None, coverage: float | None
) -> tuple[str, ...]:
    return name, str(count), percent(accuracy), percent(refused), percent(coverage)


if __name__ == "__main__":
    main()
