"""Rosters, routes and targets as supervisors edit them, and what clients are told because of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.rosters import Shift
from service.domain.routes import AssignmentMode, Matter, Route
from service.domain.targets import Target, TargetRule
from service.domain.waiting import Ageing
from service.errors import Forbidden, InvalidInput, NotFound
from service.policies.routing import aged_priority
from service.shifts import rosters, routing, targets
from service.storage import queue
from service.storage.staff import Role, StaffMember
from tests.service.conftest import NOON
from tests.service.shifts.conftest import Desk

QUEUED = ConversationState.QUEUED
HEAD = "login,day,starts,ends,zone,country\n"


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything."""
    return desk.hire("lead", role=Role.SUPERVISOR)


def promise(desk: Desk, *, urgent: bool = False, language: str = "ru") -> str:
    """What a client who asks for a person is told."""
    return desk.timeline(desk.arrive(urgent=urgent, language=language))[-1].text


def test_without_a_roster_the_settings_hours_are_promised(desk: Desk) -> None:
    assert "Обычно отвечаем в течение" in promise(desk)


def test_when_nobody_is_on_the_client_is_told_when_somebody_is(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna", "cards")
    desk.hire("boris", "general")
    content = HEAD + "anna,sat,09:00,18:00,Europe/Moscow,RU\nboris,fri,09:00,18:00,Europe/Moscow,RU\n"
    assert rosters.import_roster(content, "r.csv", lead, desk.office) == 2
    assert "завтра после 09:00" in promise(desk, urgent=True)  # Friday, three in the afternoon
    assert "Обычно отвечаем в течение" in promise(desk)
    desk.clock.move(hours=4)
    assert "27.11 после 09:00" in promise(desk)
    assert "on 27.11 after 09:00" in promise(desk, language="en")
    rosters.save_holidays("ru", {date(2026, 11, 27): "День"}, lead, desk.office)
    assert "04.12 после 09:00" in promise(desk)


def test_when_nobody_is_planned_nothing_is_made_up(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna", "cards")
    rosters.import_roster(HEAD + "anna,2026-11-01,09:00,18:00,Europe/Moscow,RU\n", "r.csv", lead, desk.office)
    assert "ответим сразу, как только кто-то выйдет на смену" in promise(desk)
    assert "as soon as somebody starts their shift" in promise(desk, language="en")


def test_an_exported_roster_imports_to_the_same(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna")
    content = HEAD + "anna,mon,09:00,12:00,Europe/Moscow,RU\nanna,mon,13:00,18:00,Europe/Moscow,RU\n" \
        "anna,2026-12-30,off,,,\nanna,2026-12-31,10:00,24:00,Asia/Almaty,KZ\n"  # fmt: skip
    rosters.import_roster(content, "r.csv", lead, desk.office)
    exported = rosters.export_roster(lead, desk.office)
    board = rosters.read_board(lead, desk.office)
    assert rosters.import_roster(exported, "again.csv", lead, desk.office) == 3
    assert rosters.read_board(lead, desk.office) == board
    assert set(exported.splitlines()) == set(content.splitlines())


def test_a_file_with_mistakes_changes_nothing_and_names_each(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna")
    rosters.import_roster(HEAD + "anna,mon,09:00,12:00,UTC,\n", "r.csv", lead, desk.office)
    bad = HEAD + "anna,tue,25:00,26:00,UTC,\nanna,tue,09:00,10:00,Mars/Base,\nanna,wed,10:00,09:00,UTC,\n"
    with pytest.raises(InvalidInput) as refused:
        rosters.import_roster(bad, "r.csv", lead, desk.office)
    assert [line.split(": ")[0] for line in refused.value.detail.splitlines()] == ["r.csv:2", "r.csv:3", "r.csv:4"]
    assert len(rosters.read_board(lead, desk.office).roster.shifts) == 1


def test_shifts_of_one_person_are_saved_or_refused_with_their_number(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna")
    good = Shift(0, 540, 720, "Europe/Moscow", "RU", 4)
    board = rosters.save_shifts("anna", [good], [date(2026, 12, 31)], lead, desk.office)
    assert [shift.weekday for shift in board.roster.shifts] == [4]
    with pytest.raises(InvalidInput, match=r"shift 2: the shifts of anna on fri overlap"):
        rosters.save_shifts("anna", [good, Shift(0, 700, 800, "UTC", "", 4)], [], lead, desk.office)
    with pytest.raises(InvalidInput, match=r"shift 1: there is no time zone"):
        rosters.save_shifts("anna", [Shift(0, 1, 2, "Nowhere", "", 4)], [], lead, desk.office)
    with pytest.raises(InvalidInput, match="no operator 'nobody'"):
        rosters.save_shifts("nobody", [good], [], lead, desk.office)
    with pytest.raises(InvalidInput, match="no country"):
        rosters.save_holidays("Russia", {}, lead, desk.office)


def test_who_is_on_and_who_comes_next(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna", "cards")
    rosters.import_roster(HEAD + "anna,fri,09:00,15:30,Europe/Moscow,RU\n", "r.csv", lead, desk.office)
    assert rosters.on_duty(lead, desk.office, department="cards").logins == ("anna",)
    assert rosters.on_duty(lead, desk.office, department="loans").next_at is None
    desk.clock.move(hours=1)
    found = rosters.on_duty(lead, desk.office)
    assert (found.logins, found.next_at) == ((), datetime(2026, 11, 27, 6, tzinfo=UTC))
    with pytest.raises(NotFound, match="no department 'moon'"):
        rosters.on_duty(lead, desk.office, department="moon")
    week = rosters.shifts_between(NOON, datetime(2026, 11, 28, tzinfo=UTC), lead, desk.office)
    assert len(week["anna"]) == 2


def test_a_supervisor_edits_the_people_of_their_departments_only(desk: Desk) -> None:
    desk.hire("anna", "cards")
    other = desk.hire("other", "loans", role=Role.SUPERVISOR)
    with pytest.raises(InvalidInput, match="no operator 'anna'"):
        rosters.import_roster(HEAD + "anna,mon,09:00,12:00,UTC,\n", "r.csv", other, desk.office)
    assert rosters.read_board(other, desk.office).roster.shifts == ()
    operator = desk.hire("boris", "cards")
    for forbidden in (
        lambda: rosters.read_board(operator, desk.office), lambda: rosters.export_roster(operator, desk.office),
        lambda: rosters.save_holidays("RU", {}, operator, desk.office),
        lambda: routing.save_routes([], operator, desk.office), lambda: routing.list_routes(operator, desk.office),
        lambda: targets.save_targets([], operator, desk.office), lambda: targets.list_targets(operator, desk.office),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            forbidden()


# --- routes


def test_a_route_is_in_force_with_the_next_message(desk: Desk, lead: StaffMember) -> None:
    before = desk.arrive(urgent=True)
    row = Route(department="cards", channel="web", queue="security", raise_by=-1, mode=AssignmentMode.PUSH, skill="x")
    (saved,) = routing.save_routes([row], lead, desk.office)
    assert saved.id is not None
    after = desk.arrive(urgent=True)
    assert (desk.row(before).department, desk.row(before).priority) == ("cards", "urgent")
    assert (desk.row(after).department, desk.row(after).priority) == ("security", "high")
    handoff = desk.handoff(after)
    assert (handoff.routed_to, handoff.mode, handoff.skill) == ("security", "push", "x")
    assert routing.explain_route(Matter("cards", channel="web"), lead, desk.office) == saved
    assert routing.push_departments(desk.office) == ()  # the row is about one channel, not the department


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"intent": "no_such", "raise_by": 1}, "there is no intent 'no_such'"),
        ({"department": "moon", "raise_by": 1}, "there is no department 'moon'"),
        ({"queue": "moon"}, "there is no department 'moon'"),
        ({"language": "de", "raise_by": 1}, "is not spoken here"),
        ({"channel": "pigeon", "raise_by": 1}, "there is no channel 'pigeon'"),
        ({"raise_by": 3}, "can't be moved by 3"),
        ({"segment": "vip"}, "changes nothing"),
        ({"raise_by": 2}, "same conditions as row 1"),
    ],
)
def test_a_row_that_can_not_be_is_refused_by_its_number(
    desk: Desk, lead: StaffMember, row: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        routing.save_routes([Route(raise_by=1), Route(**row)], lead, desk.office)
    assert "row 2: " in refused.value.detail
    assert says in refused.value.detail
    assert routing.list_routes(lead, desk.office) == ()


# --- the order of the queue


def test_the_order_of_the_queue_is_the_policy_of_ageing(desk: Desk) -> None:
    waiting, morning = {}, NOON.replace(hour=6)
    for minute in (0, 10, 29, 30, 31, 45, 60, 61, 95):
        for urgent in (False, True):
            desk.clock.now = morning + timedelta(minutes=minute)
            priority = Priority.URGENT if urgent else Priority.NORMAL
            waiting[desk.arrive(urgent=urgent)] = (priority, minute)
    now = 100
    desk.clock.now = morning + timedelta(minutes=now)
    for step in (0, 15, 30, 45):
        ageing = Ageing(desk.clock.now, step)
        wanted = sorted(
            waiting, key=lambda n: (-aged_priority(waiting[n][0], now - waiting[n][1], step).rank, waiting[n][1], n)
        )
        with desk.office.database.read() as connection:
            entries = queue.entries(connection, ("cards", "general"), (QUEUED,), 100, 0, ageing)
            assert [each.conversation_id for each in entries] == wanted
            for department in ("cards", "general"):
                mine = [n for n in wanted if desk.row(n).department == department]
                assert [queue.position(connection, n, ageing) for n in mine] == list(range(1, len(mine) + 1))


# --- targets


def test_targets_are_kept_or_refused_with_their_number(desk: Desk, lead: StaffMember) -> None:
    rules = [TargetRule(Target(5, 10, 60, 0.5), "cards", Priority.URGENT), TargetRule(Target(9, 9, 99))]
    assert set(targets.save_targets(rules, lead, desk.office)) == set(rules)
    for bad, says in (
        (TargetRule(Target(5, 10, 60), "moon"), "row 2: there is no department 'moon'"),
        (TargetRule(Target(0, 10, 60)), "row 2: targets are 1 to"),
        (TargetRule(Target(50, 10, 20)), "row 2: a resolution can't be due before"),
        (TargetRule(Target(5, 10, 60, 1.0)), "row 2: the warning comes"),
        (rules[0], "row 2: is for the same department and priority as row 1"),
    ):
        with pytest.raises(InvalidInput) as refused:
            targets.save_targets([rules[0], bad], lead, desk.office)
        assert says in refused.value.detail
    assert set(targets.list_targets(lead, desk.office)) == set(rules)
