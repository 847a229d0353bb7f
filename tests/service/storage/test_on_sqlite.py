"""The storage contract on SQLite, and what is SQLite's own."""

from pathlib import Path

import pytest

from service.errors import SetupError
from service.storage.database import Database
from tests.service.databases import sqlite_url
from tests.service.storage.contract import StorageContract


class TestOnSqlite(StorageContract):
    """One file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A fresh file."""
        return sqlite_url(tmp_path)

    def test_it_writes_ahead_and_checks_foreign_keys(self, database: Database) -> None:
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_because_it_loses_messages(url: str) -> None:
    with pytest.raises(SetupError, match="in-memory"):
        Database(url)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="OTKLIK_VAR_DIR"):
        Database(f"sqlite:///{tmp_path / 'file' / 'var' / 'otklik.db'}")
