import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.normalise import (
    CLEAN_LIMIT,
    ascii_digits,
    clean_characters,
    cut,
    repair_lookalikes,
    squeeze_stretched,
    strip_markup,
)

ANYTHING = st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  где \t карта\u00a0? ", "где карта ?"),
        ("a\x00b\x07c", "abc"),
        ("половина \ud83d пары", "половина пары"),
        ("\ud83d\ude00", "😀"),
        ("\u202eтекст\u202c\u200b", "текст"),
        ("й", "й"),
        ("один\r\n\r\n  два\u2028три", "один\nдва\nтри"),
        ("４１１１ и ٣٤", "4111 и 34"),
        ("4\ufe0f\u20e31\ufe0f\u20e3", "41"),
        ("👨\u200d👩\u200d👧 семья", "👨\u200d👩\u200d👧 семья"),
        ("скры\U000e0041\U000e0042то", "скрыто"),
        ("", ""),
    ],
)
def test_characters_that_clients_do_not_mean_are_dropped(raw: str, clean: str) -> None:
    assert clean_characters(raw) == clean


def test_a_pile_of_accents_is_cut_down() -> None:
    assert len(clean_characters("з" + "\u0335\u0336\u0337" * 500 + "а")) < 8


@given(ANYTHING)
def test_cleaning_is_total_idempotent_and_nfc(text: str) -> None:
    clean = clean_characters(text)
    assert clean_characters(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert "\x00" not in clean
    clean.encode("utf-8")


def test_a_long_text_is_cut_and_never_inside_a_number() -> None:
    text = "а" * (CLEAN_LIMIT - 10) + " 4111 1111 1111 1111"
    clean = clean_characters(text)
    assert len(clean) <= CLEAN_LIMIT
    assert not any(letter.isdigit() for letter in clean)
    assert cut("коротко", 100) == "коротко"


def test_digits_keep_their_places() -> None:
    assert ascii_digits("тел ٨٩١٦ тут") == "тел 8916 тут"


@pytest.mark.parametrize(
    ("stretched", "squeezed"),
    [
        ("приветтттт", "привет"),
        ("ААААААА", "А"),
        ("ну когдаааа???!!!", "ну когда?"),
        ("срочно!!!!", "срочно!"),
        ("так...", "так..."),
        ("так........", "так..."),
        ("длинннный", "длиный"),
        ("acccount", "account"),
        ("sooooo slooow", "so slow"),
        ("AAA insurance", "AAA insurance"),
        ("www.bank.ru 1000000", "www.bank.ru 1000000"),
        ("ссылка и ванна", "ссылка и ванна"),
    ],
)
def test_stretched_letters_and_marks_are_squeezed(stretched: str, squeezed: str) -> None:
    assert squeeze_stretched(stretched) == squeezed


@pytest.mark.parametrize(
    ("mixed", "repaired"),
    [
        ("кapтa не paботаeт", "карта не работает"),
        ("cчёт", "счёт"),
        ("аpple", "apple"),
        ("нет c карты", "нет с карты"),
        ("smsка и VIPу", "smsка и VIPу"),
        ("plain English", "plain English"),
        ("iPhone у жены", "iPhone у жены"),
    ],
)
def test_words_of_two_alphabets_are_written_in_one(mixed: str, repaired: str) -> None:
    assert repair_lookalikes(mixed) == repaired


def test_markup_is_dropped_and_a_lone_bracket_is_not() -> None:
    assert strip_markup("<b>где</b> карта&nbsp;?").split() == ["где", "карта", "?"]
    assert strip_markup("5 < 6 и 7 > 3") == "5 < 6 и 7 > 3"
