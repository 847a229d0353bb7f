"""What a bank tells about its client: accounts, cards, loans. Values only; they come from a back office.

Card numbers are never here: a card is known by its id and its last four digits.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.domain.money import Money


class AccountKind(StrEnum):
    """What an account is for; OTHER for anything a bank calls differently."""

    CURRENT = "current"
    SAVINGS = "savings"
    DEPOSIT = "deposit"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "AccountKind":
        return cls.OTHER


class CardKind(StrEnum):
    """Whose money a card spends: the client's or the bank's."""

    DEBIT = "debit"
    CREDIT = "credit"


class CardSystem(StrEnum):
    """The payment system on the card; OTHER for any that isn't here."""

    MIR = "mir"
    VISA = "visa"
    MASTERCARD = "mastercard"
    UNIONPAY = "unionpay"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "CardSystem":
        return cls.OTHER


class CardState(StrEnum):
    """Whether a card works."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    EXPIRED = "expired"


class LoanKind(StrEnum):
    """What was borrowed; `SHORT_TERM` is until payday, `CREDIT_CARD` its limit, OTHER what isn't here."""

    CONSUMER = "consumer"
    SHORT_TERM = "short_term"
    MORTGAGE = "mortgage"
    CREDIT_CARD = "credit_card"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "LoanKind":
        return cls.OTHER


class ApplicationState(StrEnum):
    """How far an application for a loan has come."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    DOCUMENTS_NEEDED = "documents_needed"
    APPROVED = "approved"
    DECLINED = "declined"
    PAID_OUT = "paid_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class BankClient:
    """A client as the bank knows them; `id` is the bank's own. `phone` is E.164, `email` the one on file or None."""

    id: str
    name: str
    email: str | None
    phone: str | None
    language: str = "ru"
    segment: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True)
class Account:
    """An account with its `balance` and what of it can be spent now (`available`: holds are taken off)."""

    id: str
    number: str
    kind: AccountKind
    balance: Money
    available: Money


@dataclass(frozen=True)
class Card:
    """A card; `last_four` is all of its number that is ever told."""

    id: str
    last_four: str
    system: CardSystem
    kind: CardKind
    state: CardState
    account_id: str | None = None
    expires: date | None = None


@dataclass(frozen=True)
class Blocking:
    """A card is blocked: the bank's number for that, and since when. `was_blocked`: it had been before this request."""

    confirmation: str
    at: datetime
    was_blocked: bool = False


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Operation:
    """A line of a statement; money that went out is negative."""

    on: date
    amount: Money
    description: str


@dataclass(frozen=True)
class Statement:
    """What happened on an account in a period, oldest first; `closing` is `opening` and all operations together."""

    account: Account
    period: Period
    opening: Money
    closing: Money
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class AccountDetails:
    """What a payer needs to send money to an account."""

    recipient: str
    number: str
    currency: str
    bank: str
    bic: str
    correspondent_account: str
    inn: str
    kpp: str | None = None


@dataclass(frozen=True)
class LoanApplication:
    """An application for a loan. `until`: the day by which it is decided, or to which an approval holds."""

    id: str
    kind: LoanKind
    amount: Money
    state: ApplicationState
    applied_on: date
    until: date | None = None


@dataclass(frozen=True)
class NextPayment:
    """The next payment of a loan. `overdue` is what should have been paid before; `remaining` the whole debt."""

    loan_id: str
    contract: str
    kind: LoanKind
    amount: Money
    due: date
    remaining: Money
    overdue: Money | None = None
