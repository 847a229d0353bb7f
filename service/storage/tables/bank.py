"""The demo's bank: what `service/backoffice/demo.py` answers from. A real bank's data never comes here.

Its clients are invented, and sealed like real ones: whoever looks into the demo's database sees what they would see.

Amounts are hundredths (kopecks, cents); ids are those the back office tells.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.sealed import BlindIndex, Sealed, same_as
from service.storage.tables.base import Base

NUMBER = "demo_bank.number"
"""What the hashes of telephone, account and contract numbers are keyed for: a client gives any of them."""


class BankClientRow(Base):
    """A client of the demo's bank, with the number of their contract."""

    __tablename__ = "demo_bank_clients"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(Sealed("demo_bank_clients.email"))
    phone: Mapped[str | None] = mapped_column(Sealed("demo_bank_clients.phone"))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex(NUMBER), default=same_as("phone"), index=True)
    contract: Mapped[str] = mapped_column(Sealed("demo_bank_clients.contract"))
    contract_index: Mapped[str] = mapped_column(BlindIndex(NUMBER), default=same_as("contract"), unique=True)
    language: Mapped[str] = mapped_column(String(8))
    segment: Mapped[str | None] = mapped_column(String(40))
    birth_year: Mapped[int | None]


class BankAccountRow(Base):
    """An account; `held` is reserved by purchases that are not settled yet. `place` is its place in lists."""

    __tablename__ = "demo_bank_accounts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_clients.id"), index=True)
    number: Mapped[str] = mapped_column(Sealed("demo_bank_accounts.number"))
    number_index: Mapped[str] = mapped_column(BlindIndex(NUMBER), default=same_as("number"), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    balance: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    place: Mapped[int] = mapped_column(Integer, default=0)


class BankOperationRow(Base):
    """Money that came to an account or (negative) left it."""

    __tablename__ = "demo_bank_operations"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_accounts.id"), index=True)
    made_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    description: Mapped[str] = mapped_column(String(200))


class BankCardRow(Base):
    """A card by its last four digits; the whole number is nowhere."""

    __tablename__ = "demo_bank_cards"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_clients.id"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("demo_bank_accounts.id"))
    last_four: Mapped[str] = mapped_column(String(4))
    system: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    expires: Mapped[date] = mapped_column(Date)
    place: Mapped[int] = mapped_column(Integer, default=0)


class BankBlockingRow(Base):
    """A request to block a card. `key` settles repeats; the first row of a card is the one that blocked it."""

    __tablename__ = "demo_bank_blockings"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    card_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_cards.id"), index=True)
    confirmation: Mapped[str] = mapped_column(String(40))
    blocked_at: Mapped[datetime]


class BankLoanRow(Base):
    """A loan that is being repaid in equal parts on one day of each month."""

    __tablename__ = "demo_bank_loans"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_clients.id"), index=True)
    contract: Mapped[str] = mapped_column(Sealed("demo_bank_loans.contract"))
    contract_index: Mapped[str] = mapped_column(BlindIndex(NUMBER), default=same_as("contract"), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    payment: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[int]
    remaining: Mapped[int] = mapped_column(BigInteger)
    overdue: Mapped[int] = mapped_column(BigInteger, default=0)


class BankApplicationRow(Base):
    """An application for a loan."""

    __tablename__ = "demo_bank_applications"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("demo_bank_clients.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20))
    applied_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
