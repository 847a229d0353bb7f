import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import models.encoder
from models.encoder import Encoder
from tests.models.small_model import WordEncoder, small_dataset
from training.cli import app

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _toy_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def toy(argument: str, spec: str) -> Encoder:
        return WordEncoder()

    monkeypatch.setitem(models.encoder.ENCODERS, "use", toy)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "data.jsonl"
    rows = [json.dumps({"text": e.text, "label": e.label, "language": "ru"}) for e in small_dataset().examples]
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def test_trains_and_evaluates(data: Path, tmp_path: Path) -> None:
    trained = RUNNER.invoke(app, ["train", "--data", str(data), "--out", str(tmp_path / "model")])
    assert trained.exit_code == 0, trained.output
    assert "3 intents, 100 examples" in trained.stdout
    assert "100 % done" in trained.stderr
    judged = RUNNER.invoke(app, ["evaluate", "--model", str(tmp_path / "model"), "--data", str(data), "--json"])
    figures = json.loads(judged.stdout)
    assert {"accuracy", "macro_f1", "scope_auroc", "coverage", "error_rate", "n"} <= figures.keys()
    assert figures["accuracy"] > 0.95
    table = RUNNER.invoke(app, ["evaluate", "--model", str(tmp_path / "model"), "--data", str(data)])
    assert "accuracy, %" in table.stdout


def test_a_clear_error_is_one_line_and_a_failure(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("text,label\none\n")
    result = RUNNER.invoke(app, ["train", "--data", str(tmp_path / "bad.csv"), "--out", str(tmp_path / "model")])
    assert result.exit_code == 1
    assert result.stderr == f"error: {tmp_path}/bad.csv:2: has 1 fields, the header has 2; quote commas\n"
    assert not (tmp_path / "model").exists()


def test_checks_data_and_fails_on_errors(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nwhere is it,a\nWhere is it?,b\n")
    result = RUNNER.invoke(app, ["data", "check", "--data", str(tmp_path / "a.csv"), "--encoder", "none"])
    assert result.exit_code == 1
    assert "a.csv:3: error: is `b` here and `a` at" in result.stdout
    found = RUNNER.invoke(app, ["data", "check", "--data", str(tmp_path / "a.csv"), "--encoder", "none", "--json"])
    assert json.loads(found.stdout)["problems"][0]["severity"] == "warning"


@pytest.mark.parametrize("place", [".", ".."])
def test_the_taxonomy_in_the_data_folder_or_beside_it_is_used(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "data" / "examples"
    (folder / "ru").mkdir(parents=True)
    (folder / "ru" / "rate.txt").write_text("курс\nевро\n", encoding="utf-8")
    (folder / place / "taxonomy.yaml").write_text(
        "version: 1\ndepartments: [g]\nintents:\n - {id: menu, department: g, does: answer, about: x}\n",
        encoding="utf-8",
    )
    result = RUNNER.invoke(app, ["train", "--data", str(folder), "--out", str(tmp_path / "model")])
    assert result.exit_code == 1
    assert "rate.txt:1: label `rate` is not in the taxonomy" in result.stderr
