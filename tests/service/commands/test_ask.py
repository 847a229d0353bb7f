"""`otklik ask`: texts understood, one or a file of them, and every mistake named."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.commands.conftest import Run, lines_of

ROOT = Path(__file__).resolve().parents[3]
PROMISED = {"intent", "confidence", "ranking", "in_scope", "scope_score", "language", "entities", "sentiment",
            "articles", "decision"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_one_text_is_understood_and_shown_as_json(otklik: Run, few_articles: Path) -> None:
    (shown,) = lines_of(otklik("ask", "забыл пин-код от карты, 79161234567", "--json", "--articles", few_articles))
    assert shown.keys() >= PROMISED
    assert shown["intent"] == shown["ranking"][0]["intent"] == "card_pin"
    assert shown["confidence"] == shown["ranking"][0]["confidence"]
    assert shown["articles"][0].keys() == {"id", "title", "score"}
    assert shown["articles"][0]["id"] == "pin"
    assert shown["entities"] == [{"kind": "phone", "value": "[phone]"}]
    assert shown["masked"].endswith("[phone]")
    assert shown["decision"] == {"kind": "answer", "articles": ["pin"], "intent": "card_pin"}
    assert shown["model"]
    assert shown["problem"] is None


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_one_text_is_shown_to_people_as_a_table(otklik: Run, few_articles: Path) -> None:
    shown = otklik("ask", "забыл пин-код от карты", "--articles", few_articles).stdout
    assert re.search(r"intent\s+card_pin\s+\d+\.\d%", shown)
    assert "decision" in shown
    assert "answer" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("with_model")
def test_every_line_of_a_file_is_understood_on_its_own_and_keeps_its_keys(
    otklik: Run, few_articles: Path, tmp_path: Path
) -> None:
    asked = [
        {"text": "забыл пин-код от карты", "id": 7, "label": "card_pin"},
        {"text": "какая завтра погода в Сочи", "note": {"from": ["web", None]}},
        {"text": ""},
        {"text": "How do I transfer money by phone number?", "id": "x"},
        {"text": "битая \ud800 строка"},
        {"text": "  по краям  "},
    ]
    file = tmp_path / "asked.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)) + "\n\n", encoding="utf-8")
    shown = lines_of(otklik("ask", "--file", file, "--json", "--articles", few_articles))
    assert len(shown) == len(asked)
    for given, result in zip(asked, shown, strict=True):
        assert result.keys() >= PROMISED
        assert {key: result[key] for key in given if key != "text"} == {k: v for k, v in given.items() if k != "text"}
        assert isinstance(result["confidence"], float)
        assert 0 <= result["confidence"] <= 1
        assert isinstance(result["in_scope"], bool)
        assert isinstance(result["scope_score"], float)
        assert result["language"] in ("ru", "en", "other")
        assert result["sentiment"] in ("positive", "neutral", "negative")
        assert all({"intent", "confidence"} <= scored.keys() for scored in result["ranking"])
        assert result["decision"]["kind"]
    assert [result["text"] for result in shown][:4] == [given["text"] for given in asked][:4]
    assert [result["in_scope"] for result in shown][:4] == [True, False, False, True]
    assert shown[3]["language"] == "en"


@pytest.mark.slow
def test_without_a_model_keywords_answer_and_it_is_said(otklik: Run, few_articles: Path) -> None:
    (shown,) = lines_of(otklik("ask", "забыл пин-код", "--json", "--articles", few_articles))
    assert shown["intent"] == "card_pin"
    assert shown["keywords_used"]
    assert "otklik train" in shown["problem"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{not json", "is not JSON"),
        ("[1, 2]", 'needs a "text"'),
        ('{"question": "как?"}', 'needs a "text"'),
        ('{"text": 5}', 'needs a "text"'),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=["cut off", "a list", "another key", "a number", "nested too deep"],
)
def test_a_bad_line_is_named_by_file_and_number_and_nothing_else_comes_out(
    otklik: Run, few_articles: Path, tmp_path: Path, line: str, what: str
) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_text(f'{{"text": "пин"}}\n\n{line}\n', encoding="utf-8")
    result = otklik("ask", "--file", file, "--articles", few_articles, "--json", status=1)
    assert f"{file}:3: {what}" in result.stderr.replace("\n", "")
    assert result.stdout == ""


def test_a_file_in_another_encoding_is_named_with_its_line(otklik: Run, few_articles: Path, tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_bytes('{"text": "пин"}\n'.encode() + '{"text": "пин"}\n'.encode("cp1251"))
    result = otklik("ask", "--file", file, "--articles", few_articles, status=1)
    assert f"{file}:2" in result.stderr.replace("\n", "")


def test_a_file_that_is_not_there_is_one_clear_line(otklik: Run, few_articles: Path) -> None:
    result = otklik("ask", "--file", "nowhere.jsonl", "--articles", few_articles, status=1)
    assert "nowhere.jsonl" in result.stderr
    assert "No such file" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("пин", "--file", "asked.jsonl")], ids=["nothing", "both"])
def test_ask_wants_a_text_or_a_file(otklik: Run, arguments: tuple[str, ...]) -> None:
    otklik("ask", *arguments, status=2, says="give either a TEXT or --file")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut"])
def test_a_broken_model_that_was_named_is_an_error_and_not_a_guess(
    otklik: Run, few_articles: Path, tmp_path: Path, trained_model: Path, damage: str
) -> None:
    folder = tmp_path / "other-model"
    if damage == "empty":
        folder.mkdir()
    if damage == "cut":
        shutil.copytree(trained_model, folder)
        arrays = folder / "arrays.npz"
        arrays.write_bytes(arrays.read_bytes()[:1000])
    result = otklik("ask", "пин", "--model", folder, "--articles", few_articles, status=1)
    assert "error:" in result.stderr
    assert str(folder) in result.stderr.replace("\n", "")
    assert "Traceback" not in result.output


def test_articles_that_are_not_there_are_named(otklik: Run, tmp_path: Path) -> None:
    missing = tmp_path / "no-articles"
    result = otklik("ask", "пин", "--articles", missing, status=1)
    assert str(missing) in result.stderr.replace("\n", "")


@pytest.mark.slow
def test_the_installed_program_speaks_json_in_the_plainest_locale(trained_model: Path, few_articles: Path) -> None:
    environment = os.environ | {"OTKLIK_MODEL_DIR": str(trained_model), "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "ask", "забыл пин-код", "--json", "--articles", str(few_articles)],
        cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8"))["intent"] == "card_pin"
