"""What the console needs of the database, on SQLite; and the plan of the list's query."""

from pathlib import Path

import pytest
from alembic import command

from service.domain.console import InboxFilters
from service.domain.waiting import Ageing
from service.storage import inbox
from service.storage.database import Database
from service.storage.migrate import _config, check_current
from service.storage.staff import Role, StaffMember
from tests.service.databases import open_ring, sqlite_url
from tests.service.storage.contract import NOON
from tests.service.storage.desk_contract import DeskContract

EVERYBODY = StaffMember(1, "anna", "Anna", Role.OPERATOR, ())


class TestDeskOnSqlite(DeskContract):
    """One file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A fresh file."""
        return sqlite_url(tmp_path)

    @pytest.mark.parametrize("departments", [(), ("cards", "loans")])
    def test_a_page_of_the_list_is_chosen_from_the_index_alone(
        self, database: Database, departments: tuple[str, ...]
    ) -> None:
        who = StaffMember(1, "anna", "Anna", Role.OPERATOR, departments)
        ageing = Ageing(NOON, 30)
        query = inbox.order(who, InboxFilters(), inbox.Cursor(1, NOON, 7, NOON), 51, ageing)
        written = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
        with database.read() as connection:
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}"))
        assert "COVERING INDEX conversations_waiting" in plan
        assert "SCAN" not in plan


def test_the_step_can_be_taken_back_and_forth(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path), ring=open_ring())
    for way, version in ((command.downgrade, "0002"), (command.upgrade, "head")):
        with database.write() as connection:
            config = _config()
            config.attributes["connection"] = connection
            way(config, version)
    check_current(database)
    database.close()
