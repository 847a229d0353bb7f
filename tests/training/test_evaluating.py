"""`otklik evaluate` compares, says whether the candidate may go live, replays, and writes one page for everything."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import DataError
from tests.models.small_model import WordEncoder, small_dataset
from training.cli import app
from training.dataset import Dataset, Example, load_texts
from training.evaluating import judge_models
from training.fit import fit

TOY = WordEncoder()
RUNNER = CliRunner()
NEW = Dataset(tuple(Example(f"снежинка {number}", "rate", "ru", "plain", "new.txt", 1) for number in range(20)))


@pytest.fixture(autouse=True)
def _toy_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bundle.load_encoders", lambda specs: (TOY,))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model, and one that also knows the new word."""
    folder = tmp_path_factory.mktemp("models")
    fit(small_dataset(), encoder=[TOY], out=folder / "old", workers=1)
    fit(Dataset((*small_dataset().examples, *NEW.examples)), encoder=[TOY], out=folder / "new", workers=1)
    return folder / "old", folder / "new"


JUDGED = Dataset((*small_dataset().examples, *NEW.examples))


def test_the_better_one_passes_and_its_page_stands_alone(models: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = models
    logs = tmp_path / "logs.jsonl"
    texts = ["снежинка 77", "какой курс доллара", "<script>alert(1)</script> снежинка"]
    lines = [{"text": text, "at": f"2026-11-0{day}T12:00:00+00:00"} for day, text in enumerate(texts, start=1)]
    logs.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = judge_models(new, JUDGED, against=old, replayed=logs)
    assert found.verdict is not None
    assert found.replay is not None
    assert found.verdict.checks[-1].passed
    assert (found.replay.n, found.replay.changed) == (3, 2)
    assert (found.replay.since, found.replay.until) == ("2026-11-01T12:00:00+00:00", "2026-11-03T12:00:00+00:00")
    found.write_page(tmp_path / "deep" / "page.html")
    page = (tmp_path / "deep" / "page.html").read_text(encoding="utf-8")
    assert "3 messages from 2026-11-01 to 2026-11-03" in page
    assert page.count("<svg") == 2
    assert not re.search(r"(src|href)=", page)
    assert "<script" not in page
    assert "threshold in force" in page
    assert "prefers-color-scheme: dark" in page
    assert "снежинка 77" in page
    plain = json.loads(json.dumps(found.as_dict(), ensure_ascii=False))
    assert plain["judged"]["by_label"]["rate"]["n"] == 45
    assert plain["verdict"]["passed"] == found.verdict.passed


def test_the_worse_one_ends_with_status_3_and_its_reason(models: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = models
    file = tmp_path / "judged.jsonl"
    rows = [json.dumps({"text": e.text, "label": e.label}, ensure_ascii=False) for e in JUDGED.examples]
    file.write_text("\n".join(rows), encoding="utf-8")
    done = RUNNER.invoke(app, ["evaluate", "--model", str(old), "--against", str(new), "--data", str(file)])
    assert done.exit_code == 3, done.output
    assert "may not go live" in done.stdout
    assert "messages gained" in done.stdout


def test_the_weakest_intents_stand_first_on_the_page(models: tuple[Path, Path], tmp_path: Path) -> None:
    found = judge_models(models[0], JUDGED)
    found.write_page(tmp_path / "page.html")
    intents = (tmp_path / "page.html").read_text(encoding="utf-8").split("the weakest first")[1]
    scores = [
        float(each)
        for each in re.findall(r"<tr><td>\w+</td>(?:<td class=n>[^<]*</td>){3}<td class=n>([\d.]+)", intents)
    ]
    assert len(scores) == len(found.candidate.by_label)
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_a_page_that_cannot_be_written_is_said(models: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="can't be written"):
        judge_models(models[0], JUDGED).write_page(tmp_path / "file" / "page.html")


def test_a_replay_needs_two_models_and_messages(models: tuple[Path, Path], tmp_path: Path) -> None:
    empty = tmp_path / "none.jsonl"
    empty.write_text("\n")
    with pytest.raises(DataError, match="--against"):
        judge_models(models[0], JUDGED, replayed=empty)
    with pytest.raises(DataError, match="no messages"):
        judge_models(models[0], JUDGED, against=models[1], replayed=empty)


@pytest.mark.parametrize("line", ["{", "[]", '{"label": "x"}', "\udcff"])
def test_a_line_that_is_no_message_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "logs.jsonl"
    file.write_bytes(b'{"text": "ok"}\n' + line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(DataError, match=r"logs.jsonl:2: must be a JSON object with text"):
        list(load_texts(file))
