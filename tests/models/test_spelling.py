"""Slips are mended towards the words of the training texts; everything else is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.preparation import prepare
from models.slips import slip_price
from models.spelling import REPAIR, Spelling

TEXTS = (
    *["заблокируйте мою карту пожалуйста"] * 6,
    *["не могу войти в приложение", "сколько стоит перевод в другой банк", "хочу узнать баланс карты"] * 4,
    *["when will my transfer arrive", "please cancel the payment", "i cannot withdraw cash"] * 4,
    *["перевел деньги", "перевожу деньги"] * 3,
    "плотить картой", "склад", "клад",
    *["платить картой"] * 10,
)  # fmt: skip
SPELLING = Spelling.learn(TEXTS, dictionary=("привод", "launch", "payments"))
WORDS = sorted({word for text in TEXTS for word in text.split()})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("заблакируйте карту", "заблокируйте карту"),
        ("Заблокиуйте мою катру!", "Заблокируйте мою карту!"),
        ("ПРИЛАЖЕНИЕ", "ПРИЛОЖЕНИЕ"),
        ("немогу войти", "не могу войти"),
        ("пожалуйста хочу бланс", "пожалуйста хочу баланс"),
        ("чужой перевот", "чужой перевод"),
        ("my trasnfer did not arive", "my transfer did not arrive"),
        ("withdarw", "withdraw"),
        ("плотить картой", "платить картой"),
    ],
)
def test_a_slip_becomes_the_word_it_was_meant_to_be(written: str, meant: str) -> None:
    assert SPELLING.repair(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ок",
        "кот",
        "привод",  # in the dictionary: a slip away from "перевод", and right as it is
        "launch payments",
        "оплатил через Transfar и айфон",  # Latin letters in a Russian sentence are a name
        "мой кот Баланз",  # a capital inside a sentence is a name
        "карта 4276хххх1111 катру123",
        "пишите на trasnfer@example.com и www.trasnfer.ru",
        "перевела деньгами картой",  # other forms of known words
        "zzzzzzzzzzzz ъъъъъъъъъъ",
        "шла машаа пао шоссее ии сослаа суушку",
    ],
)
def test_what_is_no_slip_is_left(text: str) -> None:
    assert SPELLING.repair(text) == text


def test_a_rare_word_far_from_a_slip_stays_known() -> None:
    assert {"склад", "клад"} <= set(SPELLING.words)
    assert "плотить" not in SPELLING.words


def test_the_neighbours_decide_between_two_words_as_near() -> None:
    texts = [*["мой счет закрыт"] * 5, *["твой сумка порвана"] * 5]
    spelling = Spelling.learn([*texts, *["новый замок"] * 5, *["новый замёк"] * 5])
    assert spelling.repair("мой счетт закрыт") == "мой счет закрыт"


def test_the_price_of_a_slip_grows_with_its_strangeness() -> None:
    sound, key, swap, strange = (
        slip_price("заблакировать", "заблокировать"),
        slip_price("картв", "карты"),
        slip_price("катра", "карта"),
        slip_price("карфа", "карта"),
    )
    assert sound < swap < strange
    assert key < strange
    assert slip_price("арта", "карта") > slip_price("крта", "карта")


def test_a_mended_message_says_so_and_keeps_what_the_client_wrote() -> None:
    mended = SPELLING.mend(prepare("заблакируйте мою катру"))
    assert mended.model_text == "заблокируйте мою карту"
    assert mended.clean == "заблакируйте мою катру"
    assert mended.repairs == (REPAIR,)
    untouched = prepare("заблокируйте мою карту")
    assert SPELLING.mend(untouched) is untouched


def test_a_flood_of_unknown_words_is_left_alone() -> None:
    text = " ".join(f"катр{letter}а" for letter in "бвгдежзийклмнопр")
    assert SPELLING.repair(text) == text


def test_the_order_of_the_texts_does_not_matter() -> None:
    again = Spelling.learn(reversed(TEXTS), dictionary=("payments", "launch", "привод"))
    assert again.words == SPELLING.words
    assert again.counts.tolist() == SPELLING.counts.tolist()


def test_nothing_learned_repairs_nothing() -> None:
    assert Spelling.learn([]).repair("заблакируйте катру") == "заблакируйте катру"


SLIPPED = st.lists(
    st.one_of(st.sampled_from(WORDS), st.text("абвгдежзиклмнопрстуya tk.,-'’", max_size=12), st.text(max_size=6)),
    max_size=8,
).map(" ".join)


@given(SLIPPED)
def test_mending_twice_changes_nothing_more(text: str) -> None:
    once = SPELLING.repair(text)
    assert SPELLING.repair(once) == once


@given(st.text())
def test_every_text_has_an_answer_and_the_same_one_from_another_copy(text: str) -> None:
    assert SPELLING.repair(text) == Spelling(SPELLING.words, SPELLING.counts).repair(text)


@given(st.lists(st.sampled_from([w for w in SPELLING.words if " " not in w]), max_size=10).map(" ".join))
def test_known_words_are_never_touched(text: str) -> None:
    assert SPELLING.repair(text) == text
