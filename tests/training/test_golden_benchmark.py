"""What the golden benchmark and the one of follow-ups write."""

import json
import tomllib
from pathlib import Path

import pytest

from knowledge_base.articles import load_articles
from models.errors import DataError
from models.taxonomy import OUT_OF_SCOPE, load_taxonomy
from training.benchmarks.follow_ups import ARTICLES, CASES, TAXONOMY, Case, Outcome, load_cases
from training.benchmarks.golden import DONE, confusions_table, what_was_done
from training.evaluate import Confusion

CONFUSIONS = (Confusion("a", "b", 3, ("раз", "два", "три")), Confusion("b", OUT_OF_SCOPE, 1, ("четыре",)))


def test_what_was_done_stands_beside_its_confusion() -> None:
    page = what_was_done(CONFUSIONS, {"a -> b": "Added contrast."}, "0123")
    assert "1. **a → b**, 3: «раз»; «два»  \n   Added contrast." in page
    assert "2. **b → out_of_scope**, 1: «четыре»  \n   Not looked at yet." in page


def test_a_confusion_is_shown_with_two_messages() -> None:
    assert confusions_table(CONFUSIONS).rows[0] == ("a", "b", "3", "раз / два")


def test_the_texts_are_about_pairs_that_exist() -> None:
    known = {*load_taxonomy(TAXONOMY).ids, OUT_OF_SCOPE}
    for pair, text in tomllib.loads(DONE.read_text(encoding="utf-8"))["done"].items():
        truth, arrow, predicted = pair.partition(" -> ")
        assert arrow
        assert {truth, predicted} <= known
        assert text.strip()


def test_the_shipped_pairs_are_many_and_their_articles_exist() -> None:
    cases = list(load_cases(CASES))
    ids = {article.id for article in load_articles(ARTICLES)}
    assert {each for case in cases for each in case.articles} <= ids
    for language, tails, changes in (("ru", 80, 15), ("en", 30, 10)):
        own = [case for case in cases if case.language == language]
        assert sum(not case.topic_change for case in own) >= tails
        assert sum(case.topic_change for case in own) >= changes
    assert all(case.articles for case in cases if not case.topic_change)
    assert len({(case.first, case.follow_up) for case in cases}) == len(cases)


def test_a_broken_case_is_named_with_its_line(tmp_path: Path) -> None:
    row = {"first": "a", "follow_up": "b", "article": "c", "topic_change": False}
    (tmp_path / "ru.jsonl").write_text(json.dumps(row) + '\n{"first": 1}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"ru\.jsonl:2"):
        list(load_cases(tmp_path))


@pytest.mark.parametrize(
    ("articles", "change", "found", "how", "right"),
    [
        (("a", "b"), False, "b", "tail", True),
        (("a",), False, None, "asked back", False),
        (("a",), True, "a", "itself", True),
        (("a",), True, None, "asked back", True),
        (("a",), True, "a", "tail", False),
        ((), True, "x", "itself", True),
        (("a",), True, "x", "itself", False),
    ],
)
def test_a_tail_wants_its_article_and_a_new_topic_wants_to_be_let_go(
    articles: tuple[str, ...], change: bool, found: str | None, how: str, right: bool
) -> None:
    case = Case("ru", "первое", "второе", articles, change)
    assert Outcome(case, "z", found, how, "partly", found).right is right
