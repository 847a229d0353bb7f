from pathlib import Path

import numpy as np
import pytest

from models.artifact import read_artifact
from models.bundle import Bundle
from models.errors import DataError
from models.taxonomy import Intent, Taxonomy
from tests.models.small_model import WordEncoder, small_dataset, train_small
from training.dataset import Dataset, Example
from training.evaluate import evaluate
from training.fit import fit

TAXONOMY = Taxonomy(
    1,
    ("general",),
    tuple(Intent(name, "general", "answer", "-") for name in ("card_lost", "rate", "greeting", "praise")),
)


def test_tells_its_progress_from_nothing_to_everything(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    fit(
        small_dataset(),
        encoder=[WordEncoder()],
        out=tmp_path / "model",
        progress=lambda stage, share: told.append((stage, share)),
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (told[0][0], shares[0]) == ("encoding with use", 0.0)
    assert told[-1] == ("done", 1.0)


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    for workers in (1, 3):
        fit(small_dataset(), encoder=[WordEncoder()], out=tmp_path / str(workers), workers=workers)
    one, three = read_artifact(tmp_path / "1")[1], read_artifact(tmp_path / "3")[1]
    assert one.keys() == three.keys()
    assert all(np.array_equal(one[name], three[name]) for name in one)


def test_a_committee_has_two_members_an_encoder_and_one_for_spelling(tmp_path: Path) -> None:
    encoders = [WordEncoder("use"), WordEncoder("other", salt=3)]
    manifest = fit(small_dataset(), encoder=encoders, out=tmp_path / "model")
    kinds = [(m.kind, m.encoder) for m in manifest.members]
    assert kinds == [("linear", 0), ("kernel", 0), ("linear", 1), ("kernel", 1), ("lexical", -1)]
    bundle = Bundle.load(tmp_path / "model", encoders=encoders)
    assert evaluate(bundle, small_dataset()).accuracy > 0.95


def test_remembers_the_taxonomy_and_what_it_lacks(tmp_path: Path) -> None:
    manifest = fit(small_dataset(), encoder=[WordEncoder()], taxonomy=TAXONOMY, out=tmp_path / "model")
    assert manifest.taxonomy_hash == TAXONOMY.hash
    assert manifest.untrained == ("praise",)
    assert Bundle.load(tmp_path / "model", TAXONOMY, encoders=[WordEncoder()]).version == manifest.version


def test_an_unknown_label_stops_before_anything_is_written(tmp_path: Path) -> None:
    dataset = Dataset((*small_dataset().examples, Example("x", "rates", file="f.txt", line=3)))
    with pytest.raises(DataError, match=r"f\.txt:3: label `rates`"):
        fit(dataset, encoder=[WordEncoder()], taxonomy=TAXONOMY, out=tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_examples_without_a_word_are_left_out(tmp_path: Path) -> None:
    dataset = Dataset((*small_dataset().examples, Example("🙂", "greeting"), Example("123", "rate")))
    assert train_small(tmp_path / "model", dataset).examples == len(small_dataset().examples)


def test_an_intent_with_a_single_example_is_learned_but_never_automatic(tmp_path: Path) -> None:
    dataset = Dataset((*small_dataset().examples, Example("спасибо большое", "thanks")))
    manifest = train_small(tmp_path / "model", dataset)
    assert "thanks" in manifest.intents
    assert manifest.metrics["held_out"] == len(small_dataset().examples)


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        ([Example("курс", "rate"), Example("евро", "rate")], "at least two intents are needed"),
        ([Example("курс", "rate"), Example("привет", "greeting")], "no intent has two different examples"),
    ],
)
def test_too_little_data_says_what_is_missing(tmp_path: Path, examples: list[Example], says: str) -> None:
    with pytest.raises(DataError, match=says):
        train_small(tmp_path / "model", Dataset(tuple(examples)))


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0])
def test_an_error_rate_out_of_range_is_refused(tmp_path: Path, rate: float) -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        fit(small_dataset(), encoder=[WordEncoder()], out=tmp_path / "model", error_rate=rate)


def test_the_report_counts_what_the_service_would_do(tmp_path: Path) -> None:
    train_small(tmp_path / "model")
    bundle = Bundle.load(tmp_path / "model", encoders=[WordEncoder()])
    unseen = Example("совсем другое слово", "praise", "en", "story", "x", 1)
    report = evaluate(bundle, Dataset((*small_dataset().examples, unseen)))
    assert (report.n, report.n_in_scope, report.n_unknown) == (101, 76, 1)
    assert report.accuracy == pytest.approx(75 / 76)
    assert report.scope_auroc is not None
    assert report.scope_auroc > 0.95
    assert report.by_language["ru"].n == 100
    assert report.by_style["story"].accuracy == 0.0
    assert any(c.truth == "praise" and c.examples == ("совсем другое слово",) for c in report.confusions)
    assert report.as_dict()["promised_error_rate"] == 0.05


@pytest.mark.slow
def test_the_shipped_examples_make_a_model_that_answers(trained_model: Path) -> None:
    from models.preparation import prepare

    bundle = Bundle.load(trained_model)
    results = bundle.classify(
        [prepare(text) for text in ("я потерял карту, заблокируйте", "какой сегодня курс доллара?")]
    )
    assert [r.ranking[0].intent for r in results] == ["card_lost_or_stolen", "exchange_rate"]
    assert all(r.in_scope for r in results)
