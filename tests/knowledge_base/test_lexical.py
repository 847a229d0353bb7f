"""Search by words and by letters."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.characters import LetterSearch
from knowledge_base.lexical import WordSearch
from knowledge_base.words import STOP_WORDS, stems_of
from models.stems import stem

DOCUMENTS = (
    "перевыпуск карты, срок действия",
    "комиссия за снятие наличных в банкомате",
    "ипотека: ставка и рефинансирование",
    "how to reissue a card",
)


def test_forms_of_a_word_meet_in_one_stem() -> None:
    assert stems_of("Карты, картой КАРТУ") == ["карт"] * 3
    assert stems_of("withdrawing withdraws") == ["withdraw"] * 2
    assert stems_of("счёт") == stems_of("счет")


def test_function_words_are_left_out_unless_there_is_nothing_else() -> None:
    assert stems_of("и на карте") == ["карт"]
    assert stems_of("и на") == ["и", "на"]
    assert {"не", "без", "как", "how"}.isdisjoint(STOP_WORDS)


@pytest.mark.parametrize(
    ("query", "best"),
    [("банкоматы", 1), ("ставки по ипотеке", 2), ("reissuing cards", 3), ("перевыпустите мою карту", 0)],
)
def test_words_find_the_document_in_any_form(query: str, best: int) -> None:
    assert int(WordSearch(DOCUMENTS).scores(query).argmax()) == best


def test_words_nobody_has_lower_the_score() -> None:
    search = WordSearch(DOCUMENTS)
    assert search.scores("ипотека")[2] > 2 * search.scores("ипотека бегемот крокодил")[2] > 0


@pytest.mark.parametrize(("query", "best"), [("банкамат", 1), ("ипатека", 2), ("перивыпуск", 0), ("riissue", 3)])
def test_letters_see_through_typos(query: str, best: int) -> None:
    assert int(LetterSearch(DOCUMENTS).scores(query).argmax()) == best


def test_a_text_is_most_like_itself_by_letters() -> None:
    scores = LetterSearch(DOCUMENTS).scores(DOCUMENTS[1])
    assert scores[1] == pytest.approx(1.0, abs=1e-5)
    assert scores.argmax() == 1


@pytest.mark.parametrize("engine", [WordSearch, LetterSearch])
@pytest.mark.parametrize("documents", [[], [""], ["", " "], ["!", "?"], ["а"]])
def test_documents_without_words_are_found_by_nothing(
    engine: type[WordSearch | LetterSearch], documents: list[str]
) -> None:
    assert engine(documents).scores("карта").tolist() == [0.0] * len(documents)


@pytest.mark.parametrize("search", [WordSearch(DOCUMENTS), LetterSearch(DOCUMENTS)])
@given(query=st.text(max_size=100))
def test_every_query_has_scores_between_0_and_1(search: WordSearch | LetterSearch, query: str) -> None:
    scores = search.scores(query)
    assert scores.dtype == np.float32
    assert scores.shape == (len(DOCUMENTS),)
    assert (scores >= 0).all()
    assert (scores <= 1 + 1e-5).all()


def test_stemming_is_right_in_many_threads_at_once() -> None:
    words = [
        f"{root}{ending}" for root in ("карт", "вклад", "счет", "банк") for ending in ("ами", "ах", "ов", "у", "ом")
    ]
    expected = [stem.__wrapped__(word) for word in words]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([stem.__wrapped__(word) for word in words * 20])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected * 20] * 4
