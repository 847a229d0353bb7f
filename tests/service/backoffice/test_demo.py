"""The demo's bank keeps the promises of every back office, and is what the demo says."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.backoffice.base import BackOffice, BackOfficeUnavailable
from service.backoffice.demo import BANK, DemoBank, next_due
from service.demo.bank import CLIENTS, fill_bank
from service.storage.database import Database
from service.storage.tables import BankBlockingRow, BankClientRow
from tests.service.backoffice.contract import IRINA, NOON, TODAY, BackOfficeContract, demo_bank
from tests.service.databases import open_ring, postgresql_url, sqlite_url


class TestOnSqlite(BackOfficeContract):
    """The demo's bank on SQLite."""

    @pytest.fixture
    def bank(self, tmp_path: Path) -> Iterator[BackOffice]:
        with demo_bank(sqlite_url(tmp_path)) as bank:
            yield bank


@pytest.mark.slow
class TestOnPostgresql(BackOfficeContract):
    """The demo's bank on PostgreSQL."""

    @pytest.fixture
    def bank(self) -> Iterator[BackOffice]:
        with demo_bank(postgresql_url()) as bank:
            yield bank


def test_filling_twice_keeps_what_has_happened(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    with demo_bank(url) as bank:
        bank.block_card(IRINA, "k-1001-1", "key-1")
    database = Database(url, ring=open_ring())
    fill_bank(database, TODAY + timedelta(days=3))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(BankClientRow)).scalar_one() == 8
        assert connection.execute(select(func.count()).select_from(BankBlockingRow)).scalar_one() == 2
    database.close()


def test_without_its_database_the_bank_is_away(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}", ring=open_ring())
    with pytest.raises(BackOfficeUnavailable):
        DemoBank(database, lambda: NOON).find_client("+79135550101")
    database.close()


@pytest.mark.parametrize(
    ("pay_day", "today", "due"),
    [
        (25, date(2026, 11, 20), date(2026, 11, 25)),
        (20, date(2026, 11, 20), date(2026, 11, 20)),
        (5, date(2026, 11, 20), date(2026, 12, 5)),
        (5, date(2026, 12, 20), date(2027, 1, 5)),
        (31, date(2026, 11, 30), date(2026, 11, 30)),
        (31, date(2027, 2, 1), date(2027, 2, 28)),
        (30, date(2027, 1, 31), date(2027, 2, 28)),
    ],
)
def test_the_next_day_of_payment(pay_day: int, today: date, due: date) -> None:
    assert next_due(pay_day, today) == due


def test_the_demos_accounts_have_the_check_digits_that_real_ones_have() -> None:
    """Three digits of the bank's BIC and the account's twenty, weighed 7, 1, 3: the sum of last digits ends in 0."""
    clients = tomllib.loads(CLIENTS.read_text(encoding="utf-8"))["client"]
    numbers = [account["number"] for client in clients for account in client["accounts"]]
    assert len(numbers) == 12
    for prefix, number in [(BANK["bic"][-3:], each) for each in numbers] + [("030", BANK["correspondent_account"])]:
        digits = [int(digit) for digit in prefix + number]
        assert sum(digit * weight % 10 for digit, weight in zip(digits, (7, 1, 3) * 8, strict=False)) % 10 == 0, number
