"""What is a choice and what is a yes: only a message that is nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialogues.choosing import read_four_digits, read_place
from service.dialogues.consent import read_consent


@pytest.mark.parametrize(
    ("text", "place"),
    [("1", 0), ("вторую", 1), ("третья карта", 2), ("the second one", 1), ("карта номер 3", 2), ("Пункт 1!", 0)],
)
def test_places(text: str, place: int) -> None:
    assert read_place(text, 3) == place


@pytest.mark.parametrize("text", ["4", "два дня жду", "не первое", "", "?", "первая и вторая", "0", "сто", "1" * 41])
def test_what_is_no_choice(text: str) -> None:
    assert read_place(text, 3) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [("4821", "4821"), ("карта ··4821", "4821"), ("4821, она же 4821", "4821"), ("4821 или 0937", None),
     ("48211", None), ("482", None), ("**** 4821", "4821")],
)  # fmt: skip
def test_four_digits(text: str, digits: str | None) -> None:
    assert read_four_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("да", True), ("Да, заблокируйте!", True), ("подтверждаю", True), ("yes please", True), ("block it", True),
        ("нет", False), ("не надо", False), ("нет, не блокируйте", False), ("don't block it", False),
        ("да нет", False), ("не нужно её блокировать", None), ("да, но сначала скажите баланс", None), ("?", None),
        ("а сколько стоит новая", None), ("пожалуйста", None), ("карту", None),
    ],
)  # fmt: skip
def test_consent(text: str, agrees: bool | None) -> None:
    assert read_consent(text) is agrees


@given(st.text(max_size=60))
def test_no_text_is_an_error_and_a_refusal_is_never_a_yes(text: str) -> None:
    read_place(text, 9)
    read_four_digits(text)
    assert read_consent(text) is None or text.strip()
    assert read_consent(f"не {text}") is not True
    assert read_consent(f"нет {text}") is not True
