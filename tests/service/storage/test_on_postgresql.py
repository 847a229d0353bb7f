"""The storage contract on a real PostgreSQL."""

import pytest

from tests.service.databases import postgresql_url
from tests.service.storage.contract import StorageContract

pytestmark = pytest.mark.slow


class TestOnPostgresql(StorageContract):
    """One database, emptied before each test."""

    @pytest.fixture
    def url(self) -> str:
        """The database of this run."""
        return postgresql_url()
