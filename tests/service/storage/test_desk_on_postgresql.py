"""What the console needs of the database, on a real PostgreSQL."""

import pytest

from tests.service.databases import postgresql_url
from tests.service.storage.desk_contract import DeskContract

pytestmark = pytest.mark.slow


class TestDeskOnPostgresql(DeskContract):
    """One database, emptied before each test."""

    @pytest.fixture
    def url(self) -> str:
        """The database of this run."""
        return postgresql_url()
