"""Small writings that come at the same moment share a commit, and each of them is all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, get_ident

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.errors import StorageUnavailable
from service.storage import records
from service.storage.database import Database
from service.storage.gathering import Gathering
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.threads import at_once, raised, unexpected, wait_until


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database."""
    opened = Database(sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url())
    yield opened
    opened.close()


def kept(database: Database, key: str) -> str | None:
    """What is kept under a key."""
    with database.read() as connection:
        return records.get_note(connection, key)


def test_what_many_write_at_once_is_all_there(database: Database) -> None:
    def write(number: int) -> None:
        database.write_together(lambda connection: records.set_note(connection, f"k{number}", str(number)))

    assert at_once(*[lambda n=n: write(n) for n in range(12)]) == [None] * 12
    assert [kept(database, f"k{n}") for n in range(12)] == [str(n) for n in range(12)]


def test_one_that_fails_takes_no_other_with_it_and_leaves_nothing(database: Database) -> None:
    def write(number: int) -> None:
        def work(connection: Connection) -> None:
            records.set_note(connection, f"k{number}", "half")
            if number == 3:
                raise LookupError("no")

        database.write_together(work)

    results = at_once(*[lambda n=n: write(n) for n in range(6)])
    assert [str(each) for each in results if each is not None] == ["no"]
    assert [kept(database, f"k{n}") for n in range(6)] == ["half"] * 3 + [None] + ["half"] * 2


def test_those_who_come_while_one_commits_share_the_next_commit_or_its_failure(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    begun: list[int] = []
    slow, go_on = Event(), Event()

    @contextmanager
    def begin() -> Iterator[Connection]:
        begun.append(1)
        with database.write() as connection:
            yield connection
        if len(begun) == 3:
            raise StorageUnavailable("the disk is full")

    def first(_connection: Connection) -> None:
        slow.set()
        go_on.wait(20)

    gathering = Gathering(begin, most=4)

    def later(number: int) -> None:
        slow.wait(20)
        gathering.write(lambda connection: records.set_note(connection, f"k{number}", "here"))

    def release() -> None:
        wait_until(lambda: len(gathering._together._waiting) == 6, "the others have come")
        go_on.set()

    results = at_once(lambda: gathering.write(first), *[lambda n=n: later(n) for n in range(6)], release)
    assert len(begun) == 3, "the first, four of the others, and the rest"
    assert len(raised(results, StorageUnavailable)) == 2
    database.close()


class KnownLock:
    """A lock that knows who has come to it."""

    def __init__(self) -> None:
        self._lock, self.came = Lock(), set[int]()

    def __enter__(self) -> None:
        self.came.add(get_ident())
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_the_urgent_do_not_wait_behind_those_in_the_queue(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    lock = database._writing = KnownLock()  # type: ignore[assignment]
    order: list[str] = []
    inside, go_on = Event(), Event()

    def holder() -> None:
        with database.write():
            inside.set()
            go_on.wait(20)

    def write(name: str, urgent: bool) -> None:
        inside.wait(20)
        with database.write(urgent=urgent):
            order.append(name)

    def release() -> None:
        wait_until(lambda: len(lock.came) == 2, "the urgent one is at the lock that the holder has")
        go_on.set()

    plain = [lambda n=n: write(f"plain {n}", False) for n in range(4)]
    assert not unexpected(at_once(holder, *plain, lambda: write("urgent", True), release))
    assert order.index("urgent") <= 1, "at most the first of the queue was before it"
    database.close()


def test_a_database_that_fails_within_a_piece_is_told_as_such(database: Database) -> None:
    def work(_connection: Connection) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with pytest.raises(StorageUnavailable, match="disk is full"):
        database.write_together(work)
