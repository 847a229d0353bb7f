"""Labels from the service: joined with the examples, weighed, never a measure of anything while unconfirmed."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.errors import DataError
from models.taxonomy import Intent, Taxonomy, write_taxonomy
from tests.models.small_model import WordEncoder, small_dataset
from training.dataset import Dataset, Example, load_dataset
from training.evaluate import evaluate
from training.fit import fit
from training.heads import fit_kernel, fit_lexical, fit_linear
from training.labels import FORMAT, MOST_AN_INTENT, content_hash, hold_out, join, load_labels

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


def exported(folder: Path, lines: Iterable[tuple[str, str, float]]) -> Path:
    """A folder as `otklik data export --out` writes it, with these texts, labels and weights."""
    folder.mkdir()
    names = ("rate", "card_lost")
    taxonomy = Taxonomy(1, ("general",), tuple(Intent(name, "general", "answer", "-") for name in names))
    (folder / "taxonomy.yaml").write_text(write_taxonomy(taxonomy), encoding="utf-8")
    with (folder / "labels.jsonl").open("w", encoding="utf-8") as file:
        for text, label, weight in lines:
            file.write(json.dumps({"text": text, "label": label, "weight": weight}, ensure_ascii=False) + "\n")
    (folder / "manifest.json").write_text(json.dumps({"format": FORMAT, "hash": content_hash(folder)}))
    return folder


def words(number: int) -> str:
    """Different for each number, and not in digits only."""
    return "курс " + "".join("абвгдежзик"[int(digit)] for digit in str(number))


def test_of_a_long_export_the_most_telling_labels_of_each_intent_are_taken(tmp_path: Path) -> None:
    weak = [(words(number), "rate", 0.3 if number % 2 else 0.4) for number in range(2 * MOST_AN_INTENT)]
    people = [(words(10_000 + number), "rate", 1.0) for number in range(30)]
    folder = exported(tmp_path / "long", [*weak, *people, ("потерял карту", "card_lost", 0.3)])
    found = load_labels(folder).dataset
    assert Counter(e.label for e in found.examples) == {"rate": MOST_AN_INTENT, "card_lost": 1}
    assert [e.text for e in found.examples if e.weight == 1.0] == [text for text, _, _ in people]
    assert {e.weight for e in found.examples if e.label == "rate"} == {0.4, 1.0}
    assert [e.line for e in found.examples] == sorted(e.line for e in found.examples)
    assert "1,030 labels are left out" in found.warnings[0]
    assert load_labels(folder).dataset == found


def test_memory_does_not_grow_with_a_long_export(tmp_path: Path) -> None:
    peaks = []
    for count in (MOST_AN_INTENT, 10 * MOST_AN_INTENT):
        folder = exported(tmp_path / str(count), ((words(number), "rate", 0.5) for number in range(count)))
        tracemalloc.start()
        load_labels(folder)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_an_unknown_label_far_down_is_said_with_its_line(tmp_path: Path) -> None:
    folder = exported(tmp_path / "out", [("какой курс", "rate", 1.0), ("что-то", "weather", 0.5)])
    with pytest.raises(DataError, match=r"labels\.jsonl:2: label `weather` is not in the taxonomy"):
        load_labels(folder)
