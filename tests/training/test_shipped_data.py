"""The shipped messages: enough of them, each in one set only, every intent of the taxonomy in both languages."""

import re
from collections import Counter
from pathlib import Path

import pytest

from models.taxonomy import OUT_OF_SCOPE, load_taxonomy
from training.dataset import Dataset, load_dataset

DATA = Path(__file__).resolve().parents[2] / "training" / "data"
TAXONOMY = load_taxonomy(DATA / "taxonomy.yaml")


@pytest.fixture(scope="module")
def sets() -> dict[str, Dataset]:
    """Examples, golden and validation."""
    return {name: load_dataset(DATA / name) for name in ("examples", "golden", "validation")}


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("ё", "е"))) or text


@pytest.mark.parametrize(
    ("name", "russian", "english"), [("examples", 60, 20), ("golden", 12, 3), ("validation", 3, 1)]
)
def test_every_intent_has_enough_messages_in_both_languages(
    sets: dict[str, Dataset], name: str, russian: int, english: int
) -> None:
    counts = Counter((e.label, e.language) for e in sets[name].examples)
    short = {
        (intent, language): counts[intent, language]
        for intent in TAXONOMY.ids
        for language, least in (("ru", russian), ("en", english))
        if counts[intent, language] < least
    }
    assert short == {}


def test_there_are_enough_messages_that_are_out_of_scope(sets: dict[str, Dataset]) -> None:
    assert sum(e.label == OUT_OF_SCOPE for e in sets["examples"].examples) >= 800
    kinds = {e.style for e in sets["examples"].examples if e.label == OUT_OF_SCOPE}
    assert kinds >= {"unrelated", "near", "noise", "insult", "injection", "other_language", "look_alike"}


def test_no_message_stands_in_two_sets(sets: dict[str, Dataset]) -> None:
    seen: dict[str, str] = {}
    twice = [
        f"{example.place} is in {seen[_key(example.text)]} too: {example.text}"
        for name, dataset in sets.items()
        for example in dataset.examples
        if seen.setdefault(_key(example.text), name) != name
    ]
    assert twice == []


def test_every_label_is_in_the_taxonomy(sets: dict[str, Dataset]) -> None:
    for dataset in sets.values():
        dataset.check_labels(TAXONOMY)


def test_golden_messages_say_in_which_style_they_are_written(sets: dict[str, Dataset]) -> None:
    styles = Counter(e.style for e in sets["golden"].examples)
    assert None not in styles
    assert min(styles[style] for style in ("plain", "no_keyword", "typos", "terse", "passing", "story")) >= 60
