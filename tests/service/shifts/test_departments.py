"""Departments as they are in the database: offered, routed to and served; nobody is left in a closed one."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service import accounts, departments
from service import desk as actions
from service.accounts import COMMAND_LINE
from service.desk.acting import act_on
from service.domain.routes import AssignmentMode, Route
from service.domain.targets import Target, TargetRule
from service.errors import InvalidInput, Unauthorized
from service.model_shelf import Model
from service.office import Office, open_office
from service.releasing import release
from service.settings import Settings
from service.shifts import assignment, quality, rosters, routing, targets
from service.storage import conversations
from service.storage import departments as shelf
from service.storage.audit import AuditFilter, entries
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Clock
from tests.service.databases import postgresql_url
from tests.service.shifts.conftest import Desk

TITLES = {"ru": "отдел ипотеки", "en": "the mortgage team"}
RULE = TargetRule(Target(5, 5, 60, 0.8), "cards")


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything."""
    return desk.hire("lead", role=Role.SUPERVISOR)


def test_a_new_department_is_offered_routed_to_and_named_to_clients(desk: Desk, lead: StaffMember) -> None:
    departments.add_department("mortgage", TITLES, COMMAND_LINE, desk.office)
    assert "mortgage" in [each.id for each in desk.office.open_departments()]
    routing.save_routes([Route(intent="card_lost_or_stolen", queue="mortgage")], lead, desk.office)
    routed = desk.arrive(urgent=True)
    assert desk.row(routed).department == desk.handoff(routed).department == "mortgage"
    assert "отдел ипотеки" in desk.timeline(routed)[-1].text
    passed = desk.arrive()
    actions.take(passed, lead, desk.office)
    assert actions.transfer(passed, lead, desk.office, department="mortgage").department == "mortgage"
    assert "отдел ипотеки" in desk.timeline(passed)[-1].text
    targets.save_targets([TargetRule(RULE.target, "mortgage")], lead, desk.office)


def test_a_closed_department_is_offered_no_more_and_its_successor_serves(desk: Desk, lead: StaffMember) -> None:
    routing.save_routes([Route(intent="card_lost_or_stolen", queue="cards")], lead, desk.office)
    held = desk.arrive()
    actions.take(held, lead, desk.office)
    departments.close_department("cards", COMMAND_LINE, desk.office, successor="loans")
    assert "cards" not in [each.id for each in desk.office.open_departments()]
    with pytest.raises(InvalidInput, match="loans"):
        actions.transfer(held, lead, desk.office, department="cards")
    with pytest.raises(InvalidInput, match="takes clients"):
        routing.save_routes([Route(language="ru", queue="cards")], lead, desk.office)
    assert desk.row(desk.arrive(urgent=True)).department == "loans"  # the route still names cards


def test_what_is_given_back_from_a_closed_department_goes_to_its_successor(desk: Desk, lead: StaffMember) -> None:
    anna = desk.hire("anna")
    conversation = desk.arrive(urgent=True)
    actions.take(conversation, anna, desk.office)
    with desk.office.database.write() as connection:  # as by hand: the console would have moved it
        shelf.change(connection, "cards", is_open=False, successor="loans")
    accounts.disable(anna.id, COMMAND_LINE, desk.office)
    row = desk.row(conversation)
    assert (row.state, row.department, desk.handoff(conversation).department) == ("queued", "loans", "loans")
    assert desk.facts(conversation, "released") == [
        {"operator_id": anna.id, "reason": "disabled", "department": "loans"}
    ]


def test_a_snoozed_conversation_is_not_assigned(desk: Desk, lead: StaffMember) -> None:
    desk.hire("anna", online=True)
    routing.save_routes([Route(department="general", mode=AssignmentMode.PUSH)], lead, desk.office)
    conversation = desk.arrive()
    actions.snooze(conversation, lead, desk.office, until=desk.clock() + timedelta(hours=1))
    assert assignment.assign_waiting(desk.office) == 0
    actions.wake(conversation, lead, desk.office)
    assert assignment.assign_waiting(desk.office) == 1


def test_what_is_set_is_in_the_trail_and_only_for_those_who_still_work_here(desk: Desk, lead: StaffMember) -> None:
    content = "login,day,starts,ends,zone,country\nlead,sat,09:00,18:00,Europe/Moscow,RU\n"
    changes = {
        "routes_saved": lambda: routing.save_routes([Route(language="en", raise_by=1)], lead, desk.office),
        "targets_saved": lambda: targets.save_targets([RULE], lead, desk.office),
        "roster_saved": lambda: rosters.import_roster(content, "r.csv", lead, desk.office),
        "holidays_saved": lambda: rosters.save_holidays("ru", {}, lead, desk.office),
    }
    for change in changes.values():
        change()
    with desk.office.database.read() as connection:
        found = entries(connection, AuditFilter(actor="lead"))
    assert {each.action for each in found} == set(changes)
    data = {each.action: each.data for each in found}
    assert data["routes_saved"]["after"]["rows"] == [{"language": "en", "raise_by": 1}]
    assert data["targets_saved"]["after"][0]["department"] == "cards"
    assert data["roster_saved"] == {"staff": [lead.id], "shifts": 1, "days_off": 0}
    desk.dismiss(lead)
    for change in (*changes.values(), lambda: quality.save_score(1, {}, "", lead, desk.office)):
        with pytest.raises((Unauthorized, InvalidInput)):
            change()
    with desk.office.database.read() as connection:
        assert len(entries(connection, AuditFilter(actor="lead"))) == len(changes)


def test_merging_is_for_those_who_still_work_here(desk: Desk, lead: StaffMember) -> None:
    one, other = desk.arrive(), desk.arrive()
    desk.dismiss(lead)
    for act in (
        lambda: actions.merge_clients(one, other, lead, desk.office, reason="одно лицо"),
        lambda: act_on(one, lead, desk.office, lambda *_: None),
    ):
        with pytest.raises(Unauthorized):
            act()


@pytest.mark.slow
def test_who_gives_a_conversation_back_and_who_closes_its_department_never_wait_for_each_other(
    tmp_path: Path, clock: Clock
) -> None:
    url = postgresql_url()
    office = open_office(
        Settings(var_dir=tmp_path, database_url=url, log_level="WARNING"), clock=clock, model=Model(None)
    )
    desk, anna = Desk(office, clock), Desk(office, clock).hire("anna")
    conversation = desk.arrive(urgent=True)
    actions.take(conversation, anna, office)
    with ThreadPoolExecutor(1) as other, office.database.write() as connection:
        conversations.get(connection, conversation, lock=True)
        closing = other.submit(departments.close_department, "cards", COMMAND_LINE, office, successor="loans")
        until_somebody_waits(office)
        assert release(connection, conversation, anna.id, office, clock(), actor="anna", reason="by_hand")
        connection.commit()
        assert closing.result(timeout=20) == 1
    assert (desk.row(conversation).department, desk.row(conversation).state) == ("loans", "queued")
    office.close()


def until_somebody_waits(office: Office) -> None:
    """Until a transaction of PostgreSQL waits for the lock of another one."""
    locked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    until = time.monotonic() + 20
    while True:
        with office.database.read() as connection:
            if connection.execute(locked).scalar_one():
                return
        assert time.monotonic() < until, "nobody waits"
