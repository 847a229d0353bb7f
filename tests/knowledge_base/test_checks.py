"""What is wrong with articles that each read well on their own."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.article import Article, Button, Source
from knowledge_base.checks import check, check_folder
from knowledge_base.errors import Problem
from models.taxonomy import Intent, Taxonomy

TAXONOMY = Taxonomy(
    1,
    ("cards",),
    (Intent("card_fee", "cards", "answer", "…"), Intent("card_lost", "cards", "handoff", "…")),
)
QUESTIONS = [f"вопрос номер {word}" for word in ["один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь"]]
TODAY = date(2026, 6, 15)


@pytest.fixture
def fine(article: Any) -> Article:
    source = Source(
        "ru/card_fee.md", 1, {"questions": 5, "questions.1": 7, "buttons.0": 20, "valid_to": 3, "intents.0": 4}
    )
    item: Article = article("card_fee", QUESTIONS, source=source)
    return item


def found(*articles: Article, taxonomy: Taxonomy | None = TAXONOMY) -> list[Problem]:
    return check(articles, taxonomy, languages=("ru",), at=TODAY)


def test_a_good_article_has_no_problem(fine: Article) -> None:
    assert found(fine) == []


@pytest.mark.parametrize(
    ("fields", "line", "severity", "what"),
    [
        ({"questions": ("один",)}, 5, "warning", "1 questions; 8 or more"),
        ({"answer": "а" * 601}, 1, "error", "601 characters"),
        ({"valid_to": date(2026, 6, 14)}, 3, "warning", "expired on 2026-06-14"),
        ({"valid_to": date(2026, 6, 20)}, 3, "warning", "expires on 2026-06-20"),
        ({"intents": ("card_fees",)}, 4, "error", "unknown intent `card_fees`"),
        ({"buttons": (Button("Дальше", intent="lost"),)}, 20, "error", "unknown intent `lost`"),
        ({"buttons": (Button("Дальше", article="gone"),)}, 20, "error", "missing article `gone`"),
        ({"buttons": (Button("Дальше", article="card_fee"),)}, 20, "warning", "this very article"),
        ({"buttons": (Button("Дальше"),)}, 20, "error", "leads nowhere"),
        ({"channels": ("web",), "channel_answers": {"email": "x"}}, 1, "warning", "wording for email"),
    ],
)
def test_each_fault_is_told(fine: Article, fields: dict[str, Any], line: int, severity: str, what: str) -> None:
    problems = found(replace(fine, **fields))
    assert any(
        (problem.file, problem.line, problem.severity) == ("ru/card_fee.md", line, severity) and what in problem.what
        for problem in problems
    ), problems


def test_a_button_to_an_expired_article_is_an_error(fine: Article, article: Any) -> None:
    old = article("old", [f"{question} старый" for question in QUESTIONS], valid_to=date(2026, 1, 1), intents=())
    problems = found(replace(fine, buttons=(Button("Дальше", article="old"),)), old)
    assert any("expired article `old`" in problem.what for problem in problems)


def test_one_question_in_two_articles_is_an_error_and_nearly_one_a_warning(fine: Article, article: Any) -> None:
    questions = ["Вопрос номер два?", "номера вопросов: три", *(f"иное {number}" for number in range(6))]
    problems = found(fine, article("other", questions, intents=(), source=Source("ru/other.md")))
    assert [(problem.severity, problem.file) for problem in problems] == [
        ("error", "ru/other.md"),
        ("warning", "ru/other.md"),
    ]
    assert "also a question of `card_fee` (ru/card_fee.md:7)" in problems[0].what


def test_an_intent_that_promises_an_answer_must_have_one(article: Any) -> None:
    (problem,) = found()
    assert problem.severity == "error"
    assert "`card_fee` promises an answer" in problem.what
    assert check([], None) == []


def test_a_missing_translation_is_a_warning(fine: Article) -> None:
    problems = check([fine], TAXONOMY, at=TODAY)
    assert [(problem.severity, "no article in `en`" in problem.what) for problem in problems] == [("warning", True)]


def test_a_folder_is_checked_as_a_whole(articles_folder: Path) -> None:
    facts = articles_folder.parent / "facts.toml"
    facts.write_text(facts.read_text(encoding="utf-8") + "unused = 1\n", encoding="utf-8")
    (articles_folder / "ru" / "card_reissue.md").rename(articles_folder / "ru" / "renamed.md")
    articles, problems = check_folder(articles_folder, at=TODAY)
    assert len(articles) == 1
    whats = [problem.what for problem in problems]
    assert any("no article uses the fact `cards.unused`" in what for what in whats)
    assert any("should be card_reissue.md" in what for what in whats)
    (articles_folder / "ru" / "broken.md").write_text("---\n", encoding="utf-8")
    _, problems = check_folder(articles_folder, at=TODAY)
    assert any(problem.file.endswith("broken.md") for problem in problems)
