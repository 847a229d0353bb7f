"""A database that is locked, read-only, full, away or too old: a clear error, nothing half-written, nothing lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import event, func, select
from starlette.testclient import TestClient

from service import desk
from service.app import create_app
from service.domain.messages import InboundMessage
from service.errors import SetupError, StorageUnavailable
from service.inbox import Status, handle_message
from service.model_shelf import Model
from service.office import Office, open_office
from service.settings import Settings
from service.storage import conversations
from service.storage.database import Database
from service.storage.migrate import check_current, migrate
from service.storage.tables import Base
from service.worker import answer_bursts, work_once
from tests.service.databases import empty_postgresql_url, sqlite_url
from tests.service.problem_details import is_problem
from tests.service.small_office import CASH, OPERATOR, PIN, hire, open_small_office
from tests.service.threads import at_once

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def office(tmp_path: Path, clock: Any, model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A small office that does not wait for a locked database."""
    monkeypatch.setattr("service.storage.database.BUSY_TIMEOUT_SECONDS", 0)
    sqlite_url(tmp_path)
    opened = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING"), clock, model)
    yield opened
    opened.close()


def file_of(office: Office) -> str:
    """The path of the database."""
    return str(office.database.url.database)


def rows(office: Office) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(file_of(office))) as plain:
        names = [each.name for each in Base.metadata.sorted_tables]
        return {name: plain.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another program writes and does not finish."""
    with closing(sqlite3.connect(file_of(office), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(office: Office) -> Iterator[None]:
    """Every connection may read only, as on a disk that was mounted so."""
    yield from _with_pragma(office, "query_only = ON")


@contextmanager
def full(office: Office) -> Iterator[None]:
    """The file may not grow by a single page, as on a full disk."""
    yield from _with_pragma(office, "max_page_count = 1")  # SQLite takes the present size when that is more


def _with_pragma(office: Office, pragma: str) -> Iterator[None]:
    def on_connect(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    office.database.engine.dispose()
    event.listen(office.database.engine, "connect", on_connect)
    yield
    event.remove(office.database.engine, "connect", on_connect)
    office.database.engine.dispose()


FAULTS: dict[str, Callable[[Office], Any]] = {"locked": locked, "read-only": read_only, "full": full}


def long_message(key: str) -> InboundMessage:
    """A new client's message, large enough to need new pages of the file soon."""
    return InboundMessage("web", key, f"client {key}", "как снять наличные? " * 150, CASH, "ru")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_message_that_can_not_be_stored_is_refused_whole_and_taken_when_sent_again(
    office: Office, fault: str
) -> None:
    stored = 0
    refusal: StorageUnavailable | None = None
    with FAULTS[fault](office):
        while refusal is None and stored < 400:  # a full disk still has some room in its last pages
            try:
                handle_message(long_message(str(stored)), office)
                stored += 1
            except StorageUnavailable as error:
                refusal = error
    assert refusal is not None
    assert "database" in refusal.detail
    assert stored == 0 or fault == "full"
    whole = {message: rows(office)[message] for message in ("messages", "conversations", "clients")}
    assert whole == {"messages": 2 * stored, "conversations": stored, "clients": stored}
    assert handle_message(long_message(str(stored)), office).status is Status.RECORDED
    assert handle_message(long_message("0"), office).status is Status.DUPLICATE


@pytest.mark.parametrize("fault", FAULTS)
def test_over_http_it_is_a_503_that_says_to_come_back_and_the_same_id_is_taken_then(office: Office, fault: str) -> None:
    with TestClient(create_app(office, with_worker=False), raise_server_exceptions=False) as http:
        session = http.post("/chat/v1/sessions", json={"language": "ru"}).json()
        headers = {"Authorization": f"Bearer {session['token']}"}
        refused: dict[str, Any] = {}
        with FAULTS[fault](office):
            for _ in range(40):
                refused = {"id": str(uuid4()), "text": "как снять наличные? " * 150, "button": CASH}
                answer = http.post("/chat/v1/messages", json=refused, headers=headers)
                if answer.status_code != httpx.codes.ACCEPTED:
                    break
            is_problem(answer, 503, "storage_unavailable")
            assert int(answer.headers["retry-after"]) >= 1
            assert http.get("/health/live").status_code == httpx.codes.OK
        again = http.post("/chat/v1/messages", json=refused, headers=headers)
        assert again.status_code == httpx.codes.ACCEPTED
        assert http.get("/health/ready").json()["database"] == "ok"


@pytest.mark.parametrize("fault", ["locked", "read-only"])
def test_readiness_says_that_the_database_can_not_be_written(office: Office, fault: str) -> None:
    with TestClient(create_app(office, with_worker=False), raise_server_exceptions=False) as http:
        with FAULTS[fault](office):
            answer = http.get("/health/ready")
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert answer.json()["database"] != "ok"
        assert http.get("/health/ready").status_code == httpx.codes.OK


@pytest.mark.parametrize("fault", ["locked", "read-only"])
def test_history_can_be_read_while_nothing_can_be_written(office: Office, fault: str) -> None:
    """Reading marks messages as delivered; that mark is no reason to keep a client from what was said."""
    with TestClient(create_app(office, with_worker=False), raise_server_exceptions=False) as http:
        session = http.post("/chat/v1/sessions", json={"language": "ru"}).json()
        headers = {"Authorization": f"Bearer {session['token']}"}
        body = {"id": str(uuid4()), "text": "Наличные", "button": CASH}
        assert http.post("/chat/v1/messages", json=body, headers=headers).status_code == httpx.codes.ACCEPTED
        with FAULTS[fault](office):
            answer = http.get("/chat/v1/messages", headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert len(answer.json()["messages"]) == 2


@pytest.mark.parametrize("fault", ["locked", "read-only"])
def test_what_staff_do_is_refused_whole(office: Office, fault: str) -> None:
    anna, _ = hire(office, "anna")
    message = InboundMessage("web", "1", "client", "Оператор", OPERATOR, "ru")
    conversation_id = handle_message(message, office).message.conversation_id
    before = rows(office)
    with FAULTS[fault](office), pytest.raises(StorageUnavailable):
        desk.take(conversation_id, anna, office)
    assert rows(office) == before
    assert desk.take(conversation_id, anna, office).state == "operator"


@pytest.mark.parametrize("fault", ["locked", "read-only"])
def test_the_worker_survives_and_answers_the_burst_later(office: Office, fault: str, clock: Any) -> None:
    handle_message(InboundMessage("web", "1", "client", "у меня тут такой вопрос,", None, "ru"), office)
    clock.move(seconds=10)
    with FAULTS[fault](office):
        work_once(office)
    assert rows(office)["messages"] == 1
    assert answer_bursts(office) == 1
    assert rows(office)["messages"] == 2


def test_messages_that_wait_for_another_programs_write_are_all_stored(tmp_path: Path, clock: Any, model: Model) -> None:
    sqlite_url(tmp_path)
    office = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING"), clock, model)
    with closing(sqlite3.connect(file_of(office), isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        def finish() -> None:
            other.execute("COMMIT")

        works = [
            lambda n=n: handle_message(InboundMessage("web", str(n), f"client {n}", "ПИН", PIN, "ru"), office)
            for n in range(3)
        ]
        results = at_once(*works, finish)
    assert [each.status for each in results[:3]] == [Status.RECORDED] * 3
    office.close()


def test_a_transaction_that_fails_at_its_commit_is_an_error_and_not_a_loss(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_dialect: Any, _connection: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    message = InboundMessage("web", "1", "client", "ПИН", PIN, "ru")
    with monkeypatch.context() as patched:
        patched.setattr(type(office.database.engine.dialect), "do_commit", fail)
        with pytest.raises((StorageUnavailable, sqlite3.OperationalError)):
            handle_message(message, office)
    office.database.engine.dispose()
    assert rows(office)["messages"] == 0
    assert handle_message(message, office).status is Status.RECORDED


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach; pytest's own are closed to all but us."""
    with tempfile.TemporaryDirectory(prefix="otklik-folder-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def without_rights() -> Iterator[None]:
    """As an ordinary user: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_can_not_be_written_is_named_before_anything_starts(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with without_rights():
        with pytest.raises(SetupError, match="OTKLIK_VAR_DIR"):
            Database(f"sqlite:///{open_folder / 'new' / 'otklik.db'}")
        database = Database(f"sqlite:///{open_folder / 'otklik.db'}")
        with pytest.raises(StorageUnavailable, match="database"):
            migrate(database)
        database.close()
    open_folder.chmod(0o755)


def test_a_database_file_that_may_only_be_read_is_said_so_and_stays_as_it_was(open_folder: Path) -> None:
    url = sqlite_url(open_folder)
    file = open_folder / "otklik.db"
    before = file.read_bytes()
    file.chmod(0o444)
    open_folder.chmod(0o555)
    with without_rights():
        database = Database(url)
        with pytest.raises(StorageUnavailable), database.write() as connection:
            conversations.set_subscribed(connection, 1, False)
        database.close()
    open_folder.chmod(0o755)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "otklik.db").write_bytes(b"this is a letter to the bank, not a database" * 100)
    database = Database(f"sqlite:///{tmp_path / 'otklik.db'}")
    with pytest.raises((StorageUnavailable, SetupError), match="not a database"):
        check_current(database)
    database.close()


# --- migrations


def test_without_migrations_the_service_does_not_start_and_says_what_to_run(tmp_path: Path, model: Model) -> None:
    with pytest.raises(SetupError, match="otklik migrate"):
        open_office(Settings(var_dir=tmp_path), model=model)


def test_a_database_of_another_version_is_not_touched(tmp_path: Path, model: Model) -> None:
    sqlite_url(tmp_path)
    with closing(sqlite3.connect(tmp_path / "otklik.db")) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    with pytest.raises(SetupError, match="9999"):
        open_office(Settings(var_dir=tmp_path), model=model)


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    real, made = Operations.create_table, [0]

    def fail_at_the_fifth(self: Any, *args: Any, **fields: Any) -> Any:
        made[0] += 1
        if made[0] == 5:
            raise RuntimeError("the lights went out")
        return real(self, *args, **fields)

    database = Database(f"sqlite:///{tmp_path / 'otklik.db'}")
    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_table", fail_at_the_fifth)
        with pytest.raises(RuntimeError):
            migrate(database)
    with closing(sqlite3.connect(tmp_path / "otklik.db")) as plain:
        assert plain.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (0,)
    migrate(database)
    check_current(database)
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_processes_that_migrate_at_once_leave_one_good_database(tmp_path: Path, engine: str) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}" if engine == "sqlite" else empty_postgresql_url("migrated_twice")
    code = "import sys; from service.storage import database, migrate; migrate.migrate(database.Database(sys.argv[1]))"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert 0 in [status for _, status in ends], ends
    database = Database(url)
    check_current(database)
    assert migrate(database)[0] is not None
    database.close()


def test_an_unknown_table_of_somebody_else_harms_nobody(office: Office) -> None:
    with closing(sqlite3.connect(file_of(office))) as plain:
        plain.execute("CREATE TABLE reports (id INTEGER)")
        plain.commit()
    check_current(office.database)
    with office.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Base.metadata.tables["messages"])).scalar_one() == 0
