"""The wall, the tables, the samples and the score cards: right figures, of one's own departments only."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from service import desk as actions
from service.dialogues.satisfaction import payload
from service.domain.presence import PresenceState
from service.errors import Forbidden, InvalidInput, NotFound
from service.shifts import presence, quality, statistics, surveys, targets
from service.shifts.statistics import Period
from service.storage.staff import Role, StaffMember
from tests.service.shifts.conftest import Desk

TODAY = Period(date(2026, 11, 20), date(2026, 11, 20))
GOOD = {"greeting": 2, "understanding": 2, "solution": 2, "language": 2, "security": 2, "closing": 2}


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything."""
    return desk.hire("lead", role=Role.SUPERVISOR)


@pytest.fixture
def cards_lead(desk: Desk) -> StaffMember:
    """A supervisor of one department."""
    return desk.hire("cards_lead", "cards", role=Role.SUPERVISOR)


def serve(
    desk: Desk,
    operator: StaffMember,
    *,
    urgent: bool = False,
    wait: float = 2,
    work: float = 8,
    mark: int | None = None,
) -> int:
    """A client who waits, is answered, and whose request is closed; the number of the hand-off."""
    who = uuid4().hex
    conversation = desk.arrive(urgent=urgent, who=who)
    desk.clock.move(minutes=wait)
    actions.take(conversation, operator, desk.office)
    actions.reply(conversation, operator, desk.office, key=uuid4().hex, text="Готово")
    desk.clock.move(minutes=work)
    actions.close(conversation, operator, desk.office)
    handoff: int = desk.handoff(conversation).id
    if mark is not None:
        surveys.ask_closed(desk.office)
        desk.say(str(mark), who=who, button=payload(handoff, mark))
    return handoff


def test_the_wall_shows_who_waits_who_is_there_and_what_is_late(
    desk: Desk, lead: StaffMember, cards_lead: StaffMember
) -> None:
    anna, boris = desk.hire("anna", "general", online=True), desk.hire("boris", "cards", online=True)
    presence.start_call(boris.id, desk.office, "call")
    late = desk.arrive()
    desk.clock.move(minutes=30)
    held = desk.arrive()
    desk.arrive(urgent=True)
    desk.say("Меню", button="command:menu")
    actions.take(held, anna, desk.office)
    targets.watch_clocks(desk.office)
    wall = statistics.live_wall(lead, desk.office)
    assert [(w.department, w.priority.value, w.count) for w in wall.waiting] == [
        ("cards", "urgent", 1), ("general", desk.row(late).priority, 1),
    ]  # fmt: skip
    assert wall.longest_wait_seconds == 1800
    assert [(o.login, o.state.value, o.held, o.load) for o in wall.operators] == [
        ("anna", "online", 1, 1.0), ("boris", "on_call", 0, 3.0),
    ]  # fmt: skip
    assert (wall.breaches, wall.breaches_today) == (1, 1)
    assert (wall.bot.conversations, wall.bot.without_people, wall.bot.contained) == (4, 1, 0.25)
    narrow = statistics.live_wall(cards_lead, desk.office)
    assert [w.department for w in narrow.waiting] == ["cards"]
    assert [o.login for o in narrow.operators] == ["boris"]
    assert (narrow.breaches, narrow.breaches_today, narrow.bot.conversations) == (0, 0, 1)


def test_an_empty_wall_is_a_wall(desk: Desk, lead: StaffMember) -> None:
    wall = statistics.live_wall(lead, desk.office)
    assert (wall.waiting, wall.operators, wall.longest_wait_seconds, wall.bot.contained) == ((), (), 0.0, None)


def test_the_table_of_operators(desk: Desk, lead: StaffMember, cards_lead: StaffMember) -> None:
    anna, boris = desk.hire("anna", online=True), desk.hire("boris", "cards")
    for wait, mark in ((1, 5), (2, 2), (9, None)):
        serve(desk, anna, wait=wait, mark=mark)
    serve(desk, boris, urgent=True, wait=4, work=6)
    presence.set_presence(anna, desk.office, PresenceState.OFFLINE)
    lines = {each.login: each for each in statistics.operator_table(TODAY, lead, desk.office)}
    line = lines["anna"]
    assert (line.handled, line.first_response_median, line.first_response_p90) == (3, 120.0, 540.0)
    assert (line.resolution_median, line.csat, line.csat_count, line.acceptance) == (600.0, 3.5, 2, None)
    assert line.worked_hours == round(46 / 60, 2)
    assert (lines["boris"].handled, lines["lead"].handled) == (1, 0)
    narrow = {each.login: each for each in statistics.operator_table(TODAY, cards_lead, desk.office)}
    assert narrow["boris"].handled == 1
    assert narrow["anna"].handled == 0  # what she did in other departments is nobody's business here
    yesterday = Period(date(2026, 11, 19), date(2026, 11, 19))
    assert all(each.handled == 0 for each in statistics.operator_table(yesterday, lead, desk.office))


def test_breakdowns_and_timelines_add_up(desk: Desk, lead: StaffMember, cards_lead: StaffMember) -> None:
    anna = desk.hire("anna")
    for urgent in (True, True, False):
        serve(desk, anna, urgent=urgent, wait=20, work=25)
    by_department = statistics.breakdown(TODAY, "department", lead, desk.office)
    assert [(each.key, each.asked, each.ended) for each in by_department] == [("cards", 2, 2), ("general", 1, 1)]
    assert [each.key for each in statistics.breakdown(TODAY, "department", cards_lead, desk.office)] == ["cards"]
    for by in ("channel", "intent", "segment", "priority"):
        assert sum(each.asked for each in statistics.breakdown(TODAY, by, lead, desk.office)) == 3  # type: ignore[arg-type]
    hours = statistics.timeline(TODAY, "hour", lead, desk.office)
    assert len(hours) == 24
    assert [(each.key, each.asked) for each in hours if each.asked] == [
        ("2026-11-20T15:00+03:00", 2), ("2026-11-20T16:00+03:00", 1),
    ]  # fmt: skip
    (day,) = statistics.timeline(TODAY, "day", lead, desk.office)
    assert (day.key, day.asked, day.first_response_median, day.resolution_median) == ("2026-11-20", 3, 1200, 2700)


def test_an_hour_that_comes_twice_is_shown_twice(desk: Desk, lead: StaffMember) -> None:
    settings = desk.office.settings.model_copy(update={"staff_zone": "Europe/Berlin"})
    object.__setattr__(desk.office, "settings", settings)
    for day, hours in ((date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 6, 1), 24)):
        assert len(statistics.timeline(Period(day, day), "hour", lead, desk.office)) == hours


@pytest.mark.parametrize("last", [date(2026, 11, 19), date(2029, 1, 1)])
def test_a_period_that_can_not_be_is_refused(desk: Desk, lead: StaffMember, last: date) -> None:
    with pytest.raises(InvalidInput, match="must go forward"):
        statistics.breakdown(Period(date(2026, 11, 20), last), "channel", lead, desk.office)


def test_figures_are_for_those_who_lead(desk: Desk) -> None:
    asked: tuple[Callable[[StaffMember, Any], object], ...] = (
        statistics.live_wall,
        lambda staff, office: statistics.operator_table(TODAY, staff, office),
        lambda staff, office: statistics.breakdown(TODAY, "channel", staff, office),
        lambda staff, office: statistics.timeline(TODAY, "day", staff, office),
        lambda staff, office: quality.sample_closed(TODAY, staff, office),
        lambda staff, office: quality.save_score(1, GOOD, "", staff, office),
        lambda staff, office: quality.quality_table(TODAY, staff, office),
    )
    for role in (Role.OPERATOR, Role.ML):
        nosy = desk.hire(f"nosy-{role}", role=role)
        for ask in asked:
            with pytest.raises(Forbidden):
                ask(nosy, desk.office)


# --- quality


def test_a_sample_is_reproducible_and_of_ones_departments(
    desk: Desk, lead: StaffMember, cards_lead: StaffMember
) -> None:
    anna, boris = desk.hire("anna"), desk.hire("boris")
    cards = [serve(desk, anna, urgent=True, wait=1, work=1) for _ in range(4)]
    general = [serve(desk, boris, wait=1, work=1) for _ in range(4)]
    drawn = quality.sample_closed(TODAY, lead, desk.office, size=5, seed="monday")
    assert drawn == quality.sample_closed(TODAY, lead, desk.office, size=5, seed="monday")
    assert len(drawn) == 5
    assert {each.id for each in quality.sample_closed(TODAY, cards_lead, desk.office)} == set(cards)
    assert {each.id for each in quality.sample_closed(TODAY, lead, desk.office, login="boris")} == set(general)
    assert {each.id for each in quality.sample_closed(TODAY, lead, desk.office, department="cards")} == set(cards)
    with pytest.raises(InvalidInput, match="1 to 200"):
        quality.sample_closed(TODAY, lead, desk.office, size=0)
    with pytest.raises(NotFound, match="no operator 'nobody'"):
        quality.sample_closed(TODAY, lead, desk.office, login="nobody")


def test_score_cards_are_kept_replaced_and_averaged(desk: Desk, lead: StaffMember, cards_lead: StaffMember) -> None:
    anna = desk.hire("anna")
    general, cards = serve(desk, anna), serve(desk, anna, urgent=True)
    quality.save_score(general, GOOD, "", lead, desk.office)
    quality.save_score(general, GOOD | {"closing": 0}, "Без итога", lead, desk.office)
    quality.save_score(cards, GOOD, "", cards_lead, desk.office)
    (line,) = quality.quality_table(TODAY, lead, desk.office)
    assert (line.login, line.cards, line.by_criterion["closing"]) == ("anna", 2, 1.0)
    assert line.quality == pytest.approx((1 + 10 / 12) / 2)
    assert [each.comment for each in quality.score_cards_of(TODAY, cards_lead, desk.office)] == [""]


def test_a_card_that_can_not_be_is_refused(desk: Desk, lead: StaffMember, cards_lead: StaffMember) -> None:
    handoff, own = serve(desk, desk.hire("anna")), serve(desk, lead)
    open_one = desk.handoff(desk.arrive()).id
    with pytest.raises(InvalidInput, match="'closing' has no points"):
        quality.save_score(handoff, {k: 1 for k in GOOD if k != "closing"}, "", lead, desk.office)
    with pytest.raises(InvalidInput, match="has 3 points; give 0 to 2"):
        quality.save_score(handoff, GOOD | {"closing": 3}, "", lead, desk.office)
    with pytest.raises(InvalidInput, match="at most 2000"):
        quality.save_score(handoff, GOOD, "x" * 2001, lead, desk.office)
    with pytest.raises(Forbidden, match="own work"):
        quality.save_score(own, GOOD, "", lead, desk.office)
    for number, judge in ((open_one, lead), (4711, lead), (handoff, cards_lead)):
        with pytest.raises(NotFound):
            quality.save_score(number, GOOD, "", judge, desk.office)
    assert set(quality.criteria("ru")) == set(quality.criteria("en")) == set(GOOD)
