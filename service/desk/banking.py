"""What the bank knows of the client of a conversation, in brief. Each look is a line of the audit trail."""

from service.backoffice.base import BackOffice
from service.desk.acting import see
from service.domain.console import BankProducts, Product
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.policies.verification import valid_link
from service.storage.audit import record_audit
from service.storage.staff import StaffMember, must_work

VIEWED = "viewed_bank_data"


def read_bank_products(conversation_id: int, staff: StaffMember, office: Office) -> BankProducts | None:
    """Name, segment and products; None when the client is not linked or there is no bank to ask.

    The bank is asked after the commit, so a slow one keeps nobody waiting; BackOfficeUnavailable when it is away.
    Neither balances nor more than four digits of any number are read out.
    """
    must(staff, Action.READ_CLIENTS)
    bank, now = office.back_office, office.clock()
    if bank is None:
        return None
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        link = valid_link(see(connection, conversation_id, who).link, now)
        if link is None:
            return None
        data = {"conversation": conversation_id}
        record_audit(connection, who.login, VIEWED, "bank_client", link.account, data, now)
    client = bank.client(link.account)
    return BankProducts(client.name, client.segment, _products(bank, link.account))


def _products(bank: BackOffice, account: str) -> tuple[Product, ...]:
    accounts = [Product("account", each.kind.value, each.number[-4:]) for each in bank.accounts(account)]
    cards = [Product("card", each.system.value, each.last_four, each.state.value) for each in bank.cards(account)]
    loans = [
        Product("loan", each.kind.value, each.contract[-4:], "overdue" if each.overdue else "")
        for each in bank.next_payments(account)
    ]
    return (*accounts, *cards, *loans)
