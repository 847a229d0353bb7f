"""Hours at work, consoles that vanish, and who is asked for a mark."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from service.dialogues.base import Turn
from service.dialogues.satisfaction import Satisfaction, payload, read_mark
from service.domain.presence import PresenceSpan, PresenceState
from service.policies.presence import has_vanished, worked_by_day
from service.policies.quality import problems_of, quality, sample
from service.policies.surveys import may_ask, still_counts
from tests.service.policies.situations import BANK, NOON, modestly

BERLIN = ZoneInfo("Europe/Berlin")
ONLINE, BREAK = PresenceState.ONLINE, PresenceState.BREAK


def span(state: PresenceState, began: datetime, hours: float | None) -> PresenceSpan:
    """A stretch."""
    return PresenceSpan(1, state, began, began + timedelta(hours=hours) if hours is not None else None, "console")


def test_breaks_are_not_worked_and_a_night_belongs_to_two_days() -> None:
    evening = datetime(2026, 11, 20, 22, tzinfo=BERLIN).astimezone(UTC)
    spans = [span(ONLINE, evening, 3), span(BREAK, evening + timedelta(hours=3), 1),
             span(PresenceState.ON_CALL, evening + timedelta(hours=4), None)]  # fmt: skip
    hours = worked_by_day(spans, BERLIN, evening + timedelta(hours=5))
    assert hours == {date(2026, 11, 20): 2.0, date(2026, 11, 21): 2.0}


def test_the_day_the_clocks_change_has_25_hours() -> None:
    start = datetime(2026, 10, 25, tzinfo=BERLIN).astimezone(UTC)
    assert worked_by_day([span(ONLINE, start, 26)], BERLIN, NOON) == {date(2026, 10, 25): 25, date(2026, 10, 26): 1}


def test_time_that_ran_backwards_is_not_worked() -> None:
    assert worked_by_day([span(ONLINE, NOON, -3)], BERLIN, NOON) == {}
    assert worked_by_day([span(ONLINE, NOON, None)], BERLIN, NOON - timedelta(hours=1)) == {}


@given(
    st.lists(
        st.tuples(st.datetimes(NOON.replace(tzinfo=None, year=2020), NOON.replace(tzinfo=None)), st.floats(0.01, 90)),
        max_size=5,
    ),
    st.sampled_from(["Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Asia/Beirut", "UTC"]),
)
@modestly
def test_no_hour_is_lost_or_counted_twice(stretches: list[tuple[datetime, float]], zone: str) -> None:
    spans = [span(ONLINE, began.replace(tzinfo=UTC), hours) for began, hours in stretches]
    total = sum(hours for _, hours in stretches)
    assert abs(sum(worked_by_day(spans, ZoneInfo(zone), NOON).values()) - total) < 1e-5


def test_a_silent_console_has_vanished_and_one_from_the_future_has_not() -> None:
    assert has_vanished(NOON - timedelta(seconds=61), NOON, 60)
    assert not has_vanished(NOON - timedelta(seconds=60), NOON, 60)
    assert not has_vanished(NOON + timedelta(hours=1), NOON, 60)


def test_who_is_asked_for_a_mark() -> None:
    assert may_ask(served_by_person=True, wants_surveys=True, mood_score=None)
    assert may_ask(served_by_person=True, wants_surveys=True, mood_score=-0.5)
    assert not may_ask(served_by_person=False, wants_surveys=True, mood_score=0)
    assert not may_ask(served_by_person=True, wants_surveys=False, mood_score=0)
    assert not may_ask(served_by_person=True, wants_surveys=True, mood_score=-0.9)
    assert still_counts(NOON, NOON + timedelta(days=7), 7)
    assert still_counts(NOON, NOON - timedelta(days=1), 7)
    assert not still_counts(NOON, NOON + timedelta(days=7, seconds=1), 7)


def test_a_mark_is_a_tap_or_a_bare_number_right_after_the_question() -> None:
    mark = Satisfaction()

    def fact(text: str, button: str | None, **data: int) -> dict[str, object]:
        return dict(mark.resume(data, Turn(text, button, "ru", NOON), BANK).fact or {})

    assert fact("5", payload(7, 5)) == {"kind": "csat", "handoff": 7, "score": 5}
    assert fact("", payload(7, "off")) == {"kind": "csat", "handoff": 7, "score": None}
    assert fact(" 4! ", None, handoff=7) == {"kind": "csat", "handoff": 7, "score": 4}
    assert fact("👍🏻", None, handoff=7)["score"] == 5
    for text, button in (("5", None), ("5", "csat:7:6"), ("5", "csat:x:5"), ("5", "csat:7:5:1"), ("55", None)):
        assert fact(text, button) == {}
    for text in ("55", "0", "6", "5 рублей", "пять раз звонил", ""):
        assert read_mark(text) is None


@given(st.sets(st.integers(1, 500), max_size=40), st.integers(0, 20), st.text(max_size=5))
@modestly
def test_a_sample_is_the_same_for_the_same_seed_and_grows_without_reshuffling(
    handoffs: set[int], size: int, seed: str
) -> None:
    drawn = sample(handoffs, size, seed)
    assert sample(sorted(handoffs, reverse=True), size, seed) == drawn
    assert len(set(drawn)) == min(size, len(handoffs))
    assert sample(handoffs, size + 1, seed)[:size] == drawn


def test_every_hand_off_is_drawn_about_as_often() -> None:
    drawn = [sample(range(10), 1, str(seed))[0] for seed in range(2000)]
    assert all(140 < drawn.count(each) < 260 for each in range(10))


def test_a_score_card_is_whole_and_within_its_points() -> None:
    assert problems_of({"a": 2, "b": 0}, ("a", "b")) == []
    assert len(problems_of({"a": 3, "c": 1}, ("a", "b"))) == 3
    assert quality({"a": 2, "b": 1}) == 0.75
    assert quality({}) is None
