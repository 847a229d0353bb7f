"""Departments: renamed, added, closed with and without a queue, while clients arrive and operators hold them."""

from typing import Any

import pytest
from sqlalchemy import select

from models.taxonomy import load_taxonomy
from service import departments, desk
from service.acts import act
from service.dialogues.base import Step
from service.domain.conversations import ConversationState
from service.domain.decisions import HandOff, Reason
from service.domain.intents import Priority
from service.domain.staff import Role, StaffMember
from service.domain.understanding import Understanding
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.office import Office, open_office
from service.procedures import Led
from service.storage import conversations, queue
from service.storage import departments as shelf
from service.storage.tables import ConversationRow, HandoffRow, table
from tests.service.conftest import Clock
from tests.service.staff.conftest import Hire, Queue
from tests.service.storage.contract import begin
from tests.service.threads import at_once, unexpected

TITLES = {"ru": "отдел ипотеки", "en": "the mortgage team"}


def ids(office: Office, **how: bool) -> list[str]:
    """The departments in their order."""
    return [each.id for each in departments.list_departments(office, **how)]


def row(office: Office, conversation: int) -> Any:
    """The conversation as it is kept."""
    with office.database.read() as connection:
        query = select(table(ConversationRow)).where(table(ConversationRow).c.id == conversation)
        return connection.execute(query).one()


def hand_off(office: Office, department: str) -> tuple[int, str]:
    """A client asks for a person of a department: the conversation, and what they are told."""
    decision = HandOff(department, Priority.NORMAL, Reason.INTENT_NEEDS_PERSON)
    with office.database.write() as connection:
        view = begin(connection)
        act(connection, view, decision, Led(Step()), Understanding(""), [], office, office.clock())
        said = queue.open_summary(connection, view.id or 0)
    assert said is not None
    return view.id or 0, said["department"]


def test_an_administrator_of_some_departments_is_told_of_no_others_how_many_wait(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    for department in ("cards", "cards", "loans"):
        queue_up(department)
    assert departments.count_waiting(admin, office) == {"cards": 2, "loans": 1}
    assert departments.count_waiting(hire("part", "loans", role=Role.ADMIN), office) == {"loans": 1}


def test_they_begin_as_those_of_the_taxonomy(office: Office, clock: Clock) -> None:
    known = load_taxonomy(office.settings.taxonomy).departments
    assert tuple(ids(office)) == known
    (cards, *_) = departments.list_departments(office)
    assert cards.titles == {"ru": "отдел карт", "en": "cards team"}


def test_what_people_changed_stays_when_the_service_opens_again(
    office: Office, admin: StaffMember, clock: Clock
) -> None:
    departments.rename_department("cards", TITLES, admin, office)
    departments.close_department("loans", admin, office)
    departments.add_department("mortgage", TITLES, admin, office)
    again = open_office(office.settings, clock=clock, reads=False)
    assert ids(again) == ids(office)
    assert "loans" not in ids(again)
    assert ids(again)[-1] == "mortgage"
    assert departments.list_departments(again)[0].title("en") == "the mortgage team"
    again.close()


@pytest.mark.parametrize("department", ["", "Cards", "a b", "1st", "x" * 41, "карты", "a;b", "\x00"])
def test_an_id_is_a_plain_word(office: Office, admin: StaffMember, department: str) -> None:
    with pytest.raises(InvalidInput):
        departments.add_department(department, TITLES, admin, office)


@pytest.mark.parametrize("titles", [{}, {"ru": "отдел"}, {"ru": " ", "en": "x"}, {"ru": "я" * 101, "en": "x"},
                                    {"ru": "а\x00", "en": "x"}])  # fmt: skip
def test_a_title_is_needed_in_both_languages(office: Office, admin: StaffMember, titles: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        departments.add_department("mortgage", titles, admin, office)
    with pytest.raises(InvalidInput):
        departments.rename_department("cards", titles, admin, office)


def test_what_is_there_already_or_not_there_is_named(office: Office, admin: StaffMember) -> None:
    with pytest.raises(Conflict, match="cards"):
        departments.add_department("cards", TITLES, admin, office)
    for act_on in (departments.close_department, departments.reopen_department):
        with pytest.raises(NotFound, match="moon"):
            act_on("moon", admin, office)
    with pytest.raises(NotFound, match="moon"):
        departments.rename_department("moon", TITLES, admin, office)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
def test_only_administrators_change_them(office: Office, hire: Hire, role: Role) -> None:
    other = hire("other", role=role)
    for change in (
        lambda: departments.add_department("mortgage", TITLES, other, office),
        lambda: departments.rename_department("cards", TITLES, other, office),
        lambda: departments.close_department("cards", other, office),
        lambda: departments.reopen_department("cards", other, office),
    ):
        with pytest.raises(Forbidden):
            change()


def test_a_department_with_a_queue_is_not_closed_without_a_successor(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    waiting, held = queue_up("cards"), queue_up("cards")
    desk.take(held, hire("anna"), office)
    with pytest.raises(Conflict, match="2 clients wait in cards") as caught:
        departments.close_department("cards", admin, office)
    assert caught.value.fields["waiting"] == 2
    assert "cards" in ids(office)
    assert row(office, waiting).department == "cards"


@pytest.mark.parametrize("successor", ["cards", "moon", "", "\x00", "documents"])
def test_the_successor_is_another_open_department(
    office: Office, admin: StaffMember, queue_up: Queue, successor: str
) -> None:
    departments.close_department("documents", admin, office)
    conversation = queue_up("cards")
    with pytest.raises(InvalidInput, match="take over"):
        departments.close_department("cards", admin, office, successor=successor)
    assert row(office, conversation).department == "cards"


def test_the_queue_moves_to_the_successor_with_its_places(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    both, cards_only = hire("both", "cards", "general"), hire("cards", "cards")
    first, mine, theirs, last = (queue_up("cards", minutes) for minutes in (0, 1, 2, 3))
    ahead = queue_up("general", 2)
    desk.take(mine, both, office)
    desk.take(theirs, cards_only, office)
    assert departments.close_department("cards", admin, office, successor="general") == 4
    order = [each.conversation_id for each in desk.list_queue(both, office, states=(ConversationState.QUEUED,))]
    assert order == [first, *sorted([ahead, theirs]), last]
    assert {row(office, each).department for each in (first, mine, theirs, last)} == {"general"}
    assert row(office, mine).operator_id == both.id, "who serves the successor goes on"
    assert row(office, theirs).operator_id is None, "who doesn't must not hold what they can't see"
    assert desk.list_queue(cards_only, office) == []
    with office.database.read() as connection:
        handed = connection.execute(select(table(HandoffRow).c.department).distinct()).scalars().all()
    assert handed == ["general"]
    assert departments.close_department("cards", admin, office, successor="loans") == 0, "it is closed already"


def test_what_comes_for_a_closed_department_goes_to_who_took_over(
    office: Office, admin: StaffMember, hire: Hire
) -> None:
    departments.close_department("cards", admin, office, successor="loans")
    departments.close_department("loans", admin, office, successor="general")
    conversation, handed = hand_off(office, "cards")
    assert (row(office, conversation).department, handed) == ("general", "general")
    departments.reopen_department("cards", admin, office)
    assert hand_off(office, "cards")[1] == "cards"


def test_a_closed_department_without_a_successor_leaves_its_clients_to_an_open_one(
    office: Office, admin: StaffMember
) -> None:
    departments.close_department("cards", admin, office)
    _, handed = hand_off(office, "cards")
    assert handed in ids(office)


def test_departments_that_name_each_other_do_not_turn_in_circles(office: Office, admin: StaffMember) -> None:
    departments.close_department("cards", admin, office, successor="loans")
    departments.close_department("loans", admin, office, successor="general")
    with office.database.write() as connection:
        shelf.change(connection, "loans", successor="cards")
    assert hand_off(office, "cards")[1] in ids(office)


def test_the_last_open_department_stays(office: Office, admin: StaffMember) -> None:
    *others, last = ids(office)
    for each in others:
        departments.close_department(each, admin, office)
    with pytest.raises(Conflict, match="last open department"):
        departments.close_department(last, admin, office)


def test_a_client_who_arrives_while_it_closes_is_not_left_behind(office: Office, admin: StaffMember) -> None:
    for _ in range(3):
        results = at_once(
            lambda: departments.close_department("cards", admin, office, successor="general"),
            *[lambda: hand_off(office, "cards")] * 3,
        )
        assert unexpected(results) == []
        for conversation, _ in results[1:]:
            assert row(office, conversation).department == "general"
        departments.reopen_department("cards", admin, office)


def test_an_action_on_a_conversation_that_moved_in_between_is_refused_and_not_lost(
    office: Office, admin: StaffMember, queue_up: Queue
) -> None:
    conversation = queue_up("cards")
    with office.database.read() as connection:
        stale = conversations.get(connection, conversation)
    departments.close_department("cards", admin, office, successor="general")
    with pytest.raises(Conflict), office.database.write() as connection:
        conversations.change(connection, stale, state="operator")
    assert row(office, conversation).state == "queued"
