"""What the service asks of a bank's own systems, whoever answers: the demo's tables or the bank's REST API."""

from enum import StrEnum
from typing import Protocol

from service.domain.banking import (
    Account,
    AccountDetails,
    BankClient,
    Blocking,
    Card,
    LoanApplication,
    NextPayment,
    Period,
    Statement,
)
from service.errors import SupportError


class Refusal(StrEnum):
    """Why the bank says no, in its own words of a contract; OTHER is any reason that this code doesn't know."""

    NO_CLIENT = "no_client"
    NO_ACCOUNT = "no_account"
    NO_CARD = "no_card"
    CARD_EXPIRED = "card_expired"
    KEY_REUSED = "key_reused"
    BAD_PERIOD = "bad_period"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Refusal":
        return cls.OTHER


class BackOfficeUnavailable(SupportError):
    """The bank's systems give no usable answer now; whether anything was done is only sure for the same key again."""

    code = "back_office_unavailable"
    status = 503
    title = "The bank's systems do not answer"


class BackOfficeRefused(SupportError):
    """The bank's systems have answered, and the answer is no; asking again changes nothing."""

    code = "back_office_refused"
    status = 409
    title = "The bank refused this"

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail, reason=reason.value)
        self.reason = reason


class BackOffice(Protocol):
    """The bank's own systems. Every method may raise BackOfficeUnavailable, and BackOfficeRefused as it says.

    Ids are the bank's. Nothing of a client is kept or logged here. Where a `client_id` is asked for, things of other
    clients don't exist: they are refused as if there were none.
    """

    def find_client(self, number: str) -> BankClient | None:
        """The client with this phone (E.164, «+79135550101») or this account or contract number (digits only).

        None when nobody has it, and when it is not one client's alone.
        """
        ...

    def client(self, client_id: str) -> BankClient:
        """The client as the bank knows them now; refused with NO_CLIENT."""
        ...

    def accounts(self, client_id: str) -> tuple[Account, ...]:
        """Open accounts with their balances, the one for every day first."""
        ...

    def cards(self, client_id: str) -> tuple[Card, ...]:
        """All cards that were not closed, blocked and expired ones included."""
        ...

    def block_card(self, client_id: str, card_id: str, key: str) -> Blocking:
        """Block a card; the same `key` returns the same blocking however often it comes.

        A card that is blocked already returns its blocking with `was_blocked`. Refused with NO_CARD, CARD_EXPIRED, and
        KEY_REUSED when the key came with another card.
        """
        ...

    def statement(self, client_id: str, account_id: str, period: Period) -> Statement:
        """What happened on an account; refused with NO_ACCOUNT, and BAD_PERIOD for more than 366 days or none."""
        ...

    def account_details(self, client_id: str, account_id: str) -> AccountDetails:
        """What a payer needs; refused with NO_ACCOUNT."""
        ...

    def loan_applications(self, client_id: str) -> tuple[LoanApplication, ...]:
        """Applications of the last months, the newest first."""
        ...

    def next_payments(self, client_id: str) -> tuple[NextPayment, ...]:
        """The next payment of each loan that is being repaid, the soonest first."""
        ...

    @property
    def trouble(self) -> str:
        """Why nothing is asked just now, as far as this process knows; empty while all is well. Asks nobody."""
        ...

    def close(self) -> None:
        """Give back what is held open; nothing is asked any more."""
        ...


LONGEST_PERIOD_DAYS = 366


def must_be_period(period: Period) -> None:
    """Refused with BAD_PERIOD for one that ends before it begins or is longer than 366 days."""
    if not 0 <= (period.last - period.first).days < LONGEST_PERIOD_DAYS:
        raise BackOfficeRefused(
            Refusal.BAD_PERIOD, f"a statement is for 1 to {LONGEST_PERIOD_DAYS} days; choose another period"
        )
