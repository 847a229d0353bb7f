"""The demo's bank: seeded clients, accounts, cards and loans in the service's own database."""

import calendar
import hashlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.exc import IntegrityError

from service.backoffice.base import BackOfficeRefused, BackOfficeUnavailable, Refusal, must_be_period
from service.domain.banking import (
    Account,
    AccountDetails,
    AccountKind,
    ApplicationState,
    BankClient,
    Blocking,
    Card,
    CardKind,
    CardState,
    CardSystem,
    LoanApplication,
    LoanKind,
    NextPayment,
    Operation,
    Period,
    Statement,
)
from service.domain.money import Money
from service.errors import StorageUnavailable
from service.storage.database import Database
from service.storage.tables import (
    BankAccountRow,
    BankApplicationRow,
    BankBlockingRow,
    BankCardRow,
    BankClientRow,
    BankLoanRow,
    BankOperationRow,
    insert_row,
    table,
)

BANK = {
    "bank": "Банк «Северный мост» (АО)",
    "bic": "044030999",
    "correspondent_account": "30101810400000000999",
    "inn": "7842000170",
    "kpp": "784201001",
}
"""What stands in payment details beside the client's own account."""

C, A, P, K, B, L, Z = (
    table(row).c
    for row in (
        BankClientRow, BankAccountRow, BankOperationRow, BankCardRow, BankBlockingRow, BankLoanRow, BankApplicationRow,
    )
)  # fmt: skip


class DemoBank:
    """A back office (`base.BackOffice`) on the demo's tables; `clock` tells what day it is."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def find_client(self, number: str) -> BankClient | None:
        """By phone, contract of service, account or loan contract."""
        by_account = select(A.client_id).where(A.number_index == number)
        by_loan = select(L.client_id).where(L.contract_index == number)
        query = select(table(BankClientRow)).where(
            or_(C.phone_index == number, C.contract_index == number, C.id.in_(by_account), C.id.in_(by_loan))
        )
        found = self._rows(query)
        return _client(found[0]) if len(found) == 1 else None

    def client(self, client_id: str) -> BankClient:
        """As `BackOffice.client`."""
        return _client(self._of_client(client_id, select(table(BankClientRow)).where(C.id == client_id))[0])

    def accounts(self, client_id: str) -> tuple[Account, ...]:
        """As `BackOffice.accounts`."""
        query = select(table(BankAccountRow)).where(A.client_id == client_id).order_by(A.place, A.id)
        return tuple(_account(row) for row in self._of_client(client_id, query))

    def cards(self, client_id: str) -> tuple[Card, ...]:
        """As `BackOffice.cards`."""
        blocked = select(func.count()).where(B.card_id == K.id).scalar_subquery().label("blockings")
        query = select(table(BankCardRow), blocked).where(K.client_id == client_id).order_by(K.place, K.id)
        today = self._clock().date()
        return tuple(_card(row, today) for row in self._of_client(client_id, query))

    def block_card(self, client_id: str, card_id: str, key: str) -> Blocking:
        """As `BackOffice.block_card`: the first row of a card is the blocking, whoever asks again is told of it."""
        now = self._clock()
        try:
            with self._database.write() as connection:
                # The lock lets one request through at a time, so that the card is blocked once.
                wanted = select(K.expires).where(K.id == card_id, K.client_id == client_id).with_for_update()
                expires = connection.execute(wanted).scalar_one_or_none()
                if expires is None:
                    raise BackOfficeRefused(Refusal.NO_CARD, "the client has no such card; read the list again")
                if expires < now.date():
                    raise BackOfficeRefused(Refusal.CARD_EXPIRED, "the card has expired and works nowhere anyway")
                return _block(connection, card_id, key, now)
        except (StorageUnavailable, IntegrityError) as error:
            raise _unavailable() from error

    def statement(self, client_id: str, account_id: str, period: Period) -> Statement:
        """As `BackOffice.statement`; balances are counted back from today's."""
        must_be_period(period)
        account = self._account(client_id, account_id)
        rows = self._rows(select(P.made_on, P.amount, P.description).where(P.account_id == account_id)
                          .order_by(P.made_on, P.id))  # fmt: skip
        currency = account.balance.currency
        after = sum(row.amount for row in rows if row.made_on > period.last)
        within = [row for row in rows if period.first <= row.made_on <= period.last]
        closing = account.balance.amount - Decimal(after) / 100
        opening = closing - Decimal(sum(row.amount for row in within)) / 100
        operations = tuple(Operation(row.made_on, _money(row.amount, currency), row.description) for row in within)
        return Statement(account, period, Money(opening, currency), Money(closing, currency), operations)

    def account_details(self, client_id: str, account_id: str) -> AccountDetails:
        """As `BackOffice.account_details`."""
        account = self._account(client_id, account_id)
        recipient = self.client(client_id).name
        return AccountDetails(recipient, account.number, account.balance.currency, **BANK)

    def loan_applications(self, client_id: str) -> tuple[LoanApplication, ...]:
        """As `BackOffice.loan_applications`."""
        query = select(table(BankApplicationRow)).where(Z.client_id == client_id).order_by(Z.applied_on.desc(), Z.id)
        return tuple(
            LoanApplication(
                row.id, LoanKind(row.kind), _money(row.amount, row.currency), ApplicationState(row.state),
                row.applied_on, row.until_on,
            )
            for row in self._of_client(client_id, query)
        )  # fmt: skip

    def next_payments(self, client_id: str) -> tuple[NextPayment, ...]:
        """As `BackOffice.next_payments`."""
        today = self._clock().date()
        query = select(table(BankLoanRow)).where(L.client_id == client_id, L.remaining > 0).order_by(L.id)
        payments = [_payment(row, today) for row in self._of_client(client_id, query)]
        return tuple(sorted(payments, key=lambda each: (each.due, each.loan_id)))

    @property
    def trouble(self) -> str:
        """None: the demo's bank is never away."""
        return ""

    def close(self) -> None:
        """Nothing is held: the database is the service's."""

    def _account(self, client_id: str, account_id: str) -> Account:
        found = [each for each in self.accounts(client_id) if each.id == account_id]
        if not found:
            raise BackOfficeRefused(Refusal.NO_ACCOUNT, "the client has no such account; read the list again")
        return found[0]

    def _of_client(self, client_id: str, query: Any) -> list[Row[Any]]:
        """The rows of the query; refused when there is no such client."""
        rows = self._rows(query)
        if not rows and not self._rows(select(C.id).where(C.id == client_id)):
            raise BackOfficeRefused(Refusal.NO_CLIENT, "the bank has no such client; the account was closed or moved")
        return rows

    def _rows(self, query: Any) -> list[Row[Any]]:
        try:
            with self._database.read() as connection:
                return list(connection.execute(query))
        except StorageUnavailable as error:
            raise _unavailable() from error


def confirmation_of(key: str) -> str:
    """The number under which a blocking is known: eight digits that follow from its key."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % 10**8
    return f"{number:08d}"


def next_due(pay_day: int, today: date) -> date:
    """The next day of payment, today included; the last of a month that is too short for `pay_day`."""
    year, month = today.year, today.month
    due = date(year, month, min(pay_day, calendar.monthrange(year, month)[1]))
    if due >= today:
        return due
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(pay_day, calendar.monthrange(year, month)[1]))


def _block(connection: Connection, card_id: str, key: str, now: datetime) -> Blocking:
    known = connection.execute(select(B.card_id).where(B.key == key)).scalar_one_or_none()
    if known not in (None, card_id):
        raise BackOfficeRefused(Refusal.KEY_REUSED, "this key has blocked another card; use a new one for each request")
    if known is None:
        values = {"key": key, "card_id": card_id, "confirmation": confirmation_of(key), "blocked_at": now}
        insert_row(connection, BankBlockingRow, values)
    first = connection.execute(
        select(B.key, B.confirmation, B.blocked_at).where(B.card_id == card_id).order_by(B.id).limit(1)
    ).one()
    return Blocking(first.confirmation, first.blocked_at, was_blocked=first.key != key)


def _unavailable() -> BackOfficeUnavailable:
    return BackOfficeUnavailable("the demo's bank can't reach its database; try again in a moment")


def _money(hundredths: int, currency: str) -> Money:
    return Money(Decimal(hundredths) / 100, currency)


def _client(row: Row[Any]) -> BankClient:
    return BankClient(row.id, row.name, row.email, row.phone, row.language, row.segment, row.birth_year)


def _account(row: Row[Any]) -> Account:
    balance, available = _money(row.balance, row.currency), _money(row.balance - row.held, row.currency)
    return Account(row.id, row.number, AccountKind(row.kind), balance, available)


def _card(row: Row[Any], today: date) -> Card:
    state = CardState.BLOCKED if row.blockings else CardState.EXPIRED if row.expires < today else CardState.ACTIVE
    return Card(
        row.id, row.last_four, CardSystem(row.system), CardKind(row.kind), state, row.account_id, row.expires
    )  # fmt: skip


def _payment(row: Row[Any], today: date) -> NextPayment:
    overdue = _money(row.overdue, row.currency) if row.overdue else None
    return NextPayment(
        row.id, row.contract, LoanKind(row.kind), _money(row.payment, row.currency), next_due(row.pay_day, today),
        _money(row.remaining, row.currency), overdue,
    )  # fmt: skip
