"""Of a message of several clauses the request is also read by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clauses import MOST, SHARE, read, request_of, split_clauses

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("где карта", ("где карта",)),
        ("вчера снял деньги. какой у меня остаток?", ("вчера снял деньги.", "какой у меня остаток?")),
        ("карту вернули, но как узнать кешбэк", ("карту вернули,", "но как узнать кешбэк")),
        ("потерял карту подскажите где отделение", ("потерял карту", "подскажите где отделение")),
        ("My card came. How do I top it up?", ("My card came.", "How do I top it up?")),
        ("спасибо. где карта", ("спасибо. где карта",)),
        ("", ("",)),
    ],
)
def test_a_message_is_cut_where_one_thought_ends(text: str, clauses: tuple[str, ...]) -> None:
    found = split_clauses(text)
    assert tuple(piece.strip(" ,") for piece in found) == tuple(piece.strip(" ,") for piece in clauses)


@given(st.text())
def test_the_clauses_hold_all_words_and_are_few(text: str) -> None:
    clauses = split_clauses(text)
    assert 1 <= len(clauses) <= MOST
    if len(clauses) > 1:
        assert [c for c in "".join(clauses) if c.isalnum()] == [c for c in text if c.isalnum()]


def test_a_message_of_one_clause_keeps_its_scores() -> None:
    reading = read(["где карта", "курс"])
    scores = RNG.normal(size=(2, 3)).astype(np.float32)
    assert reading.texts == ["где карта", "курс"]
    assert np.array_equal(reading.blend(scores), scores)


@pytest.mark.parametrize(
    ("text", "request_clause"),
    [
        ("терминал сломался. где взять выписку?", "где взять выписку?"),
        ("как закрыть вклад? карту уже закрыл", "карту уже закрыл"),
        ("где отделение на мира? потерял карту, но это неважно. спасибо вам большое", "спасибо вам большое"),
        ("where is my card? could you check?", "could you check?"),
        ("где карта", None),
    ],
)
def test_the_request_is_what_asks_or_ends_the_message(text: str, request_clause: str | None) -> None:
    assert request_of(text) == request_clause


def test_the_request_has_its_share_in_the_scores() -> None:
    reading = read(["терминал сломался. где взять выписку?", "где карта"])
    assert reading.owners.tolist() == [0]
    blended = reading.blend(np.array([[0, 0], [0, 0], [0, 1]], dtype=np.float32))
    assert blended.tolist() == [[0.0, pytest.approx(SHARE)], [0.0, 0.0]]


@given(st.lists(st.sampled_from(["где карта", "курс упал. а что с кредитом?", "да. нет, но почему так"]), max_size=6))
def test_a_part_of_the_messages_is_read_like_the_whole(texts: list[str]) -> None:
    whole = read(texts)
    scores = RNG.normal(size=(len(whole.texts), 3)).astype(np.float32)
    rows = np.arange(0, len(texts), 2)
    part, places = whole.subset(rows)
    assert part.texts == read([texts[i] for i in rows]).texts
    assert np.allclose(part.blend(scores[places]), whole.blend(scores)[rows])
