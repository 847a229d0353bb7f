"""A call log as a file: what is read, and what is said of every mistake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.calls import Call, CallOutcome, Direction
from service.policies.call_files import MISTAKES, CallRules, WrongCall, read_call, read_lines
from service.policies.talk_time import talked_seconds

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULES = CallRules(
    {"anna": 7}, ("cards", "loans"), ("card_lost",), ZoneInfo("Europe/Moscow"), "RU", NOW, mine=("cards",)
)
TOLD = {
    "id": "p-1", "started_at": "2026-11-20T10:00:00", "answered_at": "2026-11-20T10:00:20+03:00",
    "ended_at": "20.11.2026 10:05:20", "direction": "IN", "outcome": "answered", "department": "cards",
    "operator": "anna", "phone": "8 (913) 555-01-01", "topic": "card_lost",
}  # fmt: skip
HEAD = "id,started_at,ended_at,direction,outcome,department"


def mistake(**changes: str) -> str:
    """The kind of mistake that the call with these changes is refused for."""
    with pytest.raises(WrongCall) as told:
        read_call(TOLD | changes, RULES)
    assert str(told.value) == MISTAKES[told.value.kind].format(**told.value.fields)
    return told.value.kind


def test_a_call_is_read_by_the_clock_of_its_zone_and_its_number_in_one_spelling() -> None:
    began = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    call = read_call(TOLD, RULES)
    assert call == Call(
        "p-1", "+79135550101", 7, "cards", Direction.IN, CallOutcome.ANSWERED, began, began + timedelta(seconds=20),
        began + timedelta(seconds=320), "card_lost",
    )  # fmt: skip
    assert (call.wait_seconds, call.talk_seconds) == (20.0, 300.0)
    hidden = read_call(TOLD | {"phone": "", "topic": ""}, RULES)
    assert (hidden.phone, hidden.intent) == (None, None)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"id": " "}, "no_id"), ({"id": "x" * 121}, "no_id"),
        ({"started_at": "вчера"}, "no_moment"), ({"ended_at": ""}, "no_moment"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "no_moment"),
        ({"ended_at": "2026-11-20T09:59:59"}, "backwards"),
        ({"started_at": "2026-11-18T09:00:00"}, "too_long"),
        ({"ended_at": "2026-11-20T18:00:00+03:00"}, "future"),
        ({"answered_at": "2026-11-20T09:59:00"}, "answered_outside"),
        ({"answered_at": "2026-11-20T10:06:00"}, "answered_outside"),
        ({"answered_at": ""}, "not_answered"), ({"outcome": "missed"}, "answered_anyway"),
        ({"operator": ""}, "nobody"), ({"operator": "nobody"}, "no_operator"),
        ({"department": "moon"}, "no_department"), ({"department": "loans"}, "not_yours"),
        ({"topic": "moon"}, "no_topic"), ({"direction": "up"}, "no_word"), ({"outcome": "ok"}, "no_word"),
        ({"phone": "12"}, "no_phone"), ({"phone": "Иван +79135550101"}, "no_phone"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_words(changes: dict[str, str], kind: str) -> None:
    assert mistake(**changes) == kind


def test_an_hour_that_the_clocks_skip_or_show_twice_needs_an_offset() -> None:
    berlin = replace(RULES, zone=ZoneInfo("Europe/Berlin"))
    for started, ended, kind in (
        ("2026-03-29T02:30:00", "2026-03-29T03:10:00", "skipped_hour"),
        ("2025-10-26T02:30:00", "2025-10-26T03:10:00", "double_hour"),
    ):
        told = TOLD | {"started_at": started, "ended_at": ended, "answered_at": "", "outcome": "missed"}
        with pytest.raises(WrongCall) as refused:
            read_call(told, berlin)
        assert refused.value.kind == kind
    told["started_at"] += "+02:00"
    assert read_call(told, berlin).wait_seconds == 100 * 60


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    lines = [f"\ufeff{HEAD};phone".replace(",", ";") + "\n", "\n", 'a;1;2;"in\nside";x;y;z\n', "b;1\n"]
    read = list(read_lines("".join(lines).splitlines(keepends=True)))
    assert [line for line, _ in read] == [4, 5]
    assert read[0][1] == {
        "id": "a", "started_at": "1", "ended_at": "2", "direction": "in\nside", "outcome": "x", "department": "y",
        "phone": "z",
    }  # fmt: skip
    assert isinstance(read[1][1], WrongCall)


@pytest.mark.parametrize(
    ("content", "kind"),
    [("", "empty"), ("id,phone\n", "head"), (f"{HEAD},colour\n", "unknown_column"), (f"{HEAD},id\n", "twice_in_head")],
)
def test_a_wrong_first_line_says_what_is_wrong_with_it(content: str, kind: str) -> None:
    with pytest.raises(WrongCall) as told:
        list(read_lines(content.splitlines(keepends=True)))
    assert told.value.kind == kind


@given(st.text(max_size=200))
def test_whatever_the_lines_are_they_are_read_or_named(text: str) -> None:
    for _, fields in read_lines([f"{HEAD}\n", *text.splitlines(keepends=True)]):
        if not isinstance(fields, WrongCall):
            with pytest.raises(WrongCall):
                read_call(fields, RULES)


@given(st.dictionaries(st.sampled_from(sorted(TOLD)), st.text(max_size=40), max_size=4))
def test_any_texts_make_a_call_in_order_or_a_mistake(changes: dict[str, str]) -> None:
    try:
        call = read_call(TOLD | changes, RULES)
    except WrongCall as wrong:
        assert wrong.kind in MISTAKES
    else:
        assert call.started_at <= (call.answered_at or call.ended_at) <= call.ended_at


MOMENTS = st.integers(0, 500).map(lambda second: NOW + timedelta(seconds=second))


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=12))
def test_talk_time_is_the_seconds_in_which_somebody_talked(spans: list[tuple[datetime, datetime]]) -> None:
    counted = sum(
        any(begins <= NOW + timedelta(seconds=second) < ends for begins, ends in spans) for second in range(500)
    )
    assert talked_seconds(spans) == counted
