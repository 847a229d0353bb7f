import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language import detect_language


@pytest.mark.parametrize(
    "text",
    [
        "где моя карта",
        "не работает apple pay",
        "не могу оплатить google pay на samsung galaxy s21",
        "СМС",
        "ё-моё",
        "как перевести в Revolut?",
        "баланс",
        "ща гляну, спс",
        "пари и бар",
    ],
)
def test_russian(text: str) -> None:
    assert detect_language(text) == "ru"


@pytest.mark.parametrize(
    "text",
    [
        "where is my card",
        "hi",
        "balance",
        "top up failed",
        "How do I pay Иванов from my account?",
        "visa declined",
        "las vegas",
    ],
)
def test_english(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Чому не працює моя картка?",
        "Добрий вечір, де мої гроші",
        "Менің картам қайда?",
        "Где је моја картица",
        "Защо не мога да вляза в приложението",
        "hola, mi tarjeta no funciona",
        "bonjour je ne peux pas payer",
        "Wo ist meine Karte?",
        "kartım nerede",
        "gdzie jest moja karta",
        "我的卡在哪里",
        "أين بطاقتي",
        "სად არის ჩემი ბარათი",
        "12345",
        "😭😭",
        "",
        "[card] [phone]",
    ],
)
def test_other_languages_and_no_language_at_all(text: str) -> None:
    assert detect_language(text) == "other"


@given(st.text(st.characters(), max_size=200))
def test_every_text_has_an_answer(text: str) -> None:
    assert detect_language(text) in ("ru", "en", "other")
