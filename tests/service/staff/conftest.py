"""An office without a model, on SQLite and on PostgreSQL, for everything about the people who work there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.domain.intents import Priority
from service.domain.staff import Role, StaffMember
from service.office import Office, open_office
from service.settings import Settings
from service.storage import staff
from service.vault import hash_password
from tests.service.conftest import Clock
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.storage.contract import put_in_queue

PASSWORD = "correct horse battery"
HOME = "192.0.2.7"
Hire = Callable[..., StaffMember]
Queue = Callable[..., int]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database."""
    return sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()


@pytest.fixture
def office(url: str, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    """The service without understanding: it opens in a moment."""
    opened = open_office(Settings(var_dir=tmp_path, database_url=url), clock=clock, reads=False)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def hashed() -> str:
    """The hash of PASSWORD, made once."""
    return hash_password(PASSWORD)


@pytest.fixture
def hire(office: Office, hashed: str) -> Hire:
    """Somebody new with PASSWORD."""

    def make(login: str, *departments: str, role: Role = Role.OPERATOR, **more: object) -> StaffMember:
        values = {"password_hash": hashed, "password_changed_at": office.clock()} | more
        with office.database.write() as connection:
            return staff.insert(connection, login, login.capitalize(), role, departments, office.clock(), **values)

    return make


@pytest.fixture
def admin(hire: Hire) -> StaffMember:
    """An administrator."""
    return hire("root", role=Role.ADMIN)


@pytest.fixture
def queue_up(office: Office) -> Queue:
    """A client who waits for a person of a department since so many minutes."""

    def make(department: str = "cards", minutes: int = 0, priority: Priority = Priority.NORMAL) -> int:
        with office.database.write() as connection:
            return put_in_queue(connection, department, priority, minutes)

    return make
