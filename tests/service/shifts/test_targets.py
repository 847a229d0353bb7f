"""Clocks of hand-offs: shown to those who may see them, told once by whoever notices."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from service import desk as actions
from service.domain.intents import Priority
from service.domain.targets import Clock, Standing, Target, TargetRule
from service.errors import Forbidden
from service.shifts import rosters, targets
from service.storage.staff import Role, StaffMember
from service.storage.tables import FactRow, table
from tests.service.shifts.conftest import Desk
from tests.service.threads import at_once, unexpected


@pytest.fixture
def options() -> dict[str, Any]:
    """Ten minutes for a first reply, five for the next ones, an hour for all."""
    return {
        "reply_minutes_normal": 10, "reply_minutes_high": 10, "reply_minutes_urgent": 10, "sla_next_minutes": 5,
        "sla_resolution_minutes": 60,
    }  # fmt: skip


@pytest.fixture
def anna(desk: Desk) -> StaffMember:
    """An operator of everything."""
    return desk.hire("anna")


def answer(desk: Desk, conversation: int, who: StaffMember) -> None:
    """Say something to the client."""
    actions.reply(conversation, who, desk.office, key=uuid4().hex, text="Здравствуйте")


def shown(desk: Desk, conversation: int, who: StaffMember) -> tuple[str, str, float]:
    """(clock, state, minutes left) in the list of conversations."""
    found = targets.sla_of([conversation], who, desk.office)[conversation]
    return found.clock.value, found.state.value, found.seconds_left / 60


def test_the_list_shows_the_worst_clock_and_the_time_left(desk: Desk, anna: StaffMember) -> None:
    conversation = desk.arrive(who="client")
    assert shown(desk, conversation, anna) == ("first_response", "ok", 10)
    desk.clock.move(minutes=8)
    assert shown(desk, conversation, anna) == ("first_response", "warning", 2)
    desk.say("Ну где же вы все там", who="client")  # the bot may say that they wait: it stops nothing
    desk.clock.move(minutes=4)
    assert shown(desk, conversation, anna) == ("first_response", "breached", -2)
    actions.take(conversation, anna, desk.office)
    answer(desk, conversation, anna)
    assert shown(desk, conversation, anna) == ("resolution", "ok", 48)
    desk.clock.move(minutes=1)
    desk.say("А когда придёт перевод", who="client")
    desk.clock.move(minutes=1)
    desk.say("Вы тут", who="client")
    assert shown(desk, conversation, anna) == ("next_response", "ok", 4)
    answer(desk, conversation, anna)
    assert shown(desk, conversation, anna)[0] == "resolution"
    actions.close(conversation, anna, desk.office)
    assert targets.sla_of([conversation], anna, desk.office) == {}


def test_one_sees_the_clocks_of_ones_departments_only(desk: Desk) -> None:
    general, cards = desk.arrive(), desk.arrive(urgent=True)
    operator = desk.hire("boris", "cards")
    assert set(targets.sla_of([general, cards, 4711], operator, desk.office)) == {cards}
    assert targets.sla_of([], operator, desk.office) == {}
    with pytest.raises(Forbidden):
        targets.sla_of([cards], desk.hire("ml", role=Role.ML), desk.office)


def test_a_target_of_the_department_and_priority_holds(desk: Desk, anna: StaffMember) -> None:
    lead = desk.hire("lead", role=Role.SUPERVISOR)
    targets.save_targets([TargetRule(Target(3, 3, 30, 0.5), "cards", Priority.URGENT)], lead, desk.office)
    assert shown(desk, desk.arrive(urgent=True), anna)[2] == 3
    assert shown(desk, desk.arrive(), anna)[2] == 10


def test_only_working_time_of_the_roster_counts(desk: Desk, anna: StaffMember) -> None:
    lead = desk.hire("lead", role=Role.SUPERVISOR)
    content = "login,day,starts,ends,zone,country\nanna,fri,09:00,15:05,Europe/Moscow,RU\n" \
        "anna,mon,09:00,18:00,Europe/Moscow,RU\n"  # fmt: skip
    rosters.import_roster(content, "r.csv", lead, desk.office)
    conversation = desk.arrive()  # Friday, 15:00 in Moscow: five minutes are left of the week
    desk.clock.move(hours=60)
    assert shown(desk, conversation, anna) == ("first_response", "ok", 5)
    found = targets.sla_of([conversation], anna, desk.office)[conversation]
    assert found.due_at == desk.clock.now.replace(day=23, hour=6, minute=5)


def test_a_snooze_stops_the_resolution(desk: Desk, anna: StaffMember) -> None:
    conversation = desk.arrive()
    actions.take(conversation, anna, desk.office)
    answer(desk, conversation, anna)
    until = (desk.clock.now + timedelta(minutes=50)).isoformat()
    fact = {"conversation_id": conversation, "actor": "anna"}
    with desk.office.database.write() as connection:
        connection.execute(
            insert(table(FactRow)).values(kind="snoozed", data={"until": until}, created_at=desk.clock.now, **fact)
        )
    desk.clock.move(minutes=30)
    assert shown(desk, conversation, anna) == ("resolution", "ok", 60)
    with desk.office.database.write() as connection:
        connection.execute(
            insert(table(FactRow)).values(kind="snooze_ended", data={}, created_at=desk.clock.now, **fact)
        )
    desk.clock.move(minutes=15)
    assert shown(desk, conversation, anna) == ("resolution", "ok", 45)


# --- told once


def test_warning_and_breach_are_told_once_by_many_workers_and_raise_the_priority_once(desk: Desk) -> None:
    conversation = desk.arrive()
    place = desk.row(conversation).queued_at
    told = []
    for minutes in (7, 1, 1, 1, 5, 35, 10, 60):  # at 8 a warning, at 10 the breach; at 48 and 60 those of the whole
        desk.clock.move(minutes=minutes)
        results = at_once(*[lambda: targets.watch_clocks(desk.office)] * 3)
        assert unexpected(results) == []
        told.append(sum(results))
    assert told == [0, 1, 0, 1, 0, 1, 1, 0]
    warnings = [each["clock"] for each in desk.facts(conversation, "sla_warning")]
    breaches = desk.facts(conversation, "sla_breached")
    assert warnings == ["first_response", "resolution"]
    assert [each["clock"] for each in breaches] == ["first_response", "resolution"]
    assert [each.get("priority") for each in breaches] == ["high", None]
    row = desk.row(conversation)
    assert (row.priority, row.queued_at) == ("high", place)
    assert desk.handoff(conversation).priority == "high"


def test_each_new_question_of_the_client_has_its_own_clock(desk: Desk, anna: StaffMember) -> None:
    conversation = desk.arrive(who="client")
    actions.take(conversation, anna, desk.office)
    answer(desk, conversation, anna)
    for _ in range(2):
        desk.clock.move(minutes=1)
        desk.say("А когда придёт перевод", who="client")
        desk.clock.move(minutes=5)
        assert targets.watch_clocks(desk.office) == 1
        assert targets.watch_clocks(desk.office) == 0
        answer(desk, conversation, anna)
    assert [each["clock"] for each in desk.facts(conversation, "sla_breached")] == ["next_response"] * 2
    assert desk.row(conversation).priority == "high"


def test_a_clock_that_is_set_back_tells_nothing_twice(desk: Desk) -> None:
    conversation = desk.arrive()
    desk.clock.move(minutes=11)
    assert targets.watch_clocks(desk.office) == 1
    desk.clock.move(days=-3)
    assert targets.watch_clocks(desk.office) == 0
    desk.clock.move(days=3)
    assert targets.watch_clocks(desk.office) == 0
    assert targets.sla_of([conversation], desk.hire("x"), desk.office)[conversation].state is Standing.BREACHED
    assert Clock.FIRST in {Clock(each["clock"]) for each in desk.facts(conversation, "sla_breached")}
