"""The trail: complete, in the transaction of the action, without anything personal, for administrators only."""

from datetime import timedelta
from typing import Any

import pytest

from service import accounts, departments, desk, signing_in
from service.accounts import AccountDraft
from service.audit_trail import list_audit
from service.domain.staff import Role, StaffMember
from service.errors import Conflict, Forbidden, InvalidInput, SignInRefused
from service.office import Office
from service.storage import records
from service.storage.audit import AuditFilter, record_audit
from tests.service.conftest import Clock
from tests.service.staff.conftest import HOME, PASSWORD, Hire, Queue


def actions(office: Office, admin: StaffMember, **wanted: Any) -> list[tuple[str, str, str]]:
    """(actor, action, object), oldest first."""
    found = list_audit(AuditFilter(**wanted), admin, office, limit=500)
    return [(each.actor, each.action, f"{each.object_kind} {each.object_id}") for each in reversed(found)]


@pytest.fixture
def busy_day(office: Office, admin: StaffMember, hire: Hire, queue_up: Queue, clock: Clock) -> int:
    """Anna serves a client, an administrator tidies up; returns the conversation."""
    anna = hire("anna", "cards")
    conversation = queue_up()
    clock.move(minutes=30)
    signing_in.sign_in("anna", PASSWORD, "", HOME, "", office)
    clock.move(minutes=1)
    desk.take(conversation, anna, office)
    clock.move(minutes=1)
    desk.reply(conversation, anna, office, key="1", text="Здравствуйте, секретное слово")
    clock.move(minutes=1)
    desk.correct_intent(conversation, 1, "card_pin", anna, office)
    clock.move(minutes=1)
    desk.close(conversation, anna, office, resolution="resolved")
    clock.move(minutes=1)
    with office.database.write() as connection:
        records.add_fact(connection, conversation, "feedback", "client", {"helped": True}, clock())
    departments.close_department("loans", admin, office)
    clock.move(minutes=1)
    accounts.disable(anna.id, admin, office)
    return conversation


def test_everything_that_staff_did_is_there_in_order(office: Office, admin: StaffMember, busy_day: int) -> None:
    place = f"conversation {busy_day}"
    assert actions(office, admin) == [
        ("anna", "signed_in", "staff 2"),
        ("anna", "taken", place),
        ("anna", "replied", place),
        ("anna", "intent_corrected", place),
        ("anna", "closed", place),
        ("root", "department_closed", "department loans"),
        ("root", "staff_disabled", "staff 2"),
    ]


def test_it_says_what_was_done_but_no_words_of_anybody(office: Office, admin: StaffMember, busy_day: int) -> None:
    found = list_audit(AuditFilter(), admin, office)
    assert "секретное" not in str(found)
    data = {each.action: each.data for each in found}
    assert data["closed"] == {"resolution": "resolved"}
    assert data["intent_corrected"] == {"seq": 1, "intent": "card_pin"}
    assert data["replied"] == {}
    assert data["department_closed"] == {"successor": None, "moved": []}
    assert next(each.address for each in found if each.action == "signed_in") == HOME


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"actor": "root"}, ["department_closed", "staff_disabled"]),
        ({"action": "replied"}, ["replied"]),
        ({"action": "taken"}, ["taken"]),
        ({"object_kind": "department"}, ["department_closed"]),
        ({"object_kind": "conversation"}, ["taken", "replied", "intent_corrected", "closed"]),
        ({"object_id": "loans"}, ["department_closed"]),
        ({"object_kind": "conversation", "object_id": "1"}, ["taken", "replied", "intent_corrected", "closed"]),
        ({"object_kind": "conversation", "object_id": "2"}, []),
        ({"object_kind": "conversation", "object_id": "1 OR 1=1"}, []),
        ({"object_kind": "conversation", "object_id": "9" * 60}, []),
        ({"object_id": "²"}, []),
        ({"actor": "anna' --"}, []),
        ({"actor": "client"}, []),
    ],
    ids=str,
)
def test_it_is_asked_by_actor_action_and_object(
    office: Office, admin: StaffMember, busy_day: int, wanted: dict[str, str], expected: list[str]
) -> None:
    assert [action for _, action, _ in actions(office, admin, **wanted)] == expected


def test_it_is_asked_by_time_and_in_pages(office: Office, admin: StaffMember, busy_day: int, clock: Clock) -> None:
    end = clock()
    found = actions(office, admin, since=end - timedelta(minutes=2), until=end)
    assert [action for _, action, _ in found] == ["closed", "department_closed"]
    whole = list_audit(AuditFilter(), admin, office)
    pages = [list_audit(AuditFilter(), admin, office, limit=3, offset=start) for start in range(0, 8, 3)]
    assert [each for page in pages for each in page] == whole


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
def test_it_is_for_administrators(office: Office, hire: Hire, role: Role) -> None:
    with pytest.raises(Forbidden):
        list_audit(AuditFilter(), hire("other", role=role), office)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (501, 0), (-1, 0), (10, -1)])
def test_a_wrong_page_is_refused(office: Office, admin: StaffMember, limit: int, offset: int) -> None:
    with pytest.raises(InvalidInput):
        list_audit(AuditFilter(), admin, office, limit=limit, offset=offset)


def test_what_did_not_happen_is_not_recorded(office: Office, admin: StaffMember, hire: Hire, queue_up: Queue) -> None:
    queue_up("cards")
    with pytest.raises(Conflict):
        departments.close_department("cards", admin, office)
    with pytest.raises(Conflict):
        accounts.add_staff("root", AccountDraft(), admin, office)
    with pytest.raises(ZeroDivisionError), office.database.write() as connection:
        record_audit(connection, "anna", "half_done", "staff", 1, {}, office.clock())
        raise ZeroDivisionError
    assert actions(office, admin) == []


def test_long_names_are_cut_and_not_refused(office: Office, admin: StaffMember) -> None:
    with office.database.write() as connection:
        record_audit(connection, "a" * 500, "x", "staff", "b" * 500, {}, office.clock(), "c" * 500)
    (entry,) = list_audit(AuditFilter(), admin, office)
    assert (len(entry.actor), len(entry.object_id), len(entry.address or "")) == (100, 100, 64)


def test_failures_are_there_with_the_address(office: Office, admin: StaffMember, hire: Hire) -> None:
    hire("anna")
    with pytest.raises(SignInRefused):
        signing_in.sign_in("anna", "not this one", "", HOME, "", office)
    (entry,) = list_audit(AuditFilter(action="sign_in_failed"), admin, office)
    assert (entry.actor, entry.address) == ("anna", HOME)
