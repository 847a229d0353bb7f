"""What goes over the wire between the service and a bank's REST API: the shapes of `contract.yaml`.

One class a shape, of the same name and fields as the value in `service/domain/banking.py`. What a bank sends is checked
here: a card number where four digits belong is refused, not shown.
"""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from service.domain import banking, money

_AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$"


def _as_decimal(value: object) -> object:
    if isinstance(value, str | Decimal):
        return value
    raise ValueError('an amount is a string, like "12345.60": a number would lose kopecks')


Amount = Annotated[
    Decimal,
    BeforeValidator(_as_decimal),
    Field(max_digits=17, decimal_places=2),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": _AMOUNT, "examples": ["12345.60"]}),
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["RUB"])]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Number = Annotated[str, Field(pattern=r"^[A-Z0-9]{5,34}$", examples=["40817810900001204417"])]


class Wire(BaseModel):
    """Base of the shapes: fields that we don't know are left alone, errors don't quote what was sent."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True, hide_input_in_errors=True)
    value_type: ClassVar[type[Any]] = dict


class Money(Wire):
    """An amount with its currency (ISO 4217)."""

    value_type = money.Money
    amount: Amount
    currency: Currency


class BankClient(Wire):
    """A client as the bank knows them."""

    value_type = banking.BankClient
    id: Id
    name: Line
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = Field(
        None, description="The address on file, to which codes and statements go.", examples=["irina@example.com"]
    )
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = Field(
        None, description="E.164.", examples=["+79135550101"]
    )
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "ru"
    segment: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None


class Account(Wire):
    """An account. `available` is what can be spent now: holds are taken off the balance."""

    value_type = banking.Account
    id: Id
    number: Number
    kind: banking.AccountKind
    balance: Money
    available: Money


class Card(Wire):
    """A card by the last four digits of its number; more of the number is never sent."""

    value_type = banking.Card
    id: Id
    last_four: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    system: banking.CardSystem
    kind: banking.CardKind
    state: banking.CardState
    account_id: Id | None = None
    expires: date | None = None


class Blocking(Wire):
    """A blocked card. `was_blocked`: it had been before this request; the confirmation is that of the first one."""

    value_type = banking.Blocking
    confirmation: Annotated[str, Field(min_length=1, max_length=40, examples=["48219034"])]
    at: AwareDatetime
    was_blocked: bool = False


class Period(Wire):
    """From `first` to `last`, both included."""

    value_type = banking.Period
    first: date
    last: date


class Operation(Wire):
    """A line of a statement; money that went out is negative."""

    value_type = banking.Operation
    on: date
    amount: Money
    description: Line


class Statement(Wire):
    """Operations of an account in a period, oldest first; `closing` is `opening` and all of them together."""

    value_type = banking.Statement
    account: Account
    period: Period
    opening: Money
    closing: Money
    operations: tuple[Operation, ...] = ()


class AccountDetails(Wire):
    """What a payer needs to send money to the account."""

    value_type = banking.AccountDetails
    recipient: Line
    number: Number
    currency: Currency
    bank: Line
    bic: Annotated[str, Field(pattern=r"^[A-Z0-9]{8,11}$", examples=["044030999"])]
    correspondent_account: Number
    inn: Annotated[str, Field(pattern=r"^([0-9]{10}|[0-9]{12})$")]
    kpp: Annotated[str, Field(pattern=r"^[0-9]{9}$")] | None = None


class LoanApplication(Wire):
    """An application for a loan. `until`: the day by which it is decided, or to which an approval holds."""

    value_type = banking.LoanApplication
    id: Id
    kind: banking.LoanKind
    amount: Money
    state: banking.ApplicationState
    applied_on: date
    until: date | None = None


class NextPayment(Wire):
    """The next payment of a loan. `overdue`: what should have been paid before; `remaining`: the whole debt."""

    value_type = banking.NextPayment
    loan_id: Id
    contract: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/-]{1,40}$")]
    kind: banking.LoanKind
    amount: Money
    due: date
    remaining: Money
    overdue: Money | None = None


class About(Wire):
    """Who answers, and by which version of this contract."""

    contract: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$", examples=["1.0"])]
    bank: Line


class Wanted(Wire):
    """A phone in E.164, or an account or contract number as digits only."""

    number: Annotated[str, Field(pattern=r"^\+?[0-9]{1,40}$", examples=["+79135550101"])]


class Found(Wire):
    """The client, or null when nobody has the number or several have."""

    client: BankClient | None


class Accounts(Wire):
    """Open accounts, the one for every day first."""

    accounts: tuple[Account, ...]


class Cards(Wire):
    """All cards that were not closed, blocked and expired ones included."""

    cards: tuple[Card, ...]


class LoanApplications(Wire):
    """Applications of the last months, the newest first."""

    applications: tuple[LoanApplication, ...]


class NextPayments(Wire):
    """The next payment of each loan that is being repaid, the soonest first."""

    payments: tuple[NextPayment, ...]


class Problem(Wire):
    """RFC 9457 problem details; `code` is one of those the operation names."""

    title: Annotated[str, Field(max_length=300)] = ""
    status: int = 0
    code: Annotated[str, StringConstraints(max_length=60)]
    detail: Annotated[str, Field(max_length=1000)] = ""


V = TypeVar("V")


def to_value(kind: type[V], sent: Wire) -> V:
    """The value of the domain that was sent."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no value of the domain")
    known = {each.name: _plain(getattr(sent, each.name)) for each in fields(kind)}
    return cast(V, kind(**known))


def _plain(sent: Any) -> Any:
    if isinstance(sent, Wire):
        return to_value(sent.value_type, sent)
    if isinstance(sent, tuple):
        return tuple(_plain(each) for each in sent)
    return sent
