import json
import sys
from pathlib import Path

import pytest

import models.encoder
from models.bundle import Bundle
from models.encoder import Encoder
from models.errors import DataError
from tests.models.small_model import WordEncoder, load_small, small_dataset, train_small
from training.benchmarks import intents, speed
from training.report import Table


@pytest.fixture(autouse=True)
def _toy_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def toy(argument: str, spec: str) -> Encoder:
        return WordEncoder()

    monkeypatch.setitem(models.encoder.ENCODERS, "use", toy)


def _run(monkeypatch: pytest.MonkeyPatch, module: object, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    module.main()  # type: ignore[attr-defined]


def _banking(folder: Path) -> Path:
    folder.mkdir()
    rows = [f"{e.text},{e.label}" for e in small_dataset(out_of_scope=False).examples]
    for name, part in (("train", rows[::2]), ("test", rows[1::2])):
        (folder / f"{name}.csv").write_text("\n".join(["text,category", *part]), encoding="utf-8")
    return folder


def test_writes_figures_with_the_command_machine_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _banking(tmp_path / "bank")
    _run(monkeypatch, intents, "--data", str(folder), "--results", str(tmp_path / "results"))
    result = json.loads((tmp_path / "results" / "intents_bank.json").read_text(encoding="utf-8"))
    assert result["command"].startswith("python -m training.benchmarks.intents --data ...")
    assert {"machine", "date", "seed"} <= result.keys()
    assert result["results"][0]["test"]["accuracy"] > 0.9
    page = (tmp_path / "results" / "intents_bank.md").read_text(encoding="utf-8")
    assert "| BANKING77 full | use |" in page
    assert result["command"] in page


def test_reads_clinc_with_its_out_of_scope_messages(tmp_path: Path) -> None:
    parts = {
        "train": [["where is it", "a"], ["what is it", "b"]],
        "oos_train": [["tell a joke", "oos"]],
        "test": [["where", "a"]],
        "oos_test": [["joke", "oos"]],
    }
    (tmp_path / "data_full.json").write_text(json.dumps(parts))
    (suite,) = intents.suites(tmp_path)
    assert [e.label for e in suite.train.examples] == ["a", "b", "out_of_scope"]
    assert [e.label for e in suite.test.examples] == ["a", "out_of_scope"]


def test_a_folder_without_a_known_data_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds neither BANKING77"):
        intents.suites(tmp_path)


def test_speed_is_measured_for_one_message_and_for_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_small(tmp_path / "model")
    bundle = load_small(tmp_path / "model")
    monkeypatch.setattr(Bundle, "load", lambda path: bundle)
    folder = _banking(tmp_path / "bank")
    arguments = ("--model", str(tmp_path / "model"), "--data", str(folder / "test.csv"))
    _run(monkeypatch, speed, *arguments, "--results", str(tmp_path / "results"))
    (result,) = json.loads((tmp_path / "results" / "speed.json").read_text(encoding="utf-8"))["results"]
    assert result["single"]["p50_ms"] <= result["single"]["p99_ms"]
    assert result["batch"]["per_second"] > 0


def test_tables_escape_what_would_break_them() -> None:
    assert Table("T", ("a", "b"), [("x|y", "[z]")]).markdown() == "## T\n\n| a | b |\n|---|---|\n| x\\|y | [z] |"
