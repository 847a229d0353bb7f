"""A model grown from another one knows the new intent and keeps the old thresholds; what does not fit is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.artifact import read_artifact
from models.bundle import Bundle
from models.errors import DataError
from models.preparation import prepare
from tests.models.small_model import WordEncoder, small_dataset
from training.dataset import Dataset, Example
from training.fit import fit

TOY = WordEncoder()
NEW = tuple(Example(f"тёмная тема {n} {w}", "theme", "ru", "plain", "new.txt", n) for n, w in enumerate(
    ["включите", "верните", "где", "нужна", "хочу", "люблю", "сделайте", "поставьте", "дайте", "почему"]))  # fmt: skip


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that is there already."""
    folder = tmp_path_factory.mktemp("live") / "model"
    fit(small_dataset(), encoder=[TOY], out=folder, workers=1)
    return folder


def grow(live: Path, out: Path, dataset: Dataset | None = None, **more: float) -> None:
    """Grow it by the new intent, or into another data set."""
    dataset = dataset or Dataset((*small_dataset().examples, *NEW))
    fit(dataset, encoder=[TOY], out=out, workers=1, grown_from=live, **more)  # type: ignore[arg-type]


def test_it_knows_the_new_intent_and_keeps_what_was_learned_of_the_old(live: Path, tmp_path: Path) -> None:
    grow(live, tmp_path / "grown")
    before, grown = read_artifact(live)[0], read_artifact(tmp_path / "grown")[0]
    assert set(grown.intents) == {*before.intents, "theme"}
    assert {name: grown.thresholds[name] for name in before.intents} == before.thresholds
    assert [each.fusion for each in grown.members] == [each.fusion for each in before.members]
    assert grown.scope_threshold == before.scope_threshold
    bundle = Bundle.load(tmp_path / "grown", encoders=[TOY])
    found = bundle.classify([prepare(text) for text in ("хочу тёмная тема", "потерял карту срочно", "курс валюты")])
    assert [each.ranking[0].intent for each in found] == ["theme", "card_lost", "rate"]


def test_the_same_data_and_the_same_model_give_the_same_artifact(live: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        grow(live, tmp_path / name)
    assert read_artifact(tmp_path / "one")[0].version == read_artifact(tmp_path / "two")[0].version


@pytest.mark.parametrize(
    ("dataset", "more", "why"),
    [
        (Dataset(tuple(e for e in small_dataset().examples if e.label != "rate") + NEW), {}, "no example of rate"),
        (Dataset((*small_dataset(out_of_scope=False).examples, *NEW)), {}, "what is out of scope"),
        (None, {"error_rate": 0.1}, "made for 5.0% wrong answers"),
    ],
)
def test_what_can_not_grow_is_refused_with_the_reason_and_nothing_is_written(
    live: Path, tmp_path: Path, dataset: Dataset | None, more: dict[str, float], why: str
) -> None:
    with pytest.raises(DataError, match=f"can't grow from .*{why}.*; train it in full"):
        grow(live, tmp_path / "grown", dataset, **more)
    assert not (tmp_path / "grown").exists()


def test_another_encoder_is_refused(live: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its encoders are use"):
        fit(Dataset((*small_dataset().examples, *NEW)), encoder=[WordEncoder("other")], out=tmp_path / "grown",
            grown_from=live, workers=1)  # fmt: skip


def test_an_intent_with_one_message_is_trained_on_and_never_answered_alone(live: Path, tmp_path: Path) -> None:
    one = replace(NEW[0], label="lonely")
    grow(live, tmp_path / "grown", Dataset((*small_dataset().examples, one)))
    assert read_artifact(tmp_path / "grown")[0].thresholds["lonely"] > 1.0
