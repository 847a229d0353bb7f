"""«Did this help?»: yes, no, and everything that is neither."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialogues import DIALOGUES
from service.dialogues.base import NOT_MINE, Turn
from service.dialogues.feedback import ask, read_yes_or_no
from service.domain.decisions import Reason
from service.texts import text as sentence
from tests.service.policies.situations import BANK, modestly

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def read(text: str, button: str | None = None) -> bool | None:
    """Yes, no or neither."""
    return read_yes_or_no(Turn(text, button, "ru", NOON))


def resume(text: str, button: str | None = None) -> Any:
    """One step of the dialogue about the article `pin`."""
    return DIALOGUES["feedback"].resume(ask("pin", "card_pin").data, Turn(text, button, "ru", NOON), BANK)


@pytest.mark.parametrize(
    "text",
    ["да", "Да!", "ДА, ПОМОГЛО", "помогло", "да, спасибо", "ага", "угу)", "yes", "Yes, thank you", "yep", "yeah"],
)
def test_a_yes_is_a_yes(text: str) -> None:
    assert read(text) is True


@pytest.mark.parametrize("text", ["нет", "Нет!", "не помогло", "неа", "вообще нет", "no", "nope", "not really"])
def test_a_no_is_a_no(text: str) -> None:
    assert read(text) is False


@pytest.mark.parametrize("text", ["нет, не помогло", "мне не помогло", "it didn't help", "no, it did not help"])
def test_a_no_in_more_words_is_a_no(text: str) -> None:
    assert read(text) is False


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_words_on_the_buttons_may_be_typed(language: str) -> None:
    assert read(sentence("yes", language, "buttons")) is True
    assert read(sentence("no", language, "buttons")) is False


@pytest.mark.parametrize(
    "text",
    [
        "да но не работает",
        "да, а как сменить пин?",
        "да не помогло же",
        "yes but it does not work",
        "не да",
        "нет, спасибо",
        "нет спасибо",
        "no thanks",
        "не",
    ],
)
def test_what_only_begins_or_sounds_like_a_yes_is_not_one(text: str) -> None:
    assert read(text) is not True


@pytest.mark.parametrize(
    "text",
    ["", "   ", "👍", "спасибо", "большое спасибо", "1", "первое", "ыва", "а за границей?", "нет денег на карте",
     "no money on my card", "да" * 50],
)  # fmt: skip
def test_anything_else_is_a_new_message(text: str) -> None:
    assert read(text) is None
    assert resume(text) == NOT_MINE


def test_a_button_counts_whatever_its_words_are() -> None:
    assert read("whatever it says", "feedback:yes") is True
    assert read("да", "feedback:no") is False


@pytest.mark.parametrize("button", ["feedback:maybe", "intent:card_pin", ""])
def test_another_button_is_not_an_answer(button: str) -> None:
    assert read("Тема", button) is None


def test_a_yes_is_thanked_for_and_kept_as_a_fact() -> None:
    step = resume("да")
    assert [said.key for said in step.say] == ["feedback_yes"]
    assert step.fact == {"kind": "feedback", "helped": True, "article": "pin", "intent": "card_pin"}
    assert step.person is None
    assert step.state is None


def test_a_no_calls_a_person_and_is_kept_as_a_fact() -> None:
    step = resume("нет")
    assert step.person is Reason.ANSWER_DID_NOT_HELP
    assert step.fact["helped"] is False
    assert step.say == ()


@given(st.text(max_size=60), st.none() | st.text(max_size=30))
@modestly
def test_any_turn_is_a_yes_a_no_or_somebody_elses(text: str, button: str | None) -> None:
    step = resume(text, button)
    if step == NOT_MINE:
        return
    assert step.fact["helped"] is (step.person is None)
