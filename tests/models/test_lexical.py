import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from models.lexical import MAX_TOKENS, MAX_WORD, Vocabulary, character_ngrams, tokens, word_ngrams

TEXTS = [
    "Где моя карта?",
    "карта карта потеряна, помогите!",
    "where is my card",
    "перевод не дошёл",
    "Перевод на карту по номеру 12345",
]


def test_tokens_are_lower_case_words_and_single_marks() -> None:
    assert tokens("Где моя КАРТА?!") == ["где", "моя", "карта", "?", "!"]


def test_long_words_and_long_texts_are_cut() -> None:
    assert tokens("я" * 1_000) == ["я" * MAX_WORD]
    assert len(tokens("а " * 10_000)) == MAX_TOKENS


def test_word_pairs_are_neighbours() -> None:
    assert word_ngrams(["a", "b", "c"]) == ["=a", "=b", "=c", "=a b", "=b c"]
    assert word_ngrams([]) == []


def test_characters_know_where_a_word_ends() -> None:
    assert character_ngrams("да") == [" д", "да", "а ", " да", "да ", " да "]


@pytest.mark.parametrize("analyzer", ["characters", "words"])
def test_gives_what_scikit_learn_gives(analyzer: str) -> None:
    ours = Vocabulary.learn(TEXTS)
    if analyzer == "words":
        theirs = TfidfVectorizer(sublinear_tf=True, analyzer=lambda text: word_ngrams(tokens(text)))
        block = ours.transform(TEXTS)[:, ours.characters :]
    else:
        theirs = TfidfVectorizer(
            sublinear_tf=True, analyzer=lambda text: [n for word in tokens(text) for n in character_ngrams(word)]
        )
        block = ours.transform(TEXTS)[:, : ours.characters]
    expected = theirs.fit_transform(TEXTS)
    columns = [theirs.vocabulary_[f] for f in _block(ours, analyzer)]
    assert np.allclose(block.toarray(), expected.toarray()[:, columns], atol=1e-5)


def _block(vocabulary: Vocabulary, analyzer: str) -> tuple[str, ...]:
    border = vocabulary.characters
    return vocabulary.features[border:] if analyzer == "words" else vocabulary.features[:border]


def test_rare_features_can_be_left_out() -> None:
    vocabulary = Vocabulary.learn(TEXTS, min_texts=2)
    assert "=карта" in vocabulary.features
    assert "=перевод" in vocabulary.features
    assert "=потеряна" not in vocabulary.features


def test_unknown_text_is_an_empty_row() -> None:
    columns, values = Vocabulary.learn(["карта"]).row("xyz")
    assert columns.size == values.size == 0


def test_no_texts_give_no_rows() -> None:
    vocabulary = Vocabulary.learn(TEXTS)
    assert vocabulary.transform([]).shape == (0, len(vocabulary.features))


def test_a_row_and_a_batch_agree() -> None:
    vocabulary = Vocabulary.learn(TEXTS)
    batch = vocabulary.transform(TEXTS).toarray()
    for index, text in enumerate(TEXTS):
        columns, values = vocabulary.row(text)
        assert np.array_equal(batch[index][columns], values)
        assert list(columns) == sorted(set(columns))


def test_the_cache_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.lexical._CACHE_WORDS", 10)
    vocabulary = Vocabulary.learn(TEXTS)
    before = vocabulary.row("карта")[1]
    for number in range(100):
        vocabulary.row(f"слово{number}")
    assert len(vocabulary._word_cache) <= 10
    assert np.array_equal(vocabulary.row("карта")[1], before)


@given(st.text(max_size=300))
def test_any_text_has_blocks_of_length_one_or_none(text: str) -> None:
    vocabulary = Vocabulary.learn(TEXTS)
    columns, values = vocabulary.row(text)
    assert np.isfinite(values).all()
    for block in (values[columns < vocabulary.characters], values[columns >= vocabulary.characters]):
        assert block.size == 0 or float(np.linalg.norm(block)) == pytest.approx(1.0, abs=1e-5)
