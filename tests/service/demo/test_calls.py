"""The demo's calls: sent once however often the demo is started, and understood by the bank that is shipped."""

from datetime import timedelta

import pytest

from service import call_log
from service.demo.calls import seed_calls
from service.domain.calls import CallOutcome
from service.domain.staff import Role, StaffMember
from service.office import Office
from tests.service.conftest import Clock
from tests.service.small_office import hire


@pytest.fixture
def lead(office: Office) -> StaffMember:
    """The demo's supervisor, and those who take calls."""
    for login in ("anna", "boris", "dina", "egor"):
        hire(office, login)
    return hire(office, "sofia", role=Role.SUPERVISOR)[0]


def test_calls_are_there_after_each_start_and_none_twice(office: Office, clock: Clock, lead: StaffMember) -> None:
    counts = []
    for _ in range(3):
        seed_calls(office, lead)
        seed_calls(office, lead)
        listed = call_log.list_calls(clock.now - timedelta(days=30), clock.now, lead, office, limit=500)
        assert all(each.call.ended_at <= clock.now for each in listed)
        counts.append(len(listed))
        clock.move(hours=30)
    assert 40 < counts[0] < counts[1] < counts[2]
    assert {each.call.outcome for each in listed} == set(CallOutcome)
