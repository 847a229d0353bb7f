import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.transliteration import REPAIR_LIMIT, read_word, repair_transliteration


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("zablokiruyte kartu", "заблокируйте карту"),
        ("kak perevesti dengi", "как перевести деньги"),
        ("ne prihodit sms", "не приходит sms"),
        ("ne prikhodit kod", "не приходит код"),
        ("xochu zakrit schet", "хочу закрыть счет"),
        ("gde moja karta", "где моя карта"),
        ("gde moia karta", "где моя карта"),
        ("kak podklju4it apple pay", "как подключить apple pay"),
        ("wto delat", "что делать"),
        ("ne rabotaet prilojenie", "не работает приложение"),
        ("ne mogu vojti v lichnyj kabinet", "не могу войти в личный кабинет"),
        ("Zdravstvuyte, kakaya komissiya za perevod?", "Здравствуйте, какая комиссия за перевод?"),
        ("PRIVET", "ПРИВЕТ"),
        ("ya zabyl parol'", "я забыл пароль"),
        ("не работает prilozhenie", "не работает приложение"),
        ("operator brosil trubku vo vremya razgovora", "оператор бросил трубку во время разговора"),
    ],
)
def test_romanised_russian_is_written_in_cyrillic(typed: str, meant: str) -> None:
    assert repair_transliteration(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "where is my card",
        "operator",
        "balance",
        "terminate",
        "invalid",
        "I sent money to my mama in Novosibirsk",
        "apple pay",
        "hola como estas",
        "gdzie jest moja karta",
        "je ne peux pas payer",
        "privet@mail.ru",
        "https://karta.ru/dengi",
        "DE89370400440532013000",
        "Имя в паспорте Yulia",
        "status «shipped», а карты нет",
        "[card] [phone]",
        "xD",
        "qwerty",
        "",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert repair_transliteration(text) == text


@pytest.mark.parametrize("spelling", ["schet", "s4et"])
def test_a_word_has_many_spellings(spelling: str) -> None:
    assert read_word(spelling) in ("счет", "счёт")


def test_long_texts_are_left_alone() -> None:
    text = "zablokiruyte kartu " * REPAIR_LIMIT
    assert repair_transliteration(text) == text


@given(st.text(st.characters(), max_size=100) | st.text(st.sampled_from("abcdehijkyzshw4'6 `"), max_size=60))
def test_repair_is_total(text: str) -> None:
    assert isinstance(repair_transliteration(text), str)
