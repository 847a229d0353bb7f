from concurrent.futures import ThreadPoolExecutor

from models.phrases import PhraseFinder
from models.stems import split_words, stem, stem_once


def test_words_are_lower_case_and_without_marks() -> None:
    assert split_words("Ещё, сим-карта! Don’t 24/7") == ["еще", "сим", "карта", "don't", "24", "7"]


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("карту") == stem("картами") == stem("карта")
    assert stem("payments") == stem("payment")
    assert stem("2024") == "2024"
    assert stem("а" * 100) == "а" * 100


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"перевод{ending}" for ending in ("а", "у", "ом", "ы", "ами", "ов", "ах", "е")] * 200
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(stem_once, words)) == {"перевод"}


def test_the_longest_phrase_is_found_and_its_words_are_used_up() -> None:
    finder = PhraseFinder(
        {"urgent": ["скорее"], "neutral": ["скорее всего"], "insult": ["дура*"], "exact": ["=скорая"]}
    )
    found = [
        (position, kind) for position, _, kind in finder.find(split_words("скорее всего скорее дуралей скорая скоро"))
    ]
    assert found == [(0, "neutral"), (2, "urgent"), (3, "insult"), (4, "exact"), (5, "urgent")]
