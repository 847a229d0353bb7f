"""Who has moved from calling to writing, and from which topics."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.policies.moved_to_chat import LOOK_BACK, CallAbout, Habit, TopicMoves, habit_of, topics_of_moves

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
END = NOON + timedelta(days=7)
days = st.integers(-200, 20).map(lambda number: NOON + timedelta(days=number))
calls = st.lists(st.builds(CallAbout, days, st.sampled_from([None, "card_pin", "loan_debt"])), max_size=6)


def about(days: float, topic: str | None = None) -> CallAbout:
    """A call so many days after the first message."""
    return CallAbout(NOON + timedelta(days=days), topic)


def test_whoever_called_before_and_not_since_has_moved() -> None:
    assert habit_of(NOON, [about(-3)], END) is Habit.MOVED
    assert habit_of(NOON, [about(-3), about(1)], END) is Habit.BOTH
    assert habit_of(NOON, [about(1)], END) is Habit.BOTH
    assert habit_of(NOON, [], END) is Habit.WRITES
    assert habit_of(NOON, [about(-91)], END) is Habit.WRITES, "that was too long ago"
    assert habit_of(NOON, [about(-3), about(8)], END) is Habit.MOVED, "the period was over by then"


@given(calls, calls)
def test_a_further_call_never_makes_anybody_more_of_a_writer(some: list[CallAbout], more: list[CallAbout]) -> None:
    before, after = habit_of(NOON, some, END), habit_of(NOON, some + more, END)
    order = [Habit.WRITES, Habit.MOVED, Habit.BOTH]
    assert order.index(after) >= order.index(before)
    assert (after is Habit.BOTH) == any(NOON <= each.at < END for each in some + more)
    assert after is not Habit.WRITES or not any(NOON - LOOK_BACK <= each.at < END for each in some + more)


def test_topics_are_those_of_the_last_call_before_and_of_the_calls_after() -> None:
    wrote = {"a": NOON, "b": NOON, "c": NOON, "d": NOON}
    called = {
        "a": [about(-1, "loan_debt"), about(-2, "card_pin")],
        "b": [about(-1, "card_pin"), about(1, "loan_debt"), about(2, "loan_debt")],
        "c": [about(-5)],
    }
    everybody = [about(1, "loan_debt"), about(2, "loan_debt"), about(3, "card_pin")]
    assert topics_of_moves(wrote, called, everybody, END) == (
        TopicMoves("loan_debt", 2, 1, 1), TopicMoves("card_pin", 1, 0, 0), TopicMoves("", 0, 1, 0),
    )  # fmt: skip
    assert [each.share for each in topics_of_moves(wrote, called, everybody, END)] == [0.5, None, 1.0]


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(days, calls), max_size=4))
def test_everybody_who_moved_stands_under_one_topic(people: dict[str, tuple[datetime, list[CallAbout]]]) -> None:
    wrote = {who: first for who, (first, _) in people.items()}
    called = {who: mine for who, (_, mine) in people.items()}
    everybody = [each for mine in called.values() for each in mine]
    found = topics_of_moves(wrote, called, everybody, END)
    moved = sum(habit_of(wrote[who], called[who], END) is Habit.MOVED for who in wrote)
    assert sum(each.moved for each in found) == moved
    assert sum(each.calls for each in found) == len(everybody)
