"""The few words that most clients write find the article that most of them need, not a special case of it.

`plain_questions/<language>.csv`: question, and the articles (any of them) that should come first.
"""

import csv
from pathlib import Path

import pytest

from service.office import Office
from service.understanding import Context, Question

FOLDER = Path(__file__).parent / "plain_questions"
ENOUGH = 0.95
"""Some plain words are ambiguous, and each training is a little different."""


@pytest.mark.parametrize("language", sorted(path.stem for path in FOLDER.glob("*.csv")))
def test_the_article_most_clients_need_comes_first(language: str, office: Office) -> None:
    with (FOLDER / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["question"], row["articles"].split()) for row in csv.DictReader(file)]
    known = {article for _, wanted in rows for article in wanted}
    assert known <= {each.id for each in office.knowledge.articles(language)}, "an article of the list is gone"
    asked = [Question(text, Context(language=language)) for text, _ in rows]
    found = office.reader.understand_all(asked, office.clock())
    missed = [
        f"{text}: {[each.id for each in understood.articles[:2]]} instead of {wanted}"
        for (text, wanted), understood in zip(rows, found, strict=True)
        if not understood.articles or understood.articles[0].id not in wanted
    ]
    assert len(missed) <= (1 - ENOUGH) * len(rows), "\n".join(missed)
