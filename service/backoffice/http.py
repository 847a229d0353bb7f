"""A bank's own REST API as a back office, by the contract in `contract.yaml`."""

import re
from urllib.parse import quote

from service.backoffice import wire
from service.backoffice.base import BackOfficeRefused, Refusal, must_be_period
from service.backoffice.calling import Call, Caller
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

_NUMBER = re.compile(r"\+?[0-9]{1,40}")
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
CONTRACT = "1"
"""The main number of the contract that this code speaks."""


class HttpBank:
    """A back office (`base.BackOffice`) over the wire."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def about(self) -> wire.About:
        """Who answers there, and which contract they speak."""
        return self._caller.ask(Call("about", "GET", "/about", only_reads=True), wire.About)

    @property
    def trouble(self) -> str:
        """As `BackOffice.trouble`: what the breaker of this process says."""
        return self._caller.trouble

    def close(self) -> None:
        """Give the connections back."""
        self._caller.close()

    def find_client(self, number: str) -> BankClient | None:
        """As `BackOffice.find_client`; the number goes in the body, so that no log of addresses keeps it."""
        if _NUMBER.fullmatch(number) is None:
            return None
        call = Call("find_client", "POST", "/clients/find", body={"number": number}, only_reads=True)
        found = self._caller.ask(call, wire.Found)
        return wire.to_value(BankClient, found.client) if found.client is not None else None

    def client(self, client_id: str) -> BankClient:
        """As `BackOffice.client`."""
        call = Call("client", "GET", _of_client(client_id), only_reads=True)
        return wire.to_value(BankClient, self._caller.ask(call, wire.BankClient))

    def accounts(self, client_id: str) -> tuple[Account, ...]:
        """As `BackOffice.accounts`."""
        call = Call("accounts", "GET", f"{_of_client(client_id)}/accounts", only_reads=True)
        return tuple(wire.to_value(Account, each) for each in self._caller.ask(call, wire.Accounts).accounts)

    def cards(self, client_id: str) -> tuple[Card, ...]:
        """As `BackOffice.cards`."""
        call = Call("cards", "GET", f"{_of_client(client_id)}/cards", only_reads=True)
        return tuple(wire.to_value(Card, each) for each in self._caller.ask(call, wire.Cards).cards)

    def block_card(self, client_id: str, card_id: str, key: str) -> Blocking:
        """As `BackOffice.block_card`; the key is what makes repeating it safe."""
        path = f"{_of_client(client_id)}/cards/{_safe(card_id, Refusal.NO_CARD)}/block"
        call = Call("block_card", "POST", path, key=key)
        return wire.to_value(Blocking, self._caller.ask(call, wire.Blocking))

    def statement(self, client_id: str, account_id: str, period: Period) -> Statement:
        """As `BackOffice.statement`."""
        must_be_period(period)
        path = f"{_of_client(client_id)}/accounts/{_safe(account_id, Refusal.NO_ACCOUNT)}/statement"
        query = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        call = Call("statement", "GET", path, query=query, only_reads=True)
        return wire.to_value(Statement, self._caller.ask(call, wire.Statement))

    def account_details(self, client_id: str, account_id: str) -> AccountDetails:
        """As `BackOffice.account_details`."""
        path = f"{_of_client(client_id)}/accounts/{_safe(account_id, Refusal.NO_ACCOUNT)}/details"
        call = Call("account_details", "GET", path, only_reads=True)
        return wire.to_value(AccountDetails, self._caller.ask(call, wire.AccountDetails))

    def loan_applications(self, client_id: str) -> tuple[LoanApplication, ...]:
        """As `BackOffice.loan_applications`."""
        call = Call("loan_applications", "GET", f"{_of_client(client_id)}/loan-applications", only_reads=True)
        found = self._caller.ask(call, wire.LoanApplications).applications
        return tuple(wire.to_value(LoanApplication, each) for each in found)

    def next_payments(self, client_id: str) -> tuple[NextPayment, ...]:
        """As `BackOffice.next_payments`."""
        call = Call("next_payments", "GET", f"{_of_client(client_id)}/next-payments", only_reads=True)
        found = self._caller.ask(call, wire.NextPayments).payments
        return tuple(wire.to_value(NextPayment, each) for each in found)


def _of_client(client_id: str) -> str:
    return f"/clients/{_safe(client_id, Refusal.NO_CLIENT)}"


def _safe(name: str, refusal: Refusal) -> str:
    """An id as part of a path. One that the contract doesn't allow belongs to nobody and is not asked for."""
    if _ID.fullmatch(name) is None:
        raise BackOfficeRefused(refusal, "no such id can exist by the contract")
    return quote(name, safe="")
