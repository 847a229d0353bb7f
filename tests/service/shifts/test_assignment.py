"""Conversations reach operators by themselves, each one operator, and come back when the operator is gone."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import insert, update

from service import desk as actions
from service.domain.messages import Author
from service.domain.presence import PresenceState
from service.domain.routes import AssignmentMode, Route
from service.shifts import assignment, presence, routing
from service.storage.staff import Role
from service.storage.tables import ClientRow, ConversationRow, HandoffRow, IdentityRow, table
from tests.service.conftest import NOON
from tests.service.shifts.conftest import Desk
from tests.service.threads import at_once, raised, unexpected


@pytest.fixture
def options() -> dict[str, Any]:
    """Everything is assigned; two conversations fill an operator."""
    return {"assignment_mode": "push", "operator_capacity": 2, "call_slots": 1.5}


def holder(desk: Desk, conversation: int) -> int | None:
    """Who has it."""
    found: int | None = desk.row(conversation).operator_id
    return found


def test_who_waits_gets_the_least_loaded_operator_who_is_there(desk: Desk) -> None:
    anna, boris = desk.hire("anna", online=True), desk.hire("boris", online=True)
    desk.hire("away")
    waiting = [desk.arrive() for _ in range(5)]
    assert assignment.assign_waiting(desk.office) == 4
    held = Counter(holder(desk, each) for each in waiting)
    assert held == {anna.id: 2, boris.id: 2, None: 1}
    assert holder(desk, waiting[-1]) is None
    assert desk.handoff(waiting[0]).taken_by == anna.id
    assert desk.facts(waiting[0], "assigned") == [{"operator": "anna"}]
    assert desk.timeline(waiting[0])[-1].text == "К разговору подключается Anna."
    assert assignment.assign_waiting(desk.office) == 0


def test_the_urgent_are_given_first_and_departments_hold(desk: Desk) -> None:
    cards = desk.hire("cards", "cards", online=True)
    calm, urgent, other = desk.arrive(), desk.arrive(urgent=True), desk.arrive(urgent=True)
    last = desk.arrive(urgent=True)
    assert assignment.assign_waiting(desk.office) == 2
    assert [holder(desk, each) for each in (calm, urgent, other, last)] == [None, cards.id, cards.id, None]


def test_a_call_takes_room_and_its_end_gives_it_back(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    presence.start_call(anna.id, desk.office, "call-1")
    first = desk.arrive()
    assert assignment.assign_waiting(desk.office) == 0
    presence.end_call(desk.office, "call-1")
    assert assignment.assign_waiting(desk.office) == 1
    assert holder(desk, first) == anna.id


def test_several_workers_at_once_give_everything_once_and_fill_nobody_up(desk: Desk) -> None:
    people = [desk.hire(f"op{number}", online=True) for number in range(3)]
    waiting = [desk.arrive() for _ in range(8)]
    results = at_once(*[lambda: assignment.assign_waiting(desk.office)] * 4)
    assert unexpected(results) == []
    assert sum(results) == 6
    held = Counter(holder(desk, each) for each in waiting)
    assert held == Counter({each.id: 2 for each in people} | {None: 2})
    assert all(len(desk.facts(each, "assigned")) <= 1 for each in waiting)


def test_of_a_hand_that_takes_and_a_worker_that_gives_one_wins(desk: Desk) -> None:
    desk.hire("anna", online=True)
    boris = desk.hire("boris")
    conversation = desk.arrive()
    results = at_once(
        lambda: assignment.assign_waiting(desk.office), lambda: actions.take(conversation, boris, desk.office)
    )
    assert len(desk.facts(conversation, "assigned")) + len(desk.facts(conversation, "taken")) == 1
    assert (results[0] == 1) == bool(raised(results, Exception))


def test_pull_departments_are_left_alone(desk: Desk) -> None:
    lead = desk.hire("lead", role=Role.SUPERVISOR)
    desk.hire("anna", online=True)
    routing.save_routes([Route(department="general", mode=AssignmentMode.PULL)], lead, desk.office)
    calm, urgent = desk.arrive(), desk.arrive(urgent=True)
    assert assignment.assign_waiting(desk.office) == 1
    assert (holder(desk, calm), holder(desk, urgent) is not None) == (None, True)


def test_a_skill_nobody_has_leaves_the_client_to_those_who_take_by_hand(desk: Desk) -> None:
    lead = desk.hire("lead", role=Role.SUPERVISOR)
    boris = desk.hire("boris", online=True)
    routing.save_routes([Route(intent="card_lost_or_stolen", skill="fraud", queue="security")], lead, desk.office)
    conversation = desk.arrive(urgent=True)
    assert desk.row(conversation).department == "security"
    assert assignment.assign_waiting(desk.office) == 0
    actions.take(conversation, boris, desk.office)


# --- an operator is gone


def test_what_an_absent_operator_holds_returns_with_its_place_and_the_client_is_told_once(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    conversation = desk.arrive()
    place = desk.row(conversation).queued_at
    actions.take(conversation, anna, desk.office)
    for flap in range(3):
        desk.clock.move(minutes=5)
        presence.set_presence(anna, desk.office, PresenceState.OFFLINE)
        assert assignment.return_abandoned(desk.office) == 0  # the grace
        desk.clock.move(seconds=61)
        assert assignment.return_abandoned(desk.office) == 1
        row = desk.row(conversation)
        assert (row.state, row.operator_id, row.queued_at) == ("queued", None, place)
        assert len(desk.facts(conversation, "released")) == flap + 1
        presence.set_presence(anna, desk.office, PresenceState.ONLINE)
        assert assignment.assign_waiting(desk.office) == 1
    told = [each for each in desk.timeline(conversation) if each.text.startswith("Вам ответит другой специалист")]
    assert len(told) == 1
    assert told[0].author is Author.SYSTEM


def test_an_operator_who_is_back_within_the_grace_keeps_everything(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    conversation = desk.arrive()
    actions.take(conversation, anna, desk.office)
    presence.set_presence(anna, desk.office, PresenceState.OFFLINE)
    desk.clock.move(seconds=59)
    presence.set_presence(anna, desk.office, PresenceState.ONLINE)
    desk.clock.move(minutes=5)
    presence.heartbeat(anna, desk.office)
    assert assignment.return_abandoned(desk.office) == 0
    assert holder(desk, conversation) == anna.id


def test_an_operator_who_was_never_present_is_not_taken_for_absent(desk: Desk) -> None:
    integrator = desk.hire("integrator")
    conversation = desk.arrive()
    actions.take(conversation, integrator, desk.office)
    desk.clock.move(days=1)
    assert assignment.return_abandoned(desk.office) == 0


def test_what_a_removed_operator_holds_returns_at_once(desk: Desk) -> None:
    anna = desk.hire("anna", online=True)
    conversation = desk.arrive()
    actions.take(conversation, anna, desk.office)
    desk.dismiss(anna)
    results = at_once(*[lambda: assignment.return_abandoned(desk.office)] * 3)
    assert (unexpected(results), sum(results)) == ([], 1)
    assert desk.facts(conversation, "released") == [
        {"operator_id": anna.id, "reason": "removed", "department": "general"}
    ]
    assert assignment.assign_waiting(desk.office) == 0  # nobody is here any more


def test_those_who_wait_in_a_removed_department_are_moved_with_their_place(desk: Desk) -> None:
    conversation = desk.arrive()
    place = desk.row(conversation).queued_at
    with desk.office.database.write() as connection:
        connection.execute(update(ConversationRow).values(department="gone"))
    results = at_once(*[lambda: assignment.rescue_orphans(desk.office)] * 3)
    assert (unexpected(results), sum(results)) == ([], 1)
    row = desk.row(conversation)
    assert (row.department, row.queued_at, row.state) == ("general", place, "queued")
    assert desk.facts(conversation, "department_gone") == [{"from": "gone", "to": "general"}]


def test_ten_thousand_who_wait_are_assigned_in_a_moment(desk: Desk) -> None:
    people = [desk.hire(f"op{number}", online=True) for number in range(20)]
    many = range(1, 10_001)
    with desk.office.database.write() as connection:
        connection.execute(insert(table(ClientRow)), [{"id": n, "created_at": NOON} for n in many])
        connection.execute(
            insert(table(IdentityRow)),
            [{"id": n, "client_id": n, "channel": "web", "external_id": f"c{n}", "created_at": NOON} for n in many],
        )
        connection.execute(
            insert(table(ConversationRow)),
            [
                {"id": n, "identity_id": n, "client_id": n, "channel": "web", "language": "ru", "state": "queued",
                 "department": "cards", "queued_at": NOON, "created_at": NOON, "updated_at": NOON}
                for n in many
            ],
        )  # fmt: skip
        connection.execute(
            insert(table(HandoffRow)),
            [
                {"conversation_id": n, "department": "cards", "priority": "normal", "reason": "asked_for_person",
                 "summary": {}, "created_at": NOON}
                for n in many
            ],
        )  # fmt: skip
    assert assignment.assign_waiting(desk.office) == 40
    assert [holder(desk, n) for n in (1, 40, 41)] == [people[0].id, people[19].id, None]
