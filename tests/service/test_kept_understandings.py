"""What was understood of waiting messages is kept for one version, for a short time, and for so many."""

from datetime import UTC, datetime, timedelta

import pytest

from service import kept_understandings
from service.domain.understanding import Understanding
from service.kept_understandings import KEPT_SECONDS, KeptUnderstandings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GREETING, CARD = Understanding(text="привет"), Understanding(text="карта")


def test_it_is_given_once_and_for_the_version_that_it_was_kept_for() -> None:
    kept = KeptUnderstandings()
    kept.keep(1, 5, GREETING, NOON)
    kept.keep(2, 5, CARD, NOON)
    assert kept.take(1, 5, NOON) == GREETING
    assert kept.take(1, 5, NOON) is None
    assert kept.take(2, 6, NOON) is None
    assert kept.take(2, 5, NOON) is None  # of what has changed nothing is left


def test_what_comes_next_takes_the_place_of_what_was_there() -> None:
    kept = KeptUnderstandings()
    kept.keep(1, 5, GREETING, NOON)
    kept.keep(1, 6, CARD, NOON)
    assert kept.take(1, 6, NOON) == CARD


@pytest.mark.parametrize("seconds", [KEPT_SECONDS + 1, -KEPT_SECONDS - 1])
def test_after_its_time_or_when_the_clock_was_set_back_it_is_forgotten(seconds: int) -> None:
    kept = KeptUnderstandings()
    kept.keep(1, 5, GREETING, NOON)
    kept.keep(2, 5, CARD, NOON)
    later = NOON + timedelta(seconds=seconds)
    assert kept.take(1, 5, later) is None
    kept.keep(3, 1, GREETING, later)
    assert len(kept) == 1


def test_of_too_many_conversations_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_understandings, "MOST", 2)
    kept = KeptUnderstandings()
    for number in (1, 2, 1, 3):  # the first has written again: the second is the oldest
        kept.keep(number, 1, CARD, NOON)
    assert [number for number in (1, 2, 3) if kept.take(number, 1, NOON)] == [1, 3]
