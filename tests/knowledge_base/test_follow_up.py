"""Which messages lean on what was said before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.follow_up import Leaning, leaning_of


@pytest.mark.parametrize(
    "text",
    ["а за границей?", "А если в другом банке", "а её можно вернуть", "and abroad?", "what about abroad?",
     "туда пустят с паспортом?", "а по выходным", "а можно по телефону?"],
)  # fmt: skip
def test_a_tail_with_a_subject_of_its_own_leans_partly(text: str) -> None:
    assert leaning_of(text) is Leaning.PARTLY


@pytest.mark.parametrize(
    "text",
    ["и сколько это стоит", "сколько это стоит?", "сколько стоит?", "как долго", "сколько ждать?", "это платно?",
     "почему так долго?", "how long does it take?", "how much is it", "is it free?", "а ещё?", "когда?"],
)  # fmt: skip
def test_a_tail_without_a_subject_leans_wholly(text: str) -> None:
    assert leaning_of(text) is Leaning.WHOLLY


@pytest.mark.parametrize(
    "text", ["под какой процент?", "from another bank?", "я в первый раз", "уже две недели прошло"]
)
def test_a_short_message_that_points_nowhere_leans_perhaps(text: str) -> None:
    assert leaning_of(text) is Leaning.PERHAPS


@pytest.mark.parametrize(
    "text",
    ["", "баланс", "где карта", "заблокируйте карту", "сколько стоит обслуживание карты", "кешбэк",
     "какая ставка по ипотеке", "how do I reissue my card", "mortgage rate", "🙂", "терминал не принимает оплату",
     "и ещё я хотел узнать, можно ли мне перевыпустить карту раньше срока в другом городе"],
)  # fmt: skip
def test_a_message_that_names_its_subject_stands_alone(text: str) -> None:
    assert leaning_of(text) in (Leaning.NONE, Leaning.PERHAPS)


@given(st.text())
def test_every_text_has_an_answer(text: str) -> None:
    assert isinstance(leaning_of(text), Leaning)
