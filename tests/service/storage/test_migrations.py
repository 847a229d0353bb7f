"""Migrations agree with the tables, keep what is there, and can be taken back; on SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from service.storage import migrate as migrating
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.sealed import KeyRing
from service.storage.tables import ArrivalRow, BankClientRow, Base, HandoffRow, MessageRow, StaffNoteRow, table
from service.storage.tokens import hash_key
from tests.service.databases import empty_postgresql_url

THEN = "2026-01-02 03:04:05+00:00"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any tables."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'old.db'}" if sqlite else empty_postgresql_url("migrations")
    opened = Database(url, ring=KeyRing(["a key of thirty-two letters, at least"]))
    yield opened
    opened.close()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """FTS5 keeps its index in tables of its own, and PostgreSQL an index over an expression: no column has them."""
    return not (kind == "table" and (name or "").startswith("search_texts_fts")) and name != "search_texts_words"


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
                "include_name": _ours,
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


def fill_all(connection: Connection) -> None:
    """Rows in the tables of every step, some of which point to others: what a working service has."""
    at = datetime.fromisoformat(THEN)
    for row, values in (
        (HandoffRow, {"conversation_id": 1, "department": "cards", "priority": "normal", "reason": "asked_for_person",
                      "summary": {}, "created_at": at, "taken_by": 1, "told_return": False}),
        (MessageRow, {"conversation_id": 1, "seq": 1, "channel": "web", "external_id": "m1", "author": "client",
                      "text": "ПИН", "text_hash": "x", "created_at": at}),
        (StaffNoteRow, {"conversation_id": 1, "seq": 1, "key": "k", "staff_id": 1, "author": "Anna", "text": "x",
                        "created_at": at}),
        (BankClientRow, {"id": "c", "name": "x", "contract": "1", "language": "ru"}),
    ):  # fmt: skip
        connection.execute(insert(table(row)).values(**values))
    for row in (
        "conversation_tags (conversation_id, tag, added_by, created_at) VALUES (1, 'vip', 1, :then)",
        "search_texts (conversation_id, message_id, stems) VALUES (1, 1, 'пин')",
        "offers (conversation_id, message_id, version, language, suggestions, created_at) "
        "VALUES (1, 1, 0, 'ru', '[]', :then)",
        "canned_replies (scope, shortcut, title, text_ru, tags, author, version, created_at, updated_at) "
        "VALUES ('shared', '/hi', 'x', 'x', '[]', 'anna', 1, :then, :then)",
        "demo_bank_cards (id, client_id, last_four, system, kind, expires, place) "
        "VALUES ('k', 'c', '4821', 'mir', 'debit', '2029-08-31', 0)",
        "articles (id, language, content, updated_at, version) VALUES ('a', 'ru', '{}', :then, 1)",
        "presence (staff_id, state, since, seen_at, vanished) VALUES (1, 'online', :then, :then, false)",
        "ratings (handoff_id, conversation_id, operator_id, department, score, rated_at) "
        "VALUES (1, 1, 1, 'cards', 5, :then)",
        "score_cards (handoff_id, operator_id, judge_id, points, comment, scored_at) VALUES (1, 1, 2, '{}', '', :then)",
    ):
        connection.execute(text(f"INSERT INTO {row}"), {"then": THEN})


def test_each_step_goes_back_and_forth_over_a_filled_database(database: Database) -> None:
    run(database, "0001")
    with database.write() as connection:
        fill(connection)
    migrate(database)
    with database.write() as connection:
        fill_all(connection)
    kept = ("staff", "clients", "identities", "conversations", "messages", "handoffs", "articles")
    for version in ("0005", "0004", "0003", "0002"):
        run(database, version, down=True)
        with database.read() as connection:
            counts = {each: connection.execute(text(f"SELECT count(*) FROM {each}")).scalar_one() for each in kept}
        assert counts == {"staff": 2} | dict.fromkeys(kept[1:], 1), version
    migrate(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.execute(select(MessageRow.text)).scalar_one() == "ПИН"
        assert connection.execute(text("SELECT operator_id FROM conversations")).scalar_one() == 1
        assert connection.execute(text("SELECT told_return FROM handoffs")).scalar_one() in (False, 0)
        assert connection.execute(text("SELECT capacity FROM staff")).scalars().all() == [None, None]


def test_a_capacity_of_ones_own_survives_the_last_step(database: Database) -> None:
    run(database, "0005")
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO staff (login, name, role, departments, languages, skills, capacity, "
                 "password_is_temporary, created_at) VALUES ('anna', 'Anna', 'operator', '[]', '[]', '[]', 7, false, "
                 ":then), ('boris', 'Boris', 'operator', '[]', '[]', '[]', 5, false, :then)"), {"then": THEN},
        )  # fmt: skip
    migrate(database)
    for expected, back in (({"anna": 7, "boris": None}, True), ({"anna": 7, "boris": 5}, False)):
        with database.read() as connection:
            found = {row.login: row.capacity for row in connection.execute(text("SELECT login, capacity FROM staff"))}
        assert found == expected
        if back:
            run(database, "0005", down=True)


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


def test_what_had_arrived_is_sealed_and_opened_on_the_way_back(database: Database) -> None:
    content = {"message": {"text": "раз", "client_external_id": "5"}}
    run(database, "0016")
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO arrivals (channel, external_id, client_external_id, content, state, due_at, attempts, "
                 "created_at) VALUES ('telegram', '1', '5', :content, 'waiting', :then, 0, :then), "
                 "('telegram', '0', '5', NULL, 'done', :then, 0, :then)"),
            {"then": THEN, "content": json.dumps(content)},
        )  # fmt: skip
    migrate(database)
    query = text("SELECT CAST(content AS TEXT) FROM arrivals WHERE content IS NOT NULL")
    with database.read() as connection:
        sealed = connection.execute(query).scalar_one()
        assert sealed.startswith("sealed:")
        (arrival,) = [each for each in connection.execute(select(table(ArrivalRow))) if each.content]
        assert (json.loads(arrival.content), arrival.has_files) == (content, True)
    run(database, "0016", down=True)
    with database.read() as connection:
        assert json.loads(connection.execute(query).scalar_one()) == content
        whose = connection.execute(text("SELECT client_external_id FROM arrivals ORDER BY id")).scalars()
        assert list(whose) == ["5", ""]
