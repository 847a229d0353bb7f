from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.taxonomy import Intent, Taxonomy
from tests.models.small_model import WordEncoder
from training.checks import Floors, Inspection, inspect
from training.dataset import Dataset, Example, load_dataset

LOW = Floors(messages={"ru": 1}, out_of_scope=0, type_token_ratio=0.0, words_spread=0.0, without_typical=0.0)


def _inspect(rows: Sequence[tuple[str, str]], floors: Floors = LOW, encoder: WordEncoder | None = None) -> Inspection:
    examples = tuple(
        Example(text, label, "ru", None, f"{label}.txt", i) for i, (text, label) in enumerate(rows, start=1)
    )
    return inspect(Dataset(examples), floors=floors, encoder=encoder)


def _found(inspection: Inspection) -> list[str]:
    return [str(problem) for problem in inspection.problems]


def test_a_contradiction_is_an_error_with_both_places() -> None:
    inspection = _inspect([("где карта", "a"), ("Где карта?", "b")])
    assert _found(inspection) == ["b.txt:2: error: is `b` here and `a` at a.txt:1: Где карта?"]
    assert inspection.errors == inspection.problems


def test_a_repetition_is_a_warning() -> None:
    inspection = _inspect([("где карта", "a"), ("где карта!!", "a"), ("курс", "b")])
    assert _found(inspection) == ["a.txt:2: warning: repeats a.txt:1: где карта!!"]
    assert not inspection.errors


def test_other_digits_are_no_repetition() -> None:
    assert not _found(_inspect([("5 звёзд", "a"), ("1 звезда", "b"), ("12", "a"), ("7", "b")]))


def test_almost_the_same_spelling_adds_little() -> None:
    found = _found(
        _inspect([("не приходит код подтверждения", "a"), ("не приходит код подтверждение", "a"), ("курс", "b")])
    )
    assert len(found) == 1
    assert "a.txt:2: warning: is 97% alike in spelling to a.txt:1 and adds little" in found[0]


def test_the_same_meaning_in_two_intents_is_hard_to_tell_apart() -> None:
    rows = [("карта потеряна вчера", "a"), ("вчера потеряна карта", "b")]
    assert not _found(_inspect(rows))
    found = _found(_inspect(rows, encoder=WordEncoder()))
    assert found == ["b.txt:2: warning: is `b` but 100% alike in meaning to `a` at a.txt:1: вчера потеряна карта"]


def test_an_intent_that_always_uses_its_word_is_monotonous() -> None:
    rows = [(f"{word} карта", "a") for word in ("где", "моя", "новая", "старая")]
    rows += [(text, "b") for text in ("курс евро", "почём доллар сейчас", "обмен")]
    inspection = _inspect(rows, Floors(messages={"ru": 3}, out_of_scope=0, type_token_ratio=0.0, words_spread=0.1))
    found = _found(inspection)
    assert any("`a`: only 0% of the messages do without карт" in text for text in found)
    assert any("`a`: all messages are about 2 words long" in text for text in found)
    assert not any("`b`" in text for text in found)
    row = next(row for row in inspection.rows if row.intent == "a")
    assert (row.messages, row.mean_words, row.words_spread) == (4, 2.0, 0.0)
    assert row.typical[0] == "карт"


def test_the_same_words_over_and_over_are_reported() -> None:
    rows = [("карта где карта", "a"), ("где карта где", "a"), ("карта карта", "a"), ("курс", "b")]
    found = _found(_inspect(rows, Floors(messages={"ru": 1}, out_of_scope=0, words_spread=0, without_typical=0)))
    assert any("`a`: distinct words are 25% of all" in text for text in found) == (Floors().type_token_ratio > 2 / 8)
    stricter = Floors(messages={"ru": 1}, out_of_scope=0, words_spread=0, without_typical=0, type_token_ratio=0.5)
    assert any(
        "`a`: distinct words are 25% of all, 50% is the floor" in text for text in _found(_inspect(rows, stricter))
    )


def test_gaps_are_counted_by_intent_language_style_and_scope() -> None:
    taxonomy = Taxonomy(1, ("general",), tuple(Intent(name, "general", "answer", "-") for name in ("a", "b")))
    examples = tuple(Example(f"вопрос {'x' * i}", "a", "ru", "plain", "a.txt", i) for i in range(1, 17))
    unknown = Example("что-то", "c", "ru", None, "c.txt", 1)
    found = _found(inspect(Dataset((*examples, unknown)), taxonomy=taxonomy))
    assert "c.txt:1: error: `c` is not an intent of the taxonomy" in found
    assert "error: `b` has 0 messages in ru, 15 are the floor" in found
    assert "a.txt: warning: `a` has 1 styles in ru, 3 are the floor" in found
    assert "warning: 0 out-of-scope messages, 100 are the floor" in found


@pytest.mark.slow
def test_the_shipped_examples_hold_no_error() -> None:
    from models.taxonomy import load_taxonomy

    data = Path(__file__).resolve().parents[2] / "training" / "data"
    inspection = inspect(load_dataset(data), taxonomy=load_taxonomy(data / "taxonomy.yaml"))
    assert [str(problem) for problem in inspection.errors] == []


def test_a_negation_tells_two_intents_apart_however_near_they_are() -> None:
    for one, other in (("subscribe", "unsubscribe"), ("нужна реклама", "не нужна реклама"), ("не надо", "надо")):
        assert not _found(_inspect([(one, "a"), (other, "b")], encoder=_Everything()))
    for one, other in (("resubscribe", "subscribe"), ("нужна реклама", "нужна очень"), ("реклама", "реклама тут")):
        assert len(_found(_inspect([(one, "a"), (other, "b")], encoder=_Everything()))) == 1


class _Everything(WordEncoder):
    """Says that all texts mean the same."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors[:, 0] = 1.0
        return vectors
