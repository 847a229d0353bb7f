"""Two supervisors with one table open: who saves second is told, and nothing of the first is lost."""

from datetime import date

import pytest

from service.domain.rosters import Shift
from service.domain.routes import Route
from service.domain.targets import Target, TargetRule
from service.errors import StaleTable
from service.shifts import rosters, routing, targets
from service.storage.staff import Role, StaffMember
from tests.service.shifts.conftest import Desk

RULES = [TargetRule(Target(1, 2, 3))]
ROUTES = [Route(department="cards", queue="security")]


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything."""
    return desk.hire("lead", role=Role.SUPERVISOR)


def test_targets_that_changed_meanwhile_are_not_written_over(desk: Desk, lead: StaffMember) -> None:
    seen = targets.list_targets(lead, desk.office)
    saved = targets.save_targets(RULES, lead, desk.office, seen=seen)
    with pytest.raises(StaleTable):
        targets.save_targets([], lead, desk.office, seen=seen)
    assert targets.list_targets(lead, desk.office) == saved
    assert targets.save_targets([], lead, desk.office, seen=saved) == ()


def test_routes_that_changed_meanwhile_are_not_written_over(desk: Desk, lead: StaffMember) -> None:
    seen = routing.list_routes(lead, desk.office)
    saved = routing.save_routes(ROUTES, lead, desk.office, seen=seen)
    with pytest.raises(StaleTable):
        routing.save_routes([], lead, desk.office, seen=seen)
    assert routing.list_routes(lead, desk.office) == saved
    assert routing.save_routes([], lead, desk.office, seen=saved) == ()


def test_shifts_that_changed_meanwhile_are_not_written_over(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna")
    desk.hire("boris")
    shift = Shift(0, 540, 600, "Europe/Moscow", weekday=0)
    seen = rosters.read_board(lead, desk.office)
    saved = rosters.save_shifts("anna", [shift], [date(2026, 12, 1)], lead, desk.office, seen=seen)
    with pytest.raises(StaleTable):
        rosters.save_shifts("anna", [], [], lead, desk.office, seen=seen)
    assert rosters.read_board(lead, desk.office).roster == saved.roster
    rosters.save_shifts("boris", [shift], [], lead, desk.office, seen=seen)  # another person's row is another matter
    assert len(rosters.read_board(lead, desk.office).roster.shifts) == 2
