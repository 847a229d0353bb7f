import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import artifact
from models.artifact import ARRAYS, FORMAT, MANIFEST, VOCABULARY, read_artifact, read_manifest
from models.bundle import Bundle
from models.errors import ArtifactError
from models.preparation import prepare
from models.taxonomy import Taxonomy
from tests.models.small_model import WordEncoder, load_small, small_dataset, train_small


@pytest.fixture
def model(tmp_path: Path) -> Path:
    train_small(tmp_path / "model")
    return tmp_path / "model"


def _edit(model: Path, **changes: Any) -> None:
    manifest = json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    (model / MANIFEST).write_text(json.dumps(manifest | changes), encoding="utf-8")


def _replace_array(model: Path, name: str, array: np.ndarray) -> None:
    """A damaged model that is consistent with its own hashes."""
    manifest, arrays, _ = read_artifact(model)
    content = artifact._npz(arrays | {name: array})
    (model / ARRAYS).write_bytes(content)
    _edit(model, files=manifest.files | {ARRAYS: artifact.hashlib.sha256(content).hexdigest()})


def test_holds_three_plain_files_and_no_pickle(model: Path) -> None:
    assert sorted(file.name for file in model.iterdir()) == sorted([ARRAYS, MANIFEST, VOCABULARY])
    with np.load(model / ARRAYS, allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype(np.float32)}


def test_training_twice_gives_the_same_bytes_and_version(model: Path, tmp_path: Path) -> None:
    again = train_small(tmp_path / "again")
    assert (tmp_path / "again" / ARRAYS).read_bytes() == (model / ARRAYS).read_bytes()
    assert again.version == read_manifest(model).version


def test_other_data_gives_another_version(model: Path, tmp_path: Path) -> None:
    other = train_small(tmp_path / "other", small_dataset(out_of_scope=False))
    assert other.version != read_manifest(model).version


def test_the_manifest_says_what_it_was_made_of(model: Path) -> None:
    manifest = read_manifest(model)
    assert manifest.intents == ("card_lost", "greeting", "rate")
    assert manifest.data_hash == small_dataset().hash
    assert manifest.examples == 100
    assert manifest.out_of_scope_class
    assert {"numpy", "scikit-learn", "python"} <= manifest.libraries.keys()
    assert {"accuracy", "scope_auroc", "coverage", "error_rate"} <= manifest.metrics.keys()


def test_a_missing_model_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"holds no trained model .*otklik train"):
        Bundle.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [ARRAYS, VOCABULARY])
def test_a_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ArtifactError, match=rf"{name} can't be read"):
        load_small(model)


@pytest.mark.parametrize("name", [ARRAYS, VOCABULARY])
def test_a_truncated_file_is_refused(model: Path, name: str) -> None:
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtifactError, match=rf"{name} is damaged"):
        load_small(model)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", f'{{"format": {FORMAT}}}'.encode()])
def test_a_damaged_manifest_is_refused(model: Path, content: bytes) -> None:
    (model / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        load_small(model)


def test_a_format_from_the_future_is_refused(model: Path) -> None:
    _edit(model, format=FORMAT + 1)
    with pytest.raises(ArtifactError, match=f"format {FORMAT + 1} is not known to this version of otklik"):
        load_small(model)


def test_values_that_are_not_finite_are_refused(model: Path) -> None:
    weights = read_artifact(model)[1]["0.weights"].copy()
    weights[0, 0] = np.nan
    _replace_array(model, "0.weights", weights)
    with pytest.raises(ArtifactError, match=r"0\.weights holds values that are not finite"):
        load_small(model)


def test_arrays_of_another_shape_are_refused(model: Path) -> None:
    _replace_array(model, "0.weights", np.zeros((3, 3), dtype=np.float32))
    with pytest.raises(ArtifactError, match=r"0\.weights has shape"):
        load_small(model)


def test_another_dimension_is_refused(model: Path) -> None:
    with pytest.raises(ArtifactError, match="48 dimensions, but `use` has 16"):
        Bundle.load(model, encoders=[WordEncoder(dimension=16)])


def test_other_weights_under_the_same_name_are_refused(model: Path) -> None:
    with pytest.raises(ArtifactError, match="trained with other weights of `use`"):
        Bundle.load(model, encoders=[WordEncoder(salt=1)])


def test_another_number_of_encoders_is_refused(model: Path) -> None:
    with pytest.raises(ArtifactError, match="needs 1 encoders, 2 were given"):
        Bundle.load(model, encoders=[WordEncoder(), WordEncoder("other")])


def test_another_taxonomy_is_refused(model: Path) -> None:
    with pytest.raises(ArtifactError, match="trained for another taxonomy"):
        Bundle.load(model, Taxonomy(1, ("general",), ()), encoders=[WordEncoder()])


def test_training_again_replaces_the_model_and_leaves_nothing_beside_it(model: Path) -> None:
    before = read_manifest(model).version
    train_small(model, small_dataset(out_of_scope=False))
    assert read_manifest(model).version != before
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_anything_else_in_the_target_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("keep me")
    with pytest.raises(ArtifactError, match="is not a trained model; choose another --out"):
        train_small(tmp_path / "letters")
    assert (tmp_path / "letters" / "dear.txt").read_text() == "keep me"


def test_a_failure_while_writing_leaves_the_old_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file.name: file.read_bytes() for file in model.iterdir()}

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ArtifactError, match="No space left on device"):
        train_small(model, small_dataset(out_of_scope=False))
    assert {file.name: file.read_bytes() for file in model.iterdir()} == before
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_replaces_in_two_steps_where_directories_can_not_be_exchanged(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "_exchange", lambda a, b: False)
    train_small(model, small_dataset(out_of_scope=False))
    assert not load_small(model).manifest.out_of_scope_class
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_a_loaded_model_outlives_its_files(model: Path) -> None:
    bundle = load_small(model)
    train_small(model, small_dataset(out_of_scope=False))
    assert bundle.classify([prepare("потерял карту")])[0].ranking[0].intent == "card_lost"
