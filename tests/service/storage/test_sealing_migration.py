"""A database from before clients' names and words were sealed: everything is found again, and nothing lies open."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, select, text

from service.channels.whatsapp import known_as
from service.data_keys import open_keys
from service.domain.conversations import ChannelKind
from service.domain.search import Search
from service.domain.staff import Role, StaffMember
from service.domain.suspicion import Level, Scope
from service.errors import SetupError
from service.storage import clients, conversations, files, messages, outbox, restrictions, search
from service.storage import migrate as migrating
from service.storage.arrivals import claim
from service.storage.database import Database
from service.storage.migrate import check_current, migrate
from service.storage.sealed import INDEX_KEY, KeyRing
from service.storage.tables import (
    ArrivalRow,
    FileRow,
    MessageRow,
    SavedViewRow,
    StaffNoteRow,
    table,
)
from tests.service.databases import empty_postgresql_url

THEN = "2026-01-02 03:04:05+00:00"
MAIL, PHONE, WRITTEN = "ivan.petrov@mail.example", "79135550101", "мой номер 8 (913) 555-01-01, потерял карту"
ACCOUNT = "40817810900001204417"
IN_THE_OPEN = (MAIL, "ivan.petrov", PHONE, "555-01-01", "9135550101", "1204417", "потерял", "NzkxMzU1NTAxMDE")
WAMID = "wamid.HBgLNzkxMzU1NTAxMDEVAgASGBQz"
"""As the platform makes them: the client's number is in it, in base64."""
DIALOGUE = {"name": "verify_client", "data": {"step": "number", "words": WRITTEN}}
ANNA = StaffMember(1, "anna", "Anna", Role.ADMIN, ())

ROWS = (
    "staff (login, name, role, departments, languages, skills, password_is_temporary, created_at) "
    "VALUES ('anna', 'Anna', 'admin', '[]', '[]', '[]', false, :then)",
    "clients (created_at) VALUES (:then), (:then)",
    "identities (client_id, channel, external_id, thread, subscribed, surveyed, reachable, created_at) VALUES "
    "(1, 'email', :mail, :thread, true, true, true, :then), (2, 'whatsapp', :phone, NULL, true, true, true, :then)",
    *(f"conversations (identity_id, client_id, channel, state, version, language, priority, dialogue, told_waiting, "
      f"created_at, updated_at, operator_seen_seq, last_seq, clarifications, repeats, client_delivered_seq, "
      f"client_seen_seq, staff_seen_seq) VALUES ({n}, {n}, '{channel}', 'bot', 0, 'ru', 'normal', {dialogue}, false, "
      ":then, :then, 0, 1, 0, 0, 0, 0, 0)" for n, channel, dialogue in ((1, "email", "NULL"),
                                                                        (2, "whatsapp", ":dialogue"))),
    "messages (conversation_id, seq, channel, external_id, author, text, text_hash, created_at) "
    "VALUES (1, 1, 'email', 'm1', 'client', :written, :hash, :then), (2, 1, 'whatsapp', :wamid, 'bot', :account, 'x', "
    ":then)",
    "handoffs (conversation_id, department, priority, reason, summary, created_at, told_return) VALUES "
    "(1, 'cards', 'normal', 'asked_for_person', :view, :then, false)",
    "staff_notes (conversation_id, seq, key, staff_id, author, text, created_at) "
    "VALUES (1, 1, 'k', 1, 'Anna', :mail, :then)",
    "search_texts (conversation_id, message_id, stems) VALUES (1, 1, 'мо номер 8 913 555 01 01 карт')",
    "search_texts (conversation_id, note_id, stems) VALUES (1, 1, 'ivan petrov mail example')",
    "files (key, channel, owner, name, media_type, size, sha256, created_at) VALUES "
    "('f', 'whatsapp', :phone, 'x', 'x', 1, 'x', :then)",
    "restrictions (scope, subject, level, signal, signals, since, until) VALUES "
    "('identity', 'whatsapp/79135550101', 'silent', 'flood', 3, :then, :later)",
    "arrivals (channel, external_id, client_external_id, album, has_files, state, due_at, attempts, created_at) "
    "VALUES ('whatsapp', 'a1', :phone, '79135550101/5', true, 'waiting', :then, 0, :then), "
    "('whatsapp', 'a2', :phone, '79135550101/5', true, 'waiting', :then, 0, :then)",
    "outbox (message_id, part, conversation_id, channel, state, due_at, attempts, error) VALUES "
    "(2, 0, 2, 'whatsapp', 'failed', :then, 1, 'the recipient was refused: 79135550101')",
    "early_reports (channel, platform_id, state, error, created_at) VALUES ('email', 'p', 'failed', :mail, :then)",
    "saved_views (staff_id, name, search, updated_at) VALUES (1, 'x', :view, :then)",
    "demo_bank_clients (id, name, email, phone, contract, language) VALUES ('c', 'x', :mail, :phone, :account, 'ru')",
    "demo_bank_accounts (id, client_id, number, kind, currency, balance, held, place) "
    "VALUES ('a', 'c', :account, 'x', 'RUB', 0, 0, 0)",
)  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the version before, with what a working service had in it."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'old.db'}" if sqlite else empty_postgresql_url("sealing")
    opened = Database(url, ring=KeyRing(["a key of thirty-two letters, at least"]))
    go(opened, "0018")
    values = {
        "then": THEN, "later": "2027-01-02 03:04:05+00:00", "mail": MAIL, "phone": PHONE, "account": ACCOUNT,
        "written": WRITTEN, "hash": messages.hash_text(WRITTEN), "dialogue": json.dumps(DIALOGUE),
        "thread": f"about {MAIL}", "view": json.dumps({"text": PHONE}), "wamid": WAMID,
    }  # fmt: skip
    with opened.write() as connection:
        for row in ROWS:
            connection.execute(text(f"INSERT INTO {row}"), values)
    yield opened
    opened.close()


def go(database: Database, to: str, *, down: bool = False) -> None:
    """Migrate to a version."""
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    with database.rebuild() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)


def in_the_open(connection: Connection) -> set[tuple[str, str]]:
    """Where what identifies a client can be read by whoever has the database alone."""
    found = set()
    for name in inspect(connection).get_table_names():
        for row in connection.execute(text(f'SELECT * FROM "{name}"')):
            for column, value in row._mapping.items():
                said = value.decode("utf-8", "ignore") if isinstance(value, bytes | memoryview) else str(value)
                found |= {(f"{name}.{column}", each) for each in IN_THE_OPEN if each in said}
    return found


def test_nothing_lies_open_afterwards_and_all_of_it_is_read_and_found(database: Database) -> None:
    migrate(database)
    with database.read() as connection:
        assert in_the_open(connection) == set()
        assert clients.find_by_identity(connection, "email", MAIL) == 1
        assert clients.find_by_identity(connection, "email", PHONE) is None
        found = conversations.find(connection, "whatsapp", PHONE, ChannelKind.MESSENGER)
        assert found is not None
        assert (found.id, found.external_id) == (2, PHONE)
        assert found.dialogue is not None
        assert found.dialogue.data["words"] == WRITTEN
        assert messages.find_recorded(connection, "whatsapp", known_as(WAMID)) is not None
        recorded = messages.find_recorded(connection, "email", "m1")
        assert recorded is not None
        assert recorded[0].text == WRITTEN
        assert messages.is_same_text(connection, recorded[1], WRITTEN)
        assert connection.execute(select(StaffNoteRow.text)).scalar_one() == MAIL
        assert connection.execute(select(SavedViewRow.search)).scalar_one() == {"text": PHONE}
        assert connection.execute(select(FileRow.owner)).scalar_one() == PHONE
        assert files.count_waiting(connection, "whatsapp", PHONE) == 1
        assert outbox.errors_of(connection, [2]) == {2: "the recipient was refused: 79135550101"}
        then = datetime.fromisoformat(THEN)
        assert restrictions.stands(connection, Scope.IDENTITY, f"whatsapp/{PHONE}", Level.SILENT, then)
        assert [each.conversation_id for each in restrictions.recent(connection, 5)] == [2]
        albums = connection.execute(select(table(ArrivalRow).c.album_index)).scalars().all()
        assert len(set(albums)) == 1
        for asked in ("+7 913 555-01-01", "89135550101", "9135550101", MAIL.upper(), "номер"):
            page = search.find(connection, ANNA, Search(text=asked), None, 10)
            assert [each.conversation_id for each in page.conversations] == [1], asked
        assert not search.find(connection, ANNA, Search(text="+7 913 555-01-02"), None, 10).conversations
    with database.write() as connection:
        (first,) = claim(connection, datetime.fromisoformat(THEN), 5)
        assert first.external_id == "a1"
    assert database.ring is not None
    made = database.ring.lasting.pop(INDEX_KEY)
    open_keys(database)
    assert database.ring.lasting[INDEX_KEY] == made, "the service goes on with the key that was made on the way"


def test_stopped_half_way_it_leaves_all_as_it_was_and_is_done_the_next_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = KeyRing.seal, [0]

    def fail(self: KeyRing, value: str, purpose: str) -> str:
        done[0] += 1
        if done[0] == 6:
            raise KeyboardInterrupt
        return real(self, value, purpose)

    with database.read() as connection:
        before = in_the_open(connection)
    with monkeypatch.context() as patched:
        patched.setattr(KeyRing, "seal", fail)
        with pytest.raises(KeyboardInterrupt):
            migrate(database)
    assert database.ring is not None
    database.ring.lasting.clear()  # the next try is another process
    with database.read() as connection:
        assert in_the_open(connection) == before
    migrate(database)
    check_current(database)
    with database.read() as connection:
        assert in_the_open(connection) == set()
        assert clients.find_by_identity(connection, "email", MAIL) == 1


def test_on_the_way_back_it_is_opened_again_and_can_be_sealed_anew(database: Database) -> None:
    migrate(database)
    go(database, "0018", down=True)
    with database.read() as connection:
        rows = connection.execute(text("SELECT external_id FROM identities ORDER BY id")).scalars()
        assert list(rows) == [MAIL, PHONE]
        query = text("SELECT text, text_hash FROM messages ORDER BY id")
        assert connection.execute(query).first() == (WRITTEN, messages.hash_text(WRITTEN))
        kept: Any = connection.execute(text("SELECT dialogue FROM conversations WHERE id = 2")).scalar_one()
        assert (json.loads(kept) if isinstance(kept, str) else kept) == DIALOGUE
    migrate(database)
    with database.read() as connection:
        assert in_the_open(connection) == set()
        assert connection.execute(select(MessageRow.text).order_by(MessageRow.id)).scalars().all() == [WRITTEN, ACCOUNT]


def test_a_filled_database_is_not_migrated_without_its_keys(database: Database) -> None:
    bare = Database(database.url.render_as_string(hide_password=False))
    with pytest.raises(SetupError, match="without its data keys"):
        migrate(bare)
    bare.close()
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0018"
