"""Labels from the service: joined with the examples, weighed, never a measure of anything while unconfirmed."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.errors import DataError
from models.taxonomy import Intent, Taxonomy
from tests.models.small_model import WordEncoder, small_dataset
from training.dataset import Dataset, Example, load_dataset
from training.evaluate import evaluate
from training.fit import fit
from training.heads import fit_kernel, fit_lexical, fit_linear
from training.labels import hold_out, join, load_labels

HERE = Dataset((Example("потерял карту", "card_lost", file="a.txt", line=1), Example("какой курс", "rate")))


def test_a_persons_label_replaces_an_example_that_says_otherwise() -> None:
    joined = join(HERE, Dataset((Example("Потерял карту!", "card_unblock", file="l.jsonl", line=7),)))
    assert [(e.text, e.label) for e in joined.examples] == [("какой курс", "rate"), ("Потерял карту!", "card_unblock")]
    assert "a.txt:1" in joined.warnings[0]
    assert "l.jsonl:7" in joined.warnings[0]


def test_a_label_from_events_never_stands_against_an_example_or_a_person() -> None:
    weak = (Example("потерял карту", "rate", weight=0.3), Example("снять деньги", "cash", weight=0.5))
    person = Example("снять деньги", "atm")
    assert [e.label for e in join(HERE, Dataset((*weak, person))).examples] == ["card_lost", "rate", "atm"]


def test_the_same_label_twice_is_kept_once() -> None:
    assert len(join(HERE, Dataset((Example("какой курс?", "rate"),))).examples) == 2


@pytest.mark.parametrize("weight", ["0", "-1", "1.5", '"much"', "NaN"])
def test_a_weight_that_is_none_is_refused_with_its_place(tmp_path: Path, weight: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"text": "a", "label": "b", "weight": 1}\n{"text": "c", "label": "b", "weight": ' + weight + "}\n")
    with pytest.raises(DataError, match=r"x.jsonl:2: the weight must be"):
        load_dataset(file)


def test_weights_change_the_hash_and_full_trust_does_not() -> None:
    plain = Dataset((Example("a", "b"),))
    assert plain.hash == Dataset((Example("a", "b", weight=1.0),)).hash
    assert plain.hash != Dataset((Example("a", "b", weight=0.5),)).hash


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="otklik data export"):
        load_labels(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "something else"}))
    with pytest.raises(DataError, match="not a manifest"):
        load_labels(tmp_path)


def test_full_trust_gives_the_very_same_members() -> None:
    vectors = WordEncoder().encode([e.text for e in small_dataset().examples])
    names = sorted({e.label for e in small_dataset().examples})
    targets = np.array([names.index(e.label) for e in small_dataset().examples])
    ones = np.ones(len(targets), dtype=np.float32)
    texts = [e.text for e in small_dataset().examples]
    for plain, weighed in (
        (fit_kernel(vectors, targets, 0, 0), fit_kernel(vectors, targets, 0, 0, trust=ones)),
        (fit_linear(vectors, targets, 0), fit_linear(vectors, targets, 0, weights=ones)),
        (fit_lexical(texts, targets, 0), fit_lexical(texts, targets, 0, weights=ones)),
    ):
        assert np.allclose(plain.score(texts, [vectors]), weighed.score(texts, [vectors]), atol=1e-4)


def test_wrong_labels_do_less_harm_the_less_they_are_trusted(tmp_path: Path) -> None:
    good = small_dataset()
    names = sorted({e.label for e in good.examples})

    def wrong(weight: float) -> Dataset:
        turned = (names[(names.index(e.label) + 1) % len(names)] for e in good.examples)
        return Dataset(
            (*good.examples, *(
                Example(f"{e.text} да", label, weight=weight) for e, label in zip(good.examples, turned, strict=True)
            ))
        )  # fmt: skip

    found = []
    for weight in (0.05, 1.0):
        out = tmp_path / str(weight)
        fit(wrong(weight), encoder=[WordEncoder()], out=out)
        found.append(evaluate(Bundle.load(out, encoders=[WordEncoder()]), good).accuracy)
    assert found[0] > 0.9
    assert found[0] >= found[1]


def test_unconfirmed_labels_are_no_measure(tmp_path: Path) -> None:
    good = small_dataset()
    weak = tuple(Example(f"{e.text} пожалуйста", e.label, weight=0.4) for e in good.examples)
    plain = fit(good, encoder=[WordEncoder()], out=tmp_path / "plain")
    both = fit(Dataset((*good.examples, *weak)), encoder=[WordEncoder()], out=tmp_path / "both")
    assert both.metrics["held_out"] == plain.metrics["held_out"]


def test_a_model_made_before_an_intent_was_added_goes_on_serving(tmp_path: Path) -> None:
    names = [*sorted(small_dataset().intents)]
    before = Taxonomy(1, ("general",), tuple(Intent(name, "general", "answer", "-") for name in names))
    fit(small_dataset(), encoder=[WordEncoder()], taxonomy=before, out=tmp_path / "model")
    after = before.with_intents([Intent("app_theme", "general", "answer", "-")])
    assert Bundle.load(tmp_path / "model", after, encoders=[WordEncoder()]).manifest.intents == tuple(names)


def test_one_in_five_of_what_people_labelled_is_kept_for_judging_always_the_same() -> None:
    people = tuple(Example(f"сообщение {'а' * number}", "rate") for number in range(1, 501))
    weak = tuple(Example(f"слабое {'б' * number}", "rate", weight=0.5) for number in range(1, 101))
    trained, judged = hold_out(Dataset((*people, *weak)))
    assert 70 < len(judged.examples) < 130
    assert {e.weight for e in judged.examples} == {1.0}
    assert len(trained.examples) + len(judged.examples) == 600
    fewer = hold_out(Dataset(people[:100]))[1]
    assert set(fewer.examples) <= set(judged.examples)
    shouted = hold_out(Dataset(tuple(Example(e.text.upper() + "!", e.label) for e in people)))[1]
    assert [e.text.lower() for e in shouted.examples] == [f"{e.text}!" for e in judged.examples]
