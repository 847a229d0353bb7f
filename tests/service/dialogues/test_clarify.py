"""The answer to «which of these do you mean?»: a number, an ordinal, a label, or something else altogether."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.dialogues import DIALOGUES
from service.dialogues.base import NOT_MINE, Turn
from service.dialogues.clarify import LONGEST_CHOICE, ask, choose
from tests.service.policies.situations import BANK, modestly

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOPICS = ["card_pin", "cashback", "complaint"]


def chosen(text: str, topics: list[str] = TOPICS, language: str = "ru") -> str | None:
    """The topic that the client's words pick."""
    return choose(text, topics, BANK, language)


@pytest.mark.parametrize("text", ["1", "1.", "1)", " 1 ", "№1", "первое", "Первый!", "первую", "один", "first", "ONE"])
def test_the_first_topic_is_picked_by_its_number(text: str) -> None:
    assert chosen(text) == "card_pin"


@pytest.mark.parametrize("text", ["2", "второе", "вторая тема", "давайте второе", "два", "second", "two"])
def test_the_second_topic_is_picked_by_its_number(text: str) -> None:
    assert chosen(text) == "cashback"


@pytest.mark.parametrize("text", ["3", "третье", "третий вариант", "три", "third", "three"])
def test_the_third_topic_is_picked_by_its_number(text: str) -> None:
    assert chosen(text) == "complaint"


@pytest.mark.parametrize(
    ("text", "topic"),
    [("the first one", "card_pin"), ("the second one", "cashback"), ("the third one", "complaint")],
)
def test_an_english_ordinal_counts_and_not_the_word_one_after_it(text: str, topic: str) -> None:
    assert chosen(text, language="en") == topic


@pytest.mark.parametrize(
    ("text", "language"),
    [("Тема cashback", "ru"), ("тема  CASHBACK!", "ru"), ("«Тема cashback»", "ru"), ("Topic cashback", "en")],
)
def test_a_topic_is_picked_by_the_words_on_its_button(text: str, language: str) -> None:
    assert chosen(text, language=language) == "cashback"


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "0",
        "12",
        "десятое",
        "",
        "   ",
        "???",
        "👍",
        "ыва",
        "да",
        "ничего из этого",
        "другое",
        "первый раз вижу такое у вас",
        "1" * (LONGEST_CHOICE + 1),
    ],
)
def test_anything_else_is_an_ordinary_message(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize("text", ["не первое", "нет, не второе", "ни первое", "not the first"])
def test_a_topic_that_is_denied_is_not_picked(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize("text", ["два дня жду", "2 раза списали", "три тысячи пропали"])
def test_a_number_of_something_is_not_a_choice(text: str) -> None:
    assert chosen(text) is None


def test_a_number_beyond_the_offered_topics_is_an_ordinary_message() -> None:
    assert chosen("третье", ["card_pin", "cashback"]) is None
    assert chosen("1", []) is None


def test_the_dialogue_serves_the_chosen_topic_and_ends() -> None:
    step = resume(ask(TOPICS).data, "второе")
    assert step.intent == "cashback"
    assert step.mine
    assert step.state is None
    assert step.say == ()


def test_the_dialogue_leaves_any_other_message_alone() -> None:
    assert resume(ask(TOPICS).data, "а курс доллара какой?") == NOT_MINE


def test_topics_that_are_gone_keep_their_place_out_of_the_count() -> None:
    assert resume({"topics": ["old_topic", "cashback"]}, "1").intent == "cashback"
    assert resume({"topics": ["old_topic"]}, "1") == NOT_MINE
    assert resume({}, "1") == NOT_MINE


def resume(data: Any, text: str, language: str = "ru") -> Any:
    """One step of the dialogue after the client typed `text`."""
    return DIALOGUES["clarify"].resume(data, Turn(text, None, language, NOON), BANK)


@given(st.text(max_size=60), st.lists(st.sampled_from([*BANK.intents, "gone"]), max_size=4), st.text(max_size=3))
@settings(parent=modestly)
def test_any_text_picks_an_offered_topic_or_nothing(text: str, topics: list[str], language: str) -> None:
    step = resume({"topics": topics}, text, language)
    assert step.intent in topics if step.mine else step == NOT_MINE
