"""Texts are cut where a reader would pause; nothing is lost, no piece is too long, no letter is broken."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.channels import ButtonKind, ButtonRules, ChannelRules, LengthUnit
from service.domain.files import AttachedFile
from service.domain.messages import Button
from service.policies.button_layout import chosen, lay_out
from service.policies.parting import MEASURES, part_message, split_text

LETTERS = st.text(alphabet=st.sampled_from("абв .!?…\n\t🎄👩\u200d\ufe0fе\u0301«»)a"), max_size=300)
INLINE = ButtonRules(ButtonKind.INLINE, most=3, title_length=10, links=True)
NUMBERED = ButtonRules()
YES, NO = Button("Да, помогло", "feedback:yes"), Button("Нет", "feedback:no")
SITE = Button("Сайт", url="https://bank.example")


@given(LETTERS, st.integers(8, 60), st.sampled_from(list(LengthUnit)))
@example("👩\u200d👩\u200d👧" * 20, 16, LengthUnit.UTF16)
@example("е\u0301" * 50, 8, LengthUnit.BYTES)
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int, unit: LengthUnit) -> None:
    measure = MEASURES[unit]
    pieces = split_text(text, limit, measure)
    assert all(piece.strip() and measure(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert split_text(text, limit, measure) == pieces


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("Первое. Второе.", 40, ["Первое. Второе."]),
        ("Первое предложение. Второе предложение.", 25, ["Первое предложение.", "Второе предложение."]),
        ("Вопрос? «Ответ!» Ещё что-то", 18, ["Вопрос? «Ответ!»", "Ещё что-то"]),
        ("Абзац один.\n\nАбзац два. И три.", 26, ["Абзац один.", "Абзац два. И три."]),
        ("одно длинное предложение без точки", 16, ["одно длинное", "предложение без", "точки"]),
        ("ааааааааааа", 4, ["аааа", "аааа", "ааа"]),
        ("", 10, []),
        ("   ", 10, []),
    ],
)
def test_it_is_cut_where_a_reader_would_pause(text: str, limit: int, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces


@pytest.mark.parametrize("letter", ["👩\u200d👩\u200d👧", "е\u0301", "❤\ufe0f", "👍🏽"])
def test_a_letter_of_several_signs_is_not_cut(letter: str) -> None:
    for piece in split_text(letter * 30, 20):
        assert piece.replace(letter, "") == ""


def test_the_unit_of_the_platform_is_counted() -> None:
    text = "🎄" * 10
    assert [len(split_text(text, 10, MEASURES[unit])) for unit in LengthUnit] == [1, 2, 5]


@given(LETTERS.filter(str.strip), st.integers(0, 3), st.lists(st.sampled_from([YES, NO, SITE]), max_size=4))
def test_buttons_and_files_go_once_and_the_buttons_with_the_last_words(
    text: str, count: int, buttons: list[Button]
) -> None:
    files = [AttachedFile(f"key{n}", "a.pdf", "application/pdf", 1) for n in range(count)]
    rules = ChannelRules(text_length=50, caption_length=20, files_at_once=1, buttons=INLINE)
    parts = part_message(text, buttons, files, rules, "hint")
    assert [file for part in parts for file in part.files] == files
    shown = [button for part in parts for button in part.buttons]
    assert len(shown) in (0, len(buttons))
    worded = [part for part in parts if part.text]
    assert all(not part.buttons for part in worded[:-1])
    assert all(len(part.files) <= 1 for part in parts)


def test_a_short_text_is_the_caption_of_a_single_file() -> None:
    file = AttachedFile("key", "a.pdf", "application/pdf", 1)
    rules = ChannelRules(caption_length=20)
    assert [(part.text, len(part.files)) for part in part_message("Вот", (), (file,), rules, "")] == [("Вот", 1)]
    assert [(bool(part.text), len(part.files)) for part in part_message("Вот " * 10, (), (file,), rules, "")] == [
        (True, 0),
        (False, 1),
    ]


def test_a_channel_without_buttons_has_a_list_to_choose_from_by_number() -> None:
    laid = lay_out("Это помогло?", (YES, NO, SITE), NUMBERED, "Ответьте цифрой.")
    assert laid.buttons == ()
    assert laid.text == ("Это помогло?\nСайт: https://bank.example\n\n1. Да, помогло\n2. Нет\n\nОтветьте цифрой.")


def test_more_buttons_than_fit_become_a_list_and_long_titles_are_cut() -> None:
    many = tuple(Button(f"Тема {n}", f"intent:{n}") for n in range(4))
    assert lay_out("О чём?", many, INLINE, "").text == "О чём?\n\n1. Тема 0\n2. Тема 1\n3. Тема 2\n4. Тема 3"
    assert [each.text for each in lay_out("Ну?", (YES, SITE), INLINE, "").buttons] == ["Да, помог…", "Сайт"]


@pytest.mark.parametrize("typed", ["2", " 2 ", "2.", "2)", "«2»", "№2"])
def test_a_number_typed_back_is_the_choice(typed: str) -> None:
    assert chosen(typed, (YES, NO, SITE), NUMBERED) == NO


@pytest.mark.parametrize("typed", ["", "0", "3", "22", "два", "2 карты", "-", "2026"])
def test_other_words_and_numbers_are_words(typed: str) -> None:
    assert chosen(typed, (YES, NO, SITE), NUMBERED) is None


def test_where_buttons_are_shown_a_number_is_just_a_number() -> None:
    assert chosen("1", (YES, NO), INLINE) is None
