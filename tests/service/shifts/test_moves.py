"""From the phone to the chat: people are known by the phone they proved, and counted in one's departments only."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service import call_log
from service.console.amounts import percent
from service.console.components.moved_to_chat import topic_rows
from service.console.words import section
from service.domain.verification import Link
from service.errors import Forbidden, InvalidInput
from service.policies.moved_to_chat import TopicMoves
from service.shifts.moves import WeekOfMoves, moves_to_chat, weeks_of
from service.shifts.statistics import Period
from service.storage import conversations, links
from service.storage.staff import Role, StaffMember
from tests.service.shifts.conftest import Desk
from tests.service.shifts.test_api import DAY, Call, call, http  # noqa: F401 - fixtures

WEEK = Period(date(2026, 11, 16), date(2026, 11, 22))
MOVED, BOTH, WRITES = "+79135550101", "+79135550102", "+79135550103"


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything."""
    return desk.hire("lead", role=Role.SUPERVISOR)


def rings(desk: Desk, lead: StaffMember, phone: str, day: str, topic: str = "", department: str = "cards") -> None:
    """A call of a client that nobody took, at noon of a day."""
    told = {
        "id": f"{phone}/{day}/{topic}", "started_at": f"{day}T12:00:00", "ended_at": f"{day}T12:01:00",
        "direction": "in", "outcome": "abandoned", "department": department, "phone": phone, "topic": topic,
    }  # fmt: skip
    call_log.import_calls([told], lead, desk.office)


def proves(desk: Desk, who: str, phone: str, *, urgent: bool = True) -> int:
    """A client asks for a person and has proved their phone; for the cards department when urgent."""
    conversation = desk.arrive(urgent=urgent, who=who)
    with desk.office.database.write() as connection:
        identity, now = conversations.get(connection, conversation).identity_id or 0, desk.clock.now
        links.begin(connection, identity, Link(f"c-{phone}", now, now, now + timedelta(days=90)), phone)
    return conversation


@pytest.fixture
def street(desk: Desk, lead: StaffMember) -> Desk:
    """One who moved, one who does both, one who only writes, one whose phone nobody knows."""
    desk.clock.now = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    rings(desk, lead, MOVED, "2026-10-20", "card_pin")
    rings(desk, lead, MOVED, "2026-11-10", "loan_early_repayment", "loans")
    rings(desk, lead, BOTH, "2026-11-17", "card_pin")
    proves(desk, "moved", MOVED)
    proves(desk, "moved elsewhere", MOVED, urgent=False)
    proves(desk, "both", BOTH)
    proves(desk, "writes", WRITES, urgent=False)
    desk.arrive(who="nobody knows")
    desk.clock.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    rings(desk, lead, BOTH, "2026-11-20", "loan_early_repayment", "loans")
    return desk


def test_people_are_counted_once_by_what_they_do(street: Desk, lead: StaffMember) -> None:
    found = moves_to_chat(WEEK, lead, street.office)
    assert (found.moved, found.both, found.writes, found.unknown) == (1, 1, 1, 1)
    assert (found.calls_before, found.calls) == (2, 2)
    assert found.topics == (TopicMoves("loan_early_repayment", 1, 1, 1), TopicMoves("card_pin", 1, 0, 0))
    assert found.weeks == (WeekOfMoves(WEEK.first, WEEK.last, 1, 1, 1, 2),)


def test_a_week_ends_before_what_comes_later_and_is_cut_by_the_period(street: Desk, lead: StaffMember) -> None:
    later = Period(date(2026, 11, 15), date(2026, 11, 30))
    assert [str(first) for first, _ in weeks_of(later)] == ["2026-11-15", "2026-11-16", "2026-11-23", "2026-11-30"]
    street.clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    rings(street, lead, MOVED, "2026-11-24")
    found = moves_to_chat(later, lead, street.office)
    assert (found.moved, found.both) == (0, 2)
    assert [(each.moved, each.both, each.calls) for each in found.weeks] == [(0, 0, 0), (1, 1, 2), (0, 0, 1), (0, 0, 0)]


def test_whose_link_a_person_has_ended_is_not_known_any_more_an_expired_one_is(street: Desk, lead: StaffMember) -> None:
    conversation = proves(street, "only writes", "+79135550104")
    with street.office.database.write() as connection:
        identity = conversations.get(connection, conversation).identity_id or 0
        links.end(connection, identity, street.clock.now, "client")
        links.end_expired(connection, street.clock.now + timedelta(days=365))
    found = moves_to_chat(WEEK, lead, street.office)
    assert (found.moved, found.both, found.writes, found.unknown) == (1, 1, 1, 2)


def test_of_ones_departments_only(street: Desk) -> None:
    cards = street.hire("cards_lead", "cards", role=Role.SUPERVISOR)
    found = moves_to_chat(WEEK, cards, street.office)
    assert (found.moved, found.both, found.writes, found.unknown, found.calls) == (2, 0, 0, 0, 1)
    assert found.topics == (TopicMoves("card_pin", 1, 2, 0),), "the call to the loans department is not theirs to see"
    with pytest.raises(Forbidden):
        moves_to_chat(WEEK, street.hire("anna"), street.office)
    with pytest.raises(InvalidInput):
        moves_to_chat(Period(WEEK.last, WEEK.first), cards, street.office)


def test_it_is_there_for_programs_and_in_words(call: Call, street: Desk) -> None:  # noqa: F811 - the fixture
    found = call("GET", "/statistics/moves", "supervisor", params={"first": WEEK.first, "last": WEEK.last}).json()
    assert (found["moved"], found["topics"][0]["share"], found["weeks"][0]["calls"]) == (1, 0.5, 2)
    assert call("GET", "/statistics/moves", params=DAY).status_code == 403
    words = section("moves", "ru")
    (row,) = topic_rows((TopicMoves("", 3, 1, 3),), {}, words, "ru")
    shown = [row["cells"][each]["text"] for each in ("topic", "calls", "share")]
    assert shown == ["Тема не указана", "3", percent(0.25, "ru")]
