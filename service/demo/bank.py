"""The clients of the demo's bank, from bank.toml into its tables."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from service.backoffice.demo import DemoBank, confirmation_of
from service.office import Office
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
)

CLIENTS = Path(__file__).parent / "bank.toml"


def seed_bank(office: Office) -> None:
    """Let the demo's bank have its clients, when it is the demo's bank that is asked. Harmless to repeat."""
    if isinstance(office.back_office, DemoBank):
        fill_bank(office.database, office.clock().date())


def fill_bank(database: Database, today: date) -> None:
    """Write all clients at once; nothing when there are any. What has dates is dated from `today`."""
    script = tomllib.loads(CLIENTS.read_text(encoding="utf-8"))
    with database.write() as connection:
        if connection.execute(select(BankClientRow.id).limit(1)).first() is None:
            for client in script["client"]:
                _add_client(connection, client, today)


def _add_client(connection: Connection, client: Mapping[str, Any], today: date) -> None:
    own = ("id", "name", "email", "phone", "contract", "language", "segment", "birth_year")
    insert_row(connection, BankClientRow, {column: client.get(column) for column in own})
    whose = {"client_id": client["id"]}
    for place, account in enumerate(client.get("accounts", ())):
        values = {"currency": "RUB", "held": "0"} | account | whose | {"place": place}
        insert_row(connection, BankAccountRow, values | _hundredths(values, "balance", "held"))
    for place, card in enumerate(client.get("cards", ())):
        _add_card(connection, {**card, **whose, "place": place}, today)
    for loan in client.get("loans", ()):
        values = {"currency": "RUB", "overdue": "0"} | loan | whose
        insert_row(connection, BankLoanRow, values | _hundredths(values, "payment", "remaining", "overdue"))
    for each in client.get("applications", ()):
        values = {key: each[key] for key in ("id", "kind", "state")} | whose | {"currency": "RUB"}
        values |= {"applied_on": today - timedelta(days=each["ago"])}
        values |= {"until_on": today + timedelta(days=each["in"]) if "in" in each else None}
        insert_row(connection, BankApplicationRow, values | _hundredths(each, "amount"))
    for each in client.get("operations", ()):
        values = {"account_id": each["account"], "description": each["description"]}
        values |= {"made_on": today - timedelta(days=each["ago"])}
        insert_row(connection, BankOperationRow, values | _hundredths(each, "amount"))


def _add_card(connection: Connection, card: Mapping[str, Any], today: date) -> None:
    columns = ("id", "client_id", "last_four", "system", "kind", "expires", "place")
    values = {column: card[column] for column in columns} | {"account_id": card.get("account")}
    insert_row(connection, BankCardRow, values)
    if "blocked_ago" in card:
        then = _noon(today - timedelta(days=card["blocked_ago"]))
        key = f"demo-{card['id']}"
        insert_row(
            connection, BankBlockingRow,
            {"key": key, "card_id": card["id"], "confirmation": confirmation_of(key), "blocked_at": then},
        )  # fmt: skip


def _hundredths(values: Mapping[str, Any], *columns: str) -> dict[str, int]:
    return {column: int(Decimal(values[column]) * 100) for column in columns}


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
