"""What staff see of a linked client's products: in brief, by those who may see the conversation, with a line a look."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service import desk
from service.backoffice.base import BackOfficeUnavailable
from service.backoffice.demo import DemoBank
from service.demo.bank import fill_bank
from service.domain.banking import BankClient
from service.domain.console import Product
from service.domain.verification import Link
from service.errors import Forbidden, NotFound
from service.office import Office
from service.storage import conversations, links
from service.storage.audit import AuditFilter, entries
from service.storage.staff import Role, StaffMember
from tests.service.desk.conftest import Caller
from tests.service.small_office import OPERATOR, hire

IRINA, TIMUR, DARIA = "c-1001", "c-1004", "c-1005"


@pytest.fixture
def office(office: Office) -> Office:
    """The small office with the demo's bank."""
    fill_bank(office.database, office.clock().date())
    return replace(office, back_office=DemoBank(office.database, office.clock))


def linked(office: Office, account: str | None) -> int:
    """The conversation of a client who waits, linked to this client of the bank."""
    number = Caller(office).say("позовите оператора", button=OPERATOR).message.conversation_id
    if account is not None:
        now = office.clock()
        with office.database.write() as connection:
            identity = conversations.get(connection, number).identity_id or 0
            links.begin(connection, identity, Link(account, now, now, now + timedelta(days=90)))
    return number


def looks(office: Office) -> list[Any]:
    """Lines of the trail about looks into the bank."""
    with office.database.read() as connection:
        return entries(connection, AuditFilter(action="viewed_bank_data"))


def test_a_linked_clients_products_are_told_in_brief(office: Office, anna: StaffMember) -> None:
    found = desk.read_bank_products(linked(office, TIMUR), anna, office)
    assert found is not None
    assert (found.name, found.segment) == ("Хасанов Тимур Маратович", "payroll")
    assert found.products == (
        Product("account", "current", "1903"), Product("card", "mir", "2294", "active"),
        Product("card", "mir", "6108", "blocked"),
    )  # fmt: skip


def test_no_balance_and_no_whole_number_is_read_out(office: Office, anna: StaffMember) -> None:
    said = repr(desk.read_bank_products(linked(office, IRINA), anna, office))
    for private in ("184302", "40817810900001204417", "990120441", "irina.sokolova", "9135550101"):
        assert private not in said


def test_a_late_loan_is_marked(office: Office, anna: StaffMember) -> None:
    found = desk.read_bank_products(linked(office, DARIA), anna, office)
    assert found is not None
    assert [each.state for each in found.products if each.what == "loan"] == ["", "overdue"]


def test_every_look_is_a_line_of_the_trail(office: Office, anna: StaffMember) -> None:
    number = linked(office, IRINA)
    desk.read_bank_products(number, anna, office)
    desk.read_bank_products(number, anna, office)
    assert [(line.actor, line.object_kind, line.object_id, line.data) for line in looks(office)] == [
        ("anna", "bank_client", IRINA, {"conversation": number})
    ] * 2


def test_of_a_stranger_nothing_is_known_and_nothing_asked(office: Office, anna: StaffMember) -> None:
    assert desk.read_bank_products(linked(office, None), anna, office) is None
    assert looks(office) == []


def test_an_expired_link_tells_nothing(office: Office, anna: StaffMember, clock: Any) -> None:
    number = linked(office, IRINA)
    clock.move(days=91)
    assert desk.read_bank_products(number, anna, office) is None


def test_whoever_may_not_see_the_conversation_sees_no_products(office: Office, vera: StaffMember) -> None:
    number = linked(office, IRINA)
    with pytest.raises(NotFound):
        desk.read_bank_products(number, vera, office)
    with pytest.raises(Forbidden):
        desk.read_bank_products(number, hire(office, "maxim", role=Role.ML)[0], office)
    assert looks(office) == []


def test_a_look_at_a_bank_that_is_away_is_in_the_trail_as_well(office: Office, anna: StaffMember) -> None:
    class Away(DemoBank):
        def client(self, client_id: str) -> BankClient:
            raise BackOfficeUnavailable("away")

    number = linked(office, IRINA)
    with pytest.raises(BackOfficeUnavailable):
        desk.read_bank_products(number, anna, replace(office, back_office=Away(office.database, office.clock)))
    assert len(looks(office)) == 1


def test_without_a_bank_there_is_nothing_to_see(office: Office, anna: StaffMember) -> None:
    assert desk.read_bank_products(linked(office, IRINA), anna, replace(office, back_office=None)) is None
