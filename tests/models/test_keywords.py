import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DataError
from models.keywords import KeywordMatcher

PHRASES = {
    "transfer_how_to": ["как перевести деньги", "перевод по номеру телефона", "сделать перевод", "send money"],
    "transfer_not_received": ["перевод не пришёл", "деньги не дошли", "transfer has not arrived"],
    "card_lost_or_stolen": ["заблокировать карту", "потерял карту", "украли карту", "block my card", "lost my card"],
    "card_unblock": ["разблокировать карту", "unblock my card"],
    "card_delivery": ["где моя карта", "доставка карты", "where is my card"],
    "balance": ["баланс", "сколько денег на карте", "my balance"],
    "menu": ["меню", "в начало"],
    "goodbye": ["до завтра", "до свидания"],
    "talk_to_operator": ["оператор", "позовите человека", "живой человек", "talk to a person"],
}
MATCHER = KeywordMatcher(PHRASES)


def best(text: str) -> str | None:
    matches = MATCHER.match(text)
    return matches[0].intent if matches else None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("как перевести деньги", "transfer_how_to"),
        ("деньги как мне перевести", "transfer_how_to"),
        ("подскажите, как перевести деньги маме", "transfer_how_to"),
        ("переводы по номерам телефонов", "transfer_how_to"),
        ("заблокируйте мою карту", "card_lost_or_stolen"),
        ("заблокирйте карту", "card_lost_or_stolen"),
        ("вчера в метро украли карту", "card_lost_or_stolen"),
        ("перевод всё ещё не пришел", "transfer_not_received"),
        ("баланс", "balance"),
        ("меню", "menu"),
        ("Оператор!", "talk_to_operator"),
        ("I have lost my card", "card_lost_or_stolen"),
        ("the transfer hasn't arrived", "transfer_not_received"),
    ],
)
def test_inflections_order_and_typos_do_not_matter(text: str, intent: str) -> None:
    assert best(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "какая завтра погода",
        "у меня кошка и её карта мира",
        "рецепт борща",
        "tell me a joke",
        "turn on the light please",
        "как мне быть",
        "что это",
        "",
        "😭",
        "[card]",
    ],
)
def test_unrelated_text_matches_nothing(text: str) -> None:
    assert MATCHER.match(text) == ()


def test_the_longer_phrase_wins() -> None:
    matches = MATCHER.match("сделать перевод по номеру телефона")
    assert matches[0].phrase == "перевод по номеру телефона"


def test_an_opposite_word_is_another_intent() -> None:
    assert best("разблокируйте карту") == "card_unblock"


def test_scores_are_honest() -> None:
    whole = MATCHER.match("заблокировать карту")[0]
    typo = MATCHER.match("заблокирвать карту")[0]
    among_others = MATCHER.match("вчера вечером гуляли с собакой в парке и решили что надо заблокировать карту")[0]
    assert 1 >= whole.score > typo.score >= 0.5
    assert whole.score > among_others.score >= 0.5
    assert whole.phrase == "заблокировать карту"


def test_at_most_as_many_as_asked_for_and_best_first() -> None:
    matches = MATCHER.match("потерял карту, как перевести деньги", limit=2)
    assert len(matches) == 2
    assert matches[0].score >= matches[1].score
    assert len({match.intent for match in matches}) == 2


@given(
    st.text(st.characters(), max_size=300) | st.text(st.sampled_from("карта перевести деньги как блок "), max_size=200)
)
def test_matching_is_total_and_scores_are_bounded(text: str) -> None:
    for match in MATCHER.match(text):
        assert 0.5 <= match.score <= 1


def test_many_phrases_take_less_than_a_millisecond_a_message() -> None:
    words = [
        first + second for first in "бвгдзклмнпрст" for second in ("арить", "олок", "ируха", "елина", "усток", "ыбник")
    ]
    phrases = {
        f"intent_{number}": [
            f"как {words[(number * 7 + step) % len(words)]} {words[(number * 3 + step * 5) % len(words)]} карту"
            for step in range(40)
        ]
        for number in range(70)
    }
    matcher = KeywordMatcher(phrases)
    message = f"подскажите пожалуйста как мне {words[5]} и {words[20]} карту если я не помню пароль от приложения"
    matcher.match(message)
    started = time.process_time()
    for _ in range(50):
        matcher.match(message)
    assert (time.process_time() - started) / 50 < 0.001


def test_lists_of_both_languages_are_read_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ru.toml").write_text('balance = ["баланс"]\n', encoding="utf-8")
    (tmp_path / "en.toml").write_text('balance = ["my balance"]\nmenu = ["menu"]\n', encoding="utf-8")
    matcher = KeywordMatcher.load(tmp_path)
    assert matcher.intents == ("balance", "menu")
    assert matcher.match("what is my balance")[0].phrase == "my balance"
    (tmp_path / "en.toml").write_text('balance = "my balance"\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"en\.toml:1: `balance` must be a list"):
        KeywordMatcher.load(tmp_path)
