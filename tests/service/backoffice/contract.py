"""What every back office promises; a new one inherits these cases and brings its own `bank` with the demo's clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from service.backoffice.base import LONGEST_PERIOD_DAYS, BackOffice, BackOfficeRefused, Refusal
from service.backoffice.demo import DemoBank
from service.demo.bank import fill_bank
from service.domain.banking import (
    AccountKind,
    ApplicationState,
    BankClient,
    CardKind,
    CardState,
    CardSystem,
    LoanKind,
    Period,
)
from service.domain.money import Money
from service.storage.database import Database
from tests.service.databases import open_ring
from tests.service.threads import at_once, unexpected

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
IRINA, PAVEL, NINA, TIMUR, DARIA, JAMES, ARTEM, OLGA = (f"c-100{number}" for number in range(1, 9))
MONTH = Period(TODAY - timedelta(days=30), TODAY)


@contextmanager
def demo_bank(url: str) -> Iterator[DemoBank]:
    """The demo's bank on this database, filled, on a Friday noon."""
    database = Database(url, ring=open_ring())
    fill_bank(database, TODAY)
    yield DemoBank(database, lambda: NOON)
    database.close()


def refusal(raised: pytest.ExceptionInfo[BackOfficeRefused]) -> Refusal:
    """Why it was refused."""
    return raised.value.reason


class BackOfficeContract:
    """Inherited by the tests of each back office."""

    @pytest.fixture
    def bank(self) -> BackOffice:
        """The back office under test, which knows the demo's clients."""
        raise NotImplementedError

    # --- finding

    @pytest.mark.parametrize(
        "number", ["+79135550101", "770120441", "990120441", "40817810900001204417", "42301810600001204425"]
    )
    def test_a_client_is_found_by_phone_contract_loan_and_account(self, bank: BackOffice, number: str) -> None:
        found = bank.find_client(number)
        assert found == BankClient(
            IRINA, "Соколова Ирина Сергеевна", "irina.sokolova@example.com", "+79135550101", "ru", "premium", 1985
        )  # fmt: skip

    @pytest.mark.parametrize("number", ["+79135550199", "79135550101", "4821", "", "0", "c-1001", "'", "я" * 300])
    def test_nobody_is_found_by_another_number(self, bank: BackOffice, number: str) -> None:
        assert bank.find_client(number) is None

    def test_a_client_without_an_address_is_found_and_has_none(self, bank: BackOffice) -> None:
        found = bank.find_client("+79135550107")
        assert found is not None
        assert (found.id, found.email) == (ARTEM, None)

    def test_a_client_is_read_by_id(self, bank: BackOffice) -> None:
        client = bank.client(JAMES)
        assert (client.name, client.language, client.segment) == ("James Whitfield", "en", "premium")

    # --- reading

    def test_accounts_come_with_what_is_on_them_and_what_can_be_spent(self, bank: BackOffice) -> None:
        current, savings = bank.accounts(IRINA)
        assert (current.kind, current.number) == (AccountKind.CURRENT, "40817810900001204417")
        assert current.balance == Money(Decimal("184302.57"), "RUB")
        assert current.available == Money(Decimal("183012.57"), "RUB")
        assert (savings.kind, savings.balance) == (AccountKind.SAVINGS, savings.available)

    def test_an_account_has_its_own_currency(self, bank: BackOffice) -> None:
        assert [each.balance.currency for each in bank.accounts(JAMES)] == ["RUB", "USD"]

    def test_cards_are_known_by_their_last_four_digits(self, bank: BackOffice) -> None:
        debit, china, credit = bank.cards(IRINA)
        assert (debit.last_four, debit.system, debit.kind) == ("4821", CardSystem.MIR, CardKind.DEBIT)
        assert (china.system, china.expires) == (CardSystem.UNIONPAY, date(2027, 3, 31))
        assert (credit.kind, credit.account_id) == (CardKind.CREDIT, None)
        assert {card.state for card in (debit, china, credit)} == {CardState.ACTIVE}

    def test_blocked_and_expired_cards_are_told_as_such(self, bank: BackOffice) -> None:
        assert [card.state for card in bank.cards(TIMUR)] == [CardState.ACTIVE, CardState.BLOCKED]
        assert [card.state for card in bank.cards(ARTEM)] == [CardState.EXPIRED]

    def test_what_a_client_has_not_is_an_empty_list(self, bank: BackOffice) -> None:
        assert bank.cards(NINA) == ()
        assert bank.loan_applications(NINA) == ()
        assert bank.next_payments(NINA) == ()

    def test_details_are_what_a_payer_needs(self, bank: BackOffice) -> None:
        details = bank.account_details(PAVEL, "a-1002-1")
        assert (details.recipient, details.number) == ("Кузнецов Павел Андреевич", "40817810900002310562")
        assert (details.bic, details.correspondent_account) == ("044030999", "30101810400000000999")

    def test_applications_tell_how_far_they_are(self, bank: BackOffice) -> None:
        approved, cancelled = bank.loan_applications(OLGA)
        assert (approved.state, approved.until) == (ApplicationState.APPROVED, TODAY + timedelta(days=24))
        assert (cancelled.kind, cancelled.state) == (LoanKind.CREDIT_CARD, ApplicationState.CANCELLED)
        assert approved.amount == Money(Decimal(200000))
        assert approved.applied_on > cancelled.applied_on

    def test_next_payments_come_soonest_first_with_what_is_overdue(self, bank: BackOffice) -> None:
        mortgage, consumer = bank.next_payments(DARIA)
        assert (mortgage.due, mortgage.amount) == (date(2026, 12, 12), Money(Decimal(41270)))
        assert (consumer.due, consumer.overdue) == (date(2026, 12, 18), Money(Decimal(9640)))
        assert mortgage.overdue is None

    # --- statements

    def test_a_statement_adds_up(self, bank: BackOffice) -> None:
        statement = bank.statement(IRINA, "a-1001-1", MONTH)
        assert statement.closing == statement.account.balance
        moved = sum((each.amount.amount for each in statement.operations), Decimal())
        assert statement.opening.amount + moved == statement.closing.amount
        days = [each.on for each in statement.operations]
        assert days == sorted(days)
        assert MONTH.first <= days[0] <= days[-1] <= MONTH.last

    def test_a_statement_of_the_past_ends_where_the_next_one_begins(self, bank: BackOffice) -> None:
        earlier = Period(MONTH.first - timedelta(days=40), MONTH.first - timedelta(days=1))
        before = bank.statement(IRINA, "a-1001-1", earlier)
        assert before.operations
        assert before.closing == bank.statement(IRINA, "a-1001-1", MONTH).opening

    @pytest.mark.parametrize("days", [-1, LONGEST_PERIOD_DAYS])
    def test_a_period_that_is_none_or_too_long_is_refused(self, bank: BackOffice, days: int) -> None:
        with pytest.raises(BackOfficeRefused) as raised:
            bank.statement(IRINA, "a-1001-1", Period(TODAY, TODAY + timedelta(days=days)))
        assert refusal(raised) is Refusal.BAD_PERIOD

    # --- blocking

    def test_a_card_is_blocked_once_however_often_the_same_request_comes(self, bank: BackOffice) -> None:
        first = bank.block_card(IRINA, "k-1001-1", "key-1")
        assert len(first.confirmation) >= 4
        assert not first.was_blocked
        assert bank.block_card(IRINA, "k-1001-1", "key-1") == first
        assert [card.state for card in bank.cards(IRINA)][:2] == [CardState.BLOCKED, CardState.ACTIVE]

    def test_a_card_that_was_blocked_before_says_so_with_the_first_confirmation(self, bank: BackOffice) -> None:
        first = bank.block_card(IRINA, "k-1001-1", "key-1")
        again = bank.block_card(IRINA, "k-1001-1", "key-2")
        assert again.was_blocked
        assert (again.confirmation, again.at) == (first.confirmation, first.at)
        assert bank.block_card(IRINA, "k-1001-1", "key-2") == again

    def test_requests_at_the_same_moment_block_once(self, bank: BackOffice) -> None:
        keys = [f"key-{n % 4}" for n in range(8)]
        results = at_once(*(partial(bank.block_card, IRINA, "k-1001-1", key) for key in keys))
        assert unexpected(results) == []
        blockings = [bank.block_card(IRINA, "k-1001-1", f"key-{n}") for n in range(4)]
        assert len({each.confirmation for each in blockings}) == 1
        assert sum(not each.was_blocked for each in blockings) == 1

    def test_a_key_blocks_one_card_only(self, bank: BackOffice) -> None:
        bank.block_card(IRINA, "k-1001-1", "key-1")
        with pytest.raises(BackOfficeRefused) as raised:
            bank.block_card(IRINA, "k-1001-2", "key-1")
        assert refusal(raised) is Refusal.KEY_REUSED
        assert bank.cards(IRINA)[1].state is CardState.ACTIVE

    def test_an_expired_card_is_not_blocked(self, bank: BackOffice) -> None:
        with pytest.raises(BackOfficeRefused) as raised:
            bank.block_card(ARTEM, "k-1007-1", "key-1")
        assert refusal(raised) is Refusal.CARD_EXPIRED

    # --- what is not this client's

    def test_a_client_that_is_not_there_is_refused_everywhere(self, bank: BackOffice) -> None:
        reads = (bank.client, bank.accounts, bank.cards, bank.loan_applications, bank.next_payments)
        for read in reads:
            with pytest.raises(BackOfficeRefused) as raised:
                read("c-9999")
            assert refusal(raised) is Refusal.NO_CLIENT

    @pytest.mark.parametrize("account", ["a-1002-1", "a-9999", "", "../c-1002", "a/b?c#d", "й"])
    def test_accounts_of_others_do_not_exist(self, bank: BackOffice, account: str) -> None:
        for read in (lambda: bank.statement(IRINA, account, MONTH), lambda: bank.account_details(IRINA, account)):
            with pytest.raises(BackOfficeRefused) as raised:
                read()
            assert refusal(raised) is Refusal.NO_ACCOUNT

    @pytest.mark.parametrize("card", ["k-1002-1", "k-9999", "", "../k-1001-1", "a/b?c#d", "й"])
    def test_cards_of_others_can_not_be_blocked(self, bank: BackOffice, card: str) -> None:
        with pytest.raises(BackOfficeRefused) as raised:
            bank.block_card(IRINA, card, "key-1")
        assert refusal(raised) is Refusal.NO_CARD
        assert bank.cards(PAVEL)[0].state is CardState.ACTIVE
