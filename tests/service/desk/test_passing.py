"""Passing a conversation on: to whom it may go, what is kept, and that one of two wins."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from service import desk
from service.domain.conversations import ConversationState
from service.domain.messages import Author
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, NotHolder, StaleVersion
from service.office import Office
from service.storage import messages, queue
from service.storage.staff import Role, StaffMember
from service.storage.tables import StaffRow
from service.visits import read_visit
from tests.service.conftest import Clock
from tests.service.small_office import hire
from tests.service.threads import at_once, raised, unexpected


def said(office: Office, conversation_id: int) -> list[str]:
    """What our side has told the client."""
    with office.database.read() as connection:
        found = messages.timeline(connection, conversation_id)
    return [each.text for each in found if each.author is Author.SYSTEM]


def dismiss(office: Office, person: StaffMember) -> None:
    """Somebody leaves."""
    with office.database.write() as connection:
        connection.execute(update(StaffRow).where(StaffRow.id == person.id).values(disabled_at=office.clock()))


def test_a_transfer_to_a_department_keeps_priority_and_place_and_tells_the_client(
    office: Office, held: int, anna: StaffMember, vera: StaffMember, clock: Clock
) -> None:
    before = desk.list_inbox(anna, office).entries[0]
    clock.move(minutes=7)
    after = desk.transfer(held, anna, office, department="loans", note="просит отсрочку")
    assert (after.state, after.department, after.operator_id) == (ConversationState.QUEUED, "loans", None)
    entry = desk.list_inbox(vera, office).entries[0]
    assert (entry.queued_at, entry.priority) == (before.queued_at, before.priority)
    assert "кредитный отдел" in said(office, held)[-1]
    notes = [item.note.text for item in desk.read_timeline(held, vera, office).items if item.note]
    assert notes == ["просит отсрочку"]
    assert desk.take(held, vera, office).state == "operator"


def test_a_transfer_to_a_person_gives_it_to_them_at_once(
    office: Office, held: int, anna: StaffMember, boris: StaffMember
) -> None:
    after = desk.transfer(held, anna, office, person=boris.id)
    assert (after.state, after.operator_id) == (ConversationState.OPERATOR, boris.id)
    assert boris.name in said(office, held)[-1]
    desk.reply(held, boris, office, key="1", text="Здравствуйте")
    with pytest.raises(NotHolder):
        desk.reply(held, anna, office, key="2", text="ещё слово")


def test_a_person_of_another_department_gets_it_together_with_the_department(
    office: Office, held: int, anna: StaffMember, vera: StaffMember
) -> None:
    with pytest.raises(InvalidInput, match="department"):
        desk.transfer(held, anna, office, person=vera.id)
    after = desk.transfer(held, anna, office, person=vera.id, department="loans")
    assert (after.operator_id, after.department) == (vera.id, "loans")
    with office.database.read() as connection:
        handoff = queue.open_summary(connection, held)
    assert handoff is not None
    assert (handoff["department"], handoff["taken_by"]) == ("loans", vera.id)


def test_who_has_left_or_does_not_serve_clients_can_not_be_chosen(
    office: Office, held: int, anna: StaffMember, boris: StaffMember
) -> None:
    ml = hire(office, "ml", role=Role.ML)[0]
    dismiss(office, boris)
    for person in (boris.id, ml.id, 10_000):
        with pytest.raises(NotFound, match="person"):
            desk.transfer(held, anna, office, person=person)
    assert boris.id not in [each.id for each in desk.colleagues(held, anna, office)]


def test_colleagues_are_those_who_may_see_it(
    office: Office, held: int, anna: StaffMember, boris: StaffMember, vera: StaffMember
) -> None:
    assert [each.name for each in desk.colleagues(held, anna, office)] == ["Boris"]
    assert {each.name for each in desk.colleagues(held, anna, office, department="loans")} == {"Boris", "Vera"}


@pytest.mark.parametrize("where", [{}, {"department": "nowhere"}, {"department": "loans", "note": "x" * 4001}])
def test_a_transfer_to_nowhere_or_with_a_novel_is_refused_and_changes_nothing(
    office: Office, held: int, anna: StaffMember, where: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        desk.transfer(held, anna, office, **where)  # type: ignore[arg-type]
    assert desk.is_holder(held, anna, office)


def test_only_the_holder_and_who_leads_pass_a_conversation_on(
    office: Office, held: int, waiting: Callable[..., int], boris: StaffMember, chief: StaffMember
) -> None:
    queued = waiting()
    for conversation_id in (held, queued):
        with pytest.raises(NotHolder):
            desk.transfer(conversation_id, boris, office, department="loans")
        assert desk.transfer(conversation_id, chief, office, department="loans").department == "loans"


def test_of_two_transfers_at_once_one_wins(
    office: Office, held: int, anna: StaffMember, boris: StaffMember, chief: StaffMember
) -> None:
    results = at_once(
        lambda: desk.transfer(held, anna, office, person=boris.id),
        lambda: desk.transfer(held, anna, office, person=chief.id),
    )
    assert len(raised(results, Conflict)) == 1
    assert unexpected(results, Conflict) == []
    assert len(said(office, held)) == 2  # joined, and one transfer


def test_a_double_click_on_transfer_is_one_transfer_even_when_it_is_out_of_sight(
    office: Office, waiting: Callable[..., int]
) -> None:
    cards = hire(office, "cards", "cards")[0]
    conversation_id = waiting(urgent=True)
    desk.take(conversation_id, cards, office)
    results = at_once(*[lambda: desk.transfer(conversation_id, cards, office, department="loans")] * 3)
    late = desk.transfer(conversation_id, cards, office, department="loans")
    assert unexpected(results, NotFound) == []
    assert late.department == "loans"
    assert len(said(office, conversation_id)) == 2
    with pytest.raises(NotFound):
        desk.read_timeline(conversation_id, cards, office)


def test_a_stale_page_is_told(office: Office, held: int, anna: StaffMember) -> None:
    version = desk.list_inbox(anna, office).entries[0].version
    desk.reply(held, anna, office, key="1", text="Здравствуйте")
    for act in (
        lambda: desk.transfer(held, anna, office, department="loans", version=version),
        lambda: desk.close(held, anna, office, version=version),
        lambda: desk.release(held, anna, office, version=version),
        lambda: desk.return_to_bot(held, anna, office, version=version),
    ):
        with pytest.raises(StaleVersion):
            act()
    assert desk.is_holder(held, anna, office)


def test_who_makes_models_passes_nothing_on(office: Office, held: int) -> None:
    ml = hire(office, "ml", role=Role.ML)[0]
    with pytest.raises(Forbidden):
        desk.transfer(held, ml, office, department="loans")


# --- released, left, reopened


def test_a_released_conversation_keeps_its_place(
    office: Office, held: int, waiting: Callable[..., int], anna: StaffMember, clock: Clock
) -> None:
    clock.move(minutes=1)
    later = waiting()
    desk.snooze(held, anna, office, until=clock() + timedelta(hours=1))
    released = desk.release(held, anna, office)
    assert (released.state, released.snoozed_until) == ("queued", None)
    assert desk.release(held, anna, office).state == "queued"
    assert [each.conversation_id for each in desk.list_inbox(anna, office).entries] == [held, later]
    assert len(said(office, held)) == 2


def test_a_closed_conversation_is_reopened_with_its_history(office: Office, held: int, anna: StaffMember) -> None:
    desk.reply(held, anna, office, key="1", text="Готово")
    desk.close(held, anna, office, resolution="resolved", comment="перезвонила сама")
    again = desk.reopen(held, anna, office)
    assert (again.state, again.operator_id) == (ConversationState.OPERATOR, anna.id)
    assert desk.reopen(held, anna, office).version == again.version
    desk.reply(held, anna, office, key="2", text="Уточню ещё одно")
    kinds = [item.event.kind for item in desk.read_timeline(held, anna, office).items if item.event]
    assert kinds.count("handed_off") == 2
    assert {"taken", "closed", "reopened"} <= set(kinds)
    assert desk.list_inbox(anna, office).entries[0].reason == "reopened"


def test_an_open_conversation_is_not_reopened(
    office: Office, held: int, waiting: Callable[..., int], boris: StaffMember
) -> None:
    for conversation_id in (held, waiting()):
        with pytest.raises(Conflict):
            desk.reopen(conversation_id, boris, office)


def test_a_resolution_is_one_of_the_list(office: Office, held: int, anna: StaffMember) -> None:
    with pytest.raises(InvalidInput, match="resolved, unanswered"):
        desk.close(held, anna, office, resolution="whatever")
    desk.close(held, anna, office, resolution="other", comment="позвонит завтра")
    desk.close(held, anna, office, resolution="spam")  # closed already: the first word stands
    card = desk.client_card(held, anna, office)
    assert [each.resolution for each in card.requests] == ["other"]


def test_a_transferred_client_sees_the_place_in_the_new_queue(
    office: Office, caller: Callable[..., object], anna: StaffMember
) -> None:
    client = caller()
    conversation_id = client.say("Оператор", button="command:operator").message.conversation_id  # type: ignore[attr-defined]
    desk.take(conversation_id, anna, office)
    desk.transfer(conversation_id, anna, office, department="loans")
    visit = read_visit(client.id, office)  # type: ignore[attr-defined]
    assert (visit.state, visit.position) == ("queued", 1)
