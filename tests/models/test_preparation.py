import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.normalise import CLEAN_LIMIT
from models.preparation import MODEL_LIMIT, prepare


def test_a_message_is_taken_apart() -> None:
    prepared = prepare(
        "  Здравствуйте!!! Меня зовут Иван, с карты 4111 1111 1111 1111 ушло 5 000 руб 😭 Гдееее мои деньги???\x00"
    )
    assert prepared.original.endswith("\x00")
    assert (
        prepared.clean
        == "Здравствуйте!!! Меня зовут Иван, с карты 4111 1111 1111 1111 ушло 5 000 руб 😭 Гдееее мои деньги???"
    )
    assert "[name], с карты [card] ушло 5 000 руб" in prepared.masked
    assert prepared.model_text == "с карты ушло 5 000 руб Где мои деньги?"
    assert prepared.language == "ru"
    assert prepared.emojis == ("😭",)
    assert prepared.greeting == "Здравствуйте"
    assert prepared.repairs == ()
    assert [entity.kind for entity in prepared.entities] == ["card", "amount"]


@pytest.mark.parametrize(
    ("text", "clean", "repairs"),
    [
        ("ghbdtn rfr gthtdtcnb ltymub", "привет как перевести деньги", ("layout",)),
        ("zablokiruyte kartu", "заблокируйте карту", ("transliteration",)),
        ("кapтa не работает", "карта не работает", ("lookalikes",)),
        ("where is my card", "where is my card", ()),
    ],
)
def test_repairs_are_made_and_named(text: str, clean: str, repairs: tuple[str, ...]) -> None:
    prepared = prepare(text)
    assert (prepared.clean, prepared.repairs) == (clean, repairs)


@pytest.mark.parametrize(
    ("text", "model_text"),
    [
        ("Привет! Как дела?", "Привет! Как дела?"),
        ("ГДЕ МОЯ КАРТА", "где моя карта"),
        ("СБП", "СБП"),
        ("приветттт", "привет"),
        ("ещё не пришёл", "еще не пришел"),
        ("my name is John", "my name is"),
        ("<b>где</b>&nbsp;карта", "где карта"),
        ("мой номер 8 916 123-45-67, карта не работает", "мой номер, карта не работает"),
        ("спасибо :)", "спасибо"),
    ],
)
def test_models_see_what_carries_meaning(text: str, model_text: str) -> None:
    assert prepare(text).model_text == model_text


@pytest.mark.parametrize("text", ["", " ", "😭😭", "1234", "?!", "4111 1111 1111 1111", "\x00\ud800"])
def test_messages_without_words_are_marked(text: str) -> None:
    prepared = prepare(text)
    assert prepared.wordless
    assert prepared.language == "other"


HOSTILE = [
    "а" * 100_000,
    "😭" * 10_000,
    "👨\u200d" * 10_000,
    "\x00" * 50_000,
    "\ud83d" * 20_000,
    "((((" * 20_000,
    "))))" * 20_000,
    "<" * 50_000,
    "<a " * 30_000,
    "1 " * 50_000,
    "4111 1111 1111 111" * 5_000,
    "+7(" * 30_000,
    "a@" * 50_000,
    "a.a." * 25_000 + "@",
    "меня зовут " * 10_000,
    "код из смс " * 10_000,
    "здравствуйте " * 10_000,
    "! ? " * 30_000,
    "и ещё " * 20_000,
    "qq " * 30_000,
    "привет" + "\n" * 50_000,
    "з" + "\u0335" * 50_000,
    "\u202e\u2066" * 30_000,
    "пять " * 20_000,
    "aя" * 40_000,
    "\\_(ツ" * 20_000,
    "-" * 100_000,
    "www." * 25_000,
    "пароль:" * 15_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_messages_are_bounded_in_size_and_time(text: str) -> None:
    started = time.process_time()
    prepared = prepare(text)
    assert time.process_time() - started < 0.5
    assert len(prepared.clean) <= CLEAN_LIMIT
    assert len(prepared.model_text) <= MODEL_LIMIT
    assert len(prepared.emojis) <= 100


PIECES = [
    *"абвгде ёйцук qwertyzxch0123456789.,!?()<>@&+-:;'[]\n\x00\u200d\ud83d😭👍ıЇқ",
    "ghbdtn ",
    "kartu ",
    "http://",
    "not ",
]
MESSY = st.text(st.characters(), max_size=200) | st.lists(st.sampled_from(PIECES), max_size=100).map("".join)


@given(MESSY)
def test_preparation_is_total(text: str) -> None:
    prepared = prepare(text)
    assert prepared.original == text
    for entity in prepared.entities:
        assert 0 <= entity.start < entity.end <= len(prepared.clean)
    (prepared.clean + prepared.masked + prepared.model_text).encode("utf-8")


@given(MESSY)
def test_clean_text_is_clean(text: str) -> None:
    clean = prepare(text).clean
    assert prepare(clean).clean == clean


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


NUMBERS = st.sampled_from(["4111111111111111", "5500000000000004", "2200123456789019", "378282246310005"]).filter(
    luhn
) | st.from_regex(r"\A[78]9[0-9]{9}\Z")


@given(
    NUMBERS,
    st.sampled_from(["", " ", "-", ". ", "\u00a0", "\u200b", "😭", "<b>", "\n", "\ufe0f\u20e3"]),
    st.integers(2, 5),
    st.text(st.sampled_from("абв xyz,!(\n"), max_size=15),
    st.text(st.sampled_from("абв xyz,!)\n"), max_size=15),
)
def test_no_card_or_phone_reaches_a_model_or_a_log(digits: str, gap: str, size: int, before: str, after: str) -> None:
    written = gap.join(digits[start : start + size] for start in range(0, len(digits), size))
    prepared = prepare(f"{before} {written} {after}")
    assert digits not in re.sub(r"\D", "", prepared.model_text)
    if gap not in ("😭", "<b>"):  # drawn or tagged apart, the digits are no number to a reader of the log either
        assert digits not in re.sub(r"\D", "", prepared.masked)


def test_ordinary_messages_take_a_fraction_of_a_millisecond() -> None:
    text = "Здравствуйте, вчера перевёл 5000 руб по номеру +7 916 123-45-67, а деньги не пришли. Когда дойдут?"
    prepare(text)
    started = time.process_time()
    for _ in range(200):
        prepare(text)
    assert (time.process_time() - started) / 200 < 0.001
