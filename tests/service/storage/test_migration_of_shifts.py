"""The migration of shifts makes exactly the tables that the code knows, and goes back without losing anything else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from service.domain.intents import Priority
from service.storage.database import Database
from service.storage.migrate import _config, migrate
from service.storage.tables import Base
from tests.service.databases import empty_postgresql_url, open_ring
from tests.service.storage.contract import put_in_queue

OURS = {
    "routes", "presence", "presence_spans", "operator_calls", "shifts", "days_off", "holidays", "sla_targets",
    "sla_alarms", "ratings", "score_cards",
}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path / 'x.db'}" if request.param == "sqlite" else empty_postgresql_url("migrated")
    opened = Database(url, ring=open_ring())
    yield opened
    opened.close()


def test_tables_and_migrations_agree(database: Database) -> None:
    migrate(database)
    with database.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [each for each in found if OURS & set(str(each).replace("'", " ").split())] == []
    with database.read() as connection:
        assert set(inspect(connection).get_table_names()) >= OURS


def test_going_back_keeps_conversations_and_hand_offs(database: Database) -> None:
    migrate(database)
    with database.write() as connection:
        put_in_queue(connection, "cards", Priority.NORMAL, 1)
    config = _config()
    with database.rebuild() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    with database.write() as connection:
        assert not set(inspect(connection).get_table_names()) & OURS
        assert connection.exec_driver_sql("SELECT count(*) FROM handoffs").scalar_one() == 1
    migrate(database)
    with database.read() as connection:
        told = connection.exec_driver_sql("SELECT told_return FROM handoffs").scalar_one()
    assert not told
