"""One worker at a time delivers for a channel."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.storage import channels
from service.storage.channels import LEASE_SECONDS
from service.storage.database import Database
from tests.service.databases import postgresql_url, sqlite_url

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database in which nothing is kept of any channel."""
    opened = Database(sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url())
    yield opened
    opened.close()


def take(database: Database, worker: str, at: datetime = NOON) -> bool:
    """In a transaction of its own."""
    with database.write() as connection:
        return channels.take_lease(connection, "telegram", worker, at)


def test_the_first_worker_gets_a_channel_of_which_nothing_is_kept(database: Database) -> None:
    assert take(database, "first")
    assert take(database, "first"), "and keeps it"
    assert not take(database, "second")


def test_a_lease_left_behind_or_given_back_is_anybodys(database: Database) -> None:
    assert take(database, "first")
    assert take(database, "second", NOON + timedelta(seconds=LEASE_SECONDS + 1))
    with database.write() as connection:
        channels.release_lease(connection, "telegram", "second")
    assert take(database, "third", NOON + timedelta(seconds=LEASE_SECONDS + 2))
