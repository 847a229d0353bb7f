import pytest

from models.letters import ENGLISH, RUSSIAN, knows_english, knows_russian


@pytest.mark.parametrize("word", ["пшеница", "залогинился", "кошка", "переводчица"])
def test_russian_words_that_are_not_in_the_vocabulary_look_russian(word: str) -> None:
    assert RUSSIAN.score(word) > RUSSIAN.score("ывпрглд") + 1


@pytest.mark.parametrize("word", ["table", "strength", "kitten", "overdrawn"])
def test_english_words_that_are_not_in_the_vocabulary_look_english(word: str) -> None:
    assert ENGLISH.score(word) > ENGLISH.score("ghbdtn") + 1


def test_inflected_forms_are_known() -> None:
    assert knows_russian("заблокировавшему")
    assert knows_russian("счёт")
    assert knows_english("activating")
    assert knows_english("don't")
    assert not knows_russian("шыгщзл")
    assert not knows_english("ghbdtn")


def test_an_endless_word_is_scored_by_its_beginning() -> None:
    assert RUSSIAN.score("а" * 100_000) == RUSSIAN.score("а" * 40)
    assert RUSSIAN.score("") < 0
