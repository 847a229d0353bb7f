"""The contract of suggestions on SQLite and on a real PostgreSQL."""

from pathlib import Path

import pytest

from tests.service.databases import postgresql_url, sqlite_url
from tests.service.storage.suggestions_contract import SuggestionsContract


class TestOnSqlite(SuggestionsContract):
    """One file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A fresh file."""
        return sqlite_url(tmp_path)


@pytest.mark.slow
class TestOnPostgresql(SuggestionsContract):
    """One database, emptied before each test."""

    @pytest.fixture
    def url(self) -> str:
        """The database of this run."""
        return postgresql_url()
