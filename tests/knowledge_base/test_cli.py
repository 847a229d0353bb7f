"""`otklik knowledge ...` at the keyboard."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from knowledge_base.articles import load_articles, load_csv
from knowledge_base.cli import app


@pytest.fixture
def otklik(monkeypatch: pytest.MonkeyPatch, encoder: Any) -> Any:
    """Runs a command with the small encoder: `otklik("search", "карта")`."""
    monkeypatch.setattr("knowledge_base.cli.load_encoder", lambda spec: encoder)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(
        "version: 1\ndepartments: [cards]\nintents:\n"
        "  - {id: card_reissue, department: cards, does: answer, about: a}\n"
        "  - {id: card_lost_or_stolen, department: cards, does: handoff, about: b}\n",
        encoding="utf-8",
    )
    return path


def test_check_lists_problems_and_fails_on_errors_only(otklik: Any, articles_folder: Path, taxonomy: Path) -> None:
    fine = otklik("check", articles_folder, "--taxonomy", taxonomy)
    assert fine.exit_code == 0, fine.output
    assert "warning" in fine.stdout  # two questions only
    assert "1 articles, 0 errors" in fine.stderr
    assert otklik("check", articles_folder, "--taxonomy", taxonomy, "--strict").exit_code == 1
    path = articles_folder / "ru" / "card_reissue.md"
    path.write_text(path.read_text(encoding="utf-8").replace("lost_or_stolen", "gone"), encoding="utf-8")
    bad = otklik("check", articles_folder, "--taxonomy", taxonomy, "--json")
    assert bad.exit_code == 1
    problems = [json.loads(line) for line in bad.stdout.splitlines()]
    assert {"file": str(path), "line": 10, "severity": "error"}.items() <= next(
        problem for problem in problems if problem["severity"] == "error"
    ).items()


def test_export_goes_both_ways(otklik: Any, articles_folder: Path, tmp_path: Path) -> None:
    table, copy = tmp_path / "faq.csv", tmp_path / "copy"
    assert otklik("export", articles_folder, table).exit_code == 0
    assert load_csv(table)[0].questions == load_articles(articles_folder)[0].questions
    assert otklik("export", table, copy).exit_code == 0
    assert load_articles(copy)[0].answer == load_articles(articles_folder)[0].answer
    refused = otklik("export", articles_folder, table)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert otklik("export", articles_folder, table, "--force").exit_code == 0


def test_search_shows_scores_and_parts(otklik: Any, articles_folder: Path) -> None:
    result = otklik("search", "как перевыпустить карту", "--articles", articles_folder)
    assert result.exit_code == 0
    assert "card_reissue" in result.stdout
    assert "question=1.00" in result.stdout


def test_search_answers_a_file_of_queries(otklik: Any, tmp_path: Path) -> None:
    table = tmp_path / "faq.csv"
    table.write_text("id,question,answer\na,где карта,Едет\nb,какая ставка,Десять\n", encoding="utf-8")
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"query": "где моя карта", "gold": "a"}\n\n{"text": "ставка", "n": [1, "\\ud800"]}\n', encoding="utf-8"
    )
    result = otklik("search", "--articles", table, "--queries", queries, "--json", "--limit", "1")
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["query"], first["gold"], first["articles"][0]["id"]) == ("где моя карта", "a", "a")
    assert first["articles"][0]["question"] == first["articles"][0]["title"] == "где карта"
    assert 0 <= first["articles"][0]["score"] <= 1
    assert (second["text"], second["articles"][0]["id"]) == ("ставка", "b")


@pytest.mark.parametrize(
    ("line", "what"),
    [("not json", "queries.jsonl:2: not JSON"), ('{"q": "x"}', "`query` or `text`"), ("[]", "`query` or `text`")],
)
def test_a_bad_line_of_queries_is_told(
    otklik: Any, articles_folder: Path, tmp_path: Path, line: str, what: str
) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(f'{{"query": "карта"}}\n{line}\n', encoding="utf-8")
    result = otklik("search", "--articles", articles_folder, "--queries", queries)
    assert result.exit_code == 1
    assert what in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [("search",), ("search", "x", "--articles", "/no/such"), ("check", "/no/such")])
def test_what_cannot_be_done_is_said_plainly(otklik: Any, arguments: tuple[str, ...], taxonomy: Path) -> None:
    extra = ("--taxonomy", taxonomy) if arguments[0] == "check" else ()
    result = otklik(*arguments, *extra)
    assert result.exit_code == 1
    assert result.output.strip()
    assert "Traceback" not in result.output
