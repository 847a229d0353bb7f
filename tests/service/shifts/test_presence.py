"""Presence: what people say, what consoles and calls show, and the timeline of it."""

from datetime import date, timedelta

import pytest

from service.domain.presence import PresenceState
from service.errors import Forbidden, InvalidInput, NotFound
from service.shifts import presence
from service.storage.staff import Role, StaffMember
from tests.service.shifts.conftest import Desk
from tests.service.threads import at_once, unexpected

ONLINE, BUSY, OFFLINE, ON_CALL = (
    PresenceState.ONLINE, PresenceState.BUSY, PresenceState.OFFLINE, PresenceState.ON_CALL
)  # fmt: skip


def states(desk: Desk, who: StaffMember) -> list[tuple[str, str, float | None]]:
    """(state, source, minutes) of the whole timeline."""
    day = timedelta(days=9)
    spans = presence.timeline(who.login, desk.clock.now - day, desk.clock.now + day, who, desk.office)
    return [
        (s.state.value, s.source, (s.ended_at - s.began_at).total_seconds() / 60 if s.ended_at else None) for s in spans
    ]


def test_the_timeline_says_what_was_when_and_by_whom(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    desk.clock.move(minutes=10)
    presence.set_presence(anna, desk.office, ONLINE)  # says nothing new
    desk.clock.move(minutes=20)
    presence.set_presence(anna, desk.office, PresenceState.BREAK, source="api")
    assert states(desk, anna) == [("online", "console", 30), ("break", "api", None)]


def test_a_console_that_vanished_is_offline_and_back_where_it_was(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    presence.set_presence(anna, desk.office, BUSY)
    desk.clock.move(seconds=60)
    assert presence.mark_lost(desk.office) == 0
    desk.clock.move(seconds=1)
    results = at_once(*[lambda: presence.mark_lost(desk.office)] * 3)
    assert (unexpected(results), sum(results)) == ([], 1)
    assert presence.presence_of(anna, desk.office).state is OFFLINE
    desk.clock.move(seconds=30)
    assert presence.heartbeat(anna, desk.office).state is BUSY
    assert [state for state, _, _ in states(desk, anna)] == ["busy", "offline", "busy"]
    assert states(desk, anna)[1][1] == "worker"


def test_heartbeats_keep_one_there_and_bring_nobody_back_who_left(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    for _ in range(5):
        desk.clock.move(seconds=50)
        presence.heartbeat(anna, desk.office)
        assert presence.mark_lost(desk.office) == 0
    presence.set_presence(anna, desk.office, OFFLINE)
    assert presence.heartbeat(anna, desk.office).state is OFFLINE
    assert len(states(desk, anna)) == 2


def test_calls_are_counted_and_the_last_one_brings_back_what_was(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    presence.set_presence(anna, desk.office, BUSY)
    for key in ("a", "b", "a"):
        assert presence.start_call(anna.id, desk.office, key).state is ON_CALL
    presence.end_call(desk.office, "a")
    assert presence.presence_of(anna, desk.office).state is ON_CALL
    found = presence.end_call(desk.office, "b")
    assert found is not None
    assert found.state is BUSY
    assert presence.end_call(desk.office, "b") is None
    assert presence.end_call(desk.office, "never") is None


def test_a_phone_needs_no_console(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    presence.start_call(anna.id, desk.office, "a")
    desk.clock.move(minutes=30)
    assert presence.mark_lost(desk.office) == 0
    assert presence.presence_of(anna, desk.office).state is ON_CALL


def test_a_call_of_nobody_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no operator 4711"):
        presence.start_call(4711, desk.office, "a")


def test_the_same_first_word_from_many_consoles_is_one_stretch(desk: Desk) -> None:
    anna = desk.hire("anna")
    results = at_once(*[lambda: presence.set_presence(anna, desk.office, ONLINE)] * 6)
    assert unexpected(results) == []
    assert states(desk, anna) == [("online", "console", None)]


def test_a_clock_that_is_set_back_breaks_nothing(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    desk.clock.move(hours=-5)
    presence.set_presence(anna, desk.office, BUSY)
    desk.clock.move(hours=1)
    presence.set_presence(anna, desk.office, OFFLINE)
    assert states(desk, anna) == [("busy", "console", 60), ("offline", "console", None)]
    assert presence.mark_lost(desk.office) == 0


def test_worked_hours_are_those_of_each_local_day(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)  # 15:00 in Moscow
    desk.clock.move(hours=8)
    presence.set_presence(anna, desk.office, PresenceState.BREAK)
    desk.clock.move(hours=2)  # one o'clock at night
    presence.set_presence(anna, desk.office, ONLINE)
    desk.clock.move(hours=3)
    days = presence.worked_hours("anna", date(2026, 11, 19), date(2026, 11, 21), anna, desk.office)
    assert [(each.day.day, each.hours) for each in days] == [(19, 0.0), (20, 8.0), (21, 3.0)]


def test_hours_of_colleagues_are_for_those_who_lead_their_department(desk: Desk) -> None:
    today = date(2026, 11, 20)
    desk.hire("anna", "cards")
    boris, lead = desk.hire("boris", "cards"), desk.hire("lead", "cards", role=Role.SUPERVISOR)
    stranger = desk.hire("stranger", "loans", role=Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        presence.worked_hours("anna", today, today, boris, desk.office)
    with pytest.raises(NotFound, match="no operator 'anna'"):
        presence.worked_hours("anna", today, today, stranger, desk.office)
    with pytest.raises(InvalidInput, match="forward"):
        presence.worked_hours("anna", today, date(2026, 11, 19), lead, desk.office)
    assert presence.worked_hours("anna", today, today, lead, desk.office)[0].hours == 0
    with pytest.raises(Forbidden):
        presence.set_presence(desk.hire("ml", role=Role.ML), desk.office, ONLINE)
