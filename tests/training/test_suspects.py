"""Examples whose label is doubted."""

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from tests.models.small_model import WordEncoder, small_dataset
from training.cli import app
from training.dataset import Dataset, Example
from training.suspects import doubted, find_suspects


def silent(stage: str, share: float) -> None:
    """Nobody watches."""


def test_a_label_that_models_would_not_give_is_found() -> None:
    good = small_dataset(out_of_scope=False)
    wrong = Example("потерял карту карту", "rate", file="x.txt", line=3)
    found = find_suspects(Dataset((*good.examples, wrong)), [WordEncoder()], progress=silent)
    assert wrong in [each.example for each in found]
    suspect = next(each for each in found if each.example == wrong)
    assert suspect.suggested == "card_lost"
    assert suspect.confidence > suspect.own
    assert json.loads(json.dumps(suspect.to_json()))["line"] == 3


def test_a_label_is_doubted_only_for_what_is_likelier_and_likely_enough() -> None:
    confidences = np.array([[0.9, 0.1], [0.8, 0.2], [0.85, 0.15], [0.2, 0.8], [0.1, 0.9]], dtype=np.float32)
    assert doubted(confidences, np.array([0, 0, 1, 1, 1])) == [(2, 0)]
    assert doubted(confidences, np.array([0, 0, 0, 1, 1])) == []


def test_the_command_shows_and_writes_them(tmp_path: Path) -> None:
    for label, texts in (("card_lost", "потерял карту\nукрали карту\nкарта пропала\nпотеряла карту"),
                         ("rate", "какой курс\nкурс доллара\nкурс валют\nкакой курс евро")):  # fmt: skip
        file = tmp_path / "data" / "ru" / f"{label}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts, encoding="utf-8")
    out = tmp_path / "suspects.jsonl"
    done = CliRunner().invoke(app, ["data", "suspects", "--data", str(tmp_path / "data"), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "of the examples have a label that is doubted" in done.output
    assert all("suggested" in json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
