"""Migrations agree with the tables, keep what is there, and can be taken back; on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from service.storage import migrate as migrating
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.tables import Base
from service.storage.tokens import hash_key
from tests.service.databases import empty_postgresql_url

THEN = "2026-01-02 03:04:05+00:00"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any tables."""
    sqlite = request.param == "sqlite"
    opened = Database(f"sqlite:///{tmp_path / 'old.db'}" if sqlite else empty_postgresql_url("migrations"))
    yield opened
    opened.close()


def run(database: Database, to: str, *, down: bool = False) -> None:
    """Migrate to a version."""
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    with database.rebuild() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)


def fill(connection: Connection) -> None:
    """Two members of staff as the first version kept them, one of whom holds a conversation."""
    for login in ("anna", "boris"):
        connection.execute(
            text("INSERT INTO staff (login, name, role, departments, token_hash, created_at) "
                 "VALUES (:login, :login, 'operator', '[\"cards\"]', :hash, :then)"),
            {"login": login, "hash": hash_key(f"otk_{login}"), "then": THEN},
        )  # fmt: skip
    connection.execute(text("INSERT INTO clients (created_at) VALUES (:then)"), {"then": THEN})
    connection.execute(
        text("INSERT INTO identities (client_id, channel, external_id, subscribed, created_at) "
             "VALUES (1, 'web', 'x', true, :then)"), {"then": THEN},
    )  # fmt: skip
    columns = "last_seq, clarifications, repeats, client_delivered_seq, client_seen_seq, staff_seen_seq"
    connection.execute(
        text(f"INSERT INTO conversations (identity_id, client_id, channel, state, version, language, priority, "
             f"operator_id, told_waiting, created_at, updated_at, operator_seen_seq, {columns}) VALUES "
             "(1, 1, 'web', 'operator', 0, 'ru', 'normal', 1, false, :then, :then, 0, 0, 0, 0, 0, 0, 0)"),
        {"then": THEN},
    )  # fmt: skip


def test_migrations_make_the_tables_that_the_code_describes(database: Database) -> None:
    migrate(database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                # FTS5 keeps its index in tables of its own.
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith("search_texts_fts"),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_tokens_of_the_first_version_go_on_working(database: Database) -> None:
    run(database, "0001")
    with database.write() as connection:
        fill(connection)
    migrate(database)
    with database.read() as connection:
        found = staff.find_by_token(connection, "otk_anna")
        assert found is not None
        assert (found.login, found.departments, found.capacity, found.languages) == ("anna", ("cards",), None, ())
        assert connection.execute(text("SELECT operator_id FROM conversations")).scalar_one() == found.id


def test_a_migration_can_be_taken_back_and_done_again(database: Database) -> None:
    run(database, "0001")
    with database.write() as connection:
        fill(connection)
    migrate(database)
    with database.write() as connection:
        renewed = staff.renew_token(connection, "boris")
    run(database, "0001", down=True)
    with database.read() as connection:
        rows = connection.execute(text("SELECT login, token_hash FROM staff"))
        kept = {row.login: row.token_hash for row in rows}
    assert kept == {"anna": hash_key("otk_anna"), "boris": hash_key(renewed or "")}
    migrate(database)
    with database.read() as connection:
        assert staff.find_by_token(connection, renewed or "") is not None


def test_rebuilding_a_table_may_not_leave_orphans(tmp_path: Path) -> None:
    """SQLite's checks are off while tables are copied; what they would have found is found at the end."""
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(database)
    with pytest.raises(IntegrityError, match="api_tokens"), database.rebuild() as connection:
        connection.execute(
            text("INSERT INTO api_tokens (staff_id, name, token_hash, created_at) VALUES (99, 'x', 'y', :then)"),
            {"then": THEN},
        )
    with database.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM api_tokens")).scalar_one() == 0
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    database.close()
