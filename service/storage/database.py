"""The database and its transactions: read snapshots, and one writer at a time where the engine wants it so."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.errors import SetupError, StorageUnavailable, SupportError
from service.storage.columns import read_json, write_json
from service.storage.gathering import Gathering
from service.storage.sealed import KeyRing, use_ring

BUSY_TIMEOUT_SECONDS = 5
CACHE_KB = 512
"""Of each SQLite connection; there are dozens, and the system keeps the file in memory anyway."""
_WRITES = "otklik_writes"


class Database:
    """One SQLite file or PostgreSQL database.

    `read()` gives a consistent snapshot, `write()` a transaction that commits at the end of its block. SQLite takes
    one writer at a time: writers of this process queue on a lock (fair and without busy-waiting), writers of other
    processes on SQLite's own lock for at most five seconds. `write(urgent=True)` waits for the writer at work and not
    for those in the queue, `write_together` shares one commit as well. Failures of the database itself (locked,
    read-only, disk full, gone) become StorageUnavailable: nothing was stored and the same call may be repeated.
    """

    def __init__(
        self, url: str, *, connections: int = 16, synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
        ring: KeyRing | None = None,
    ) -> None:  # fmt: skip
        """`ring`: the keys of what is kept encrypted; without it such columns can be neither written nor read."""
        self.url = make_url(url)
        self.ring = ring
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = threading.Lock() if self.is_sqlite else None
        self._queue = threading.Lock()
        self._together = Gathering(partial(self.write, urgent=True))
        if self.is_sqlite:
            self._prepare_folder()
        self.engine = create_engine(
            self.url, pool_size=connections, max_overflow=connections, pool_pre_ping=not self.is_sqlite,
            json_serializer=write_json, json_deserializer=read_json,
        )  # fmt: skip
        # On PostgreSQL each statement would see the newest commits by default, and two reads could disagree.
        self._reading = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        if ring is not None:
            use_ring(self.engine, ring)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _sqlite_settings(synchronous))
            event.listen(self.engine, "begin", _begin_sqlite)

    def _prepare_folder(self) -> None:
        if self.url.database in (None, "", ":memory:"):
            raise SetupError("an in-memory database loses every message; give a file: sqlite:///var/otklik.db")
        folder = Path(str(self.url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"the database folder {folder} can't be made: {error.strerror}; check OTKLIK_VAR_DIR"
            ) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; nothing done with it is kept."""
        with _translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """A transaction: all of the block or none of it. `urgent`: before the others of this process who wait."""
        if self._writing is None:
            with _translated(), self.engine.begin() as connection:
                yield connection
            return
        # Of those who are not urgent only the first of the queue competes for the lock.
        queue = nullcontext() if urgent else self._queue
        with queue, self._writing, _translated(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def write_together(self, work: Callable[[Connection], None]) -> None:
        """Something small that must not wait, in a transaction shared with others who come at the same moment.

        Returns when it is committed. PostgreSQL gathers commits itself, so there it is a transaction of its own: two
        processes that wrote the same rows in another order would wait for each other.
        """
        if self._writing is None:
            with self.write() as connection:
                work(connection)
        else:
            with _translated():
                self._together.write(work)

    def reopen(self) -> None:
        """After a fork: forget the connections of the other process without touching them."""
        self.engine.dispose(close=False)
        if self._writing is not None:
            self._writing, self._queue = threading.Lock(), threading.Lock()
            self._together = Gathering(partial(self.write, urgent=True))

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """A write transaction that may rebuild tables, for migrations.

        SQLite changes a table by copying it, and would take the rows that point to the old one for orphans: its
        checks are off meanwhile and made once at the end. IntegrityError names the table when one fails.
        """
        if not self.is_sqlite or self._writing is None:
            with self.write() as connection:
                yield connection
            return
        with self._writing, _translated(), self.engine.connect() as plain:
            driver = plain.connection.driver_connection
            assert driver is not None  # noqa: S101 - it was just opened
            driver.execute("PRAGMA foreign_keys=OFF")  # does nothing once a transaction has begun
            try:
                connection = plain.execution_options(**{_WRITES: True})
                with connection.begin():
                    yield connection
                    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    if orphan is not None:
                        raise IntegrityError(None, None, ValueError(f"rows of {orphan[0]} point to nothing"))
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    def flush(self) -> None:
        """Take what SQLite has deleted out of its journal too, as far as others who read allow; never raises."""
        if self.is_sqlite:
            with suppress(DBAPIError), self.engine.connect() as connection:
                driver = connection.connection.driver_connection
                if driver is not None:
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise StorageUnavailable(f"the database can't be used now ({_short(error)}); try again in a moment") from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its subclasses are about statements, it itself about the file
            raise
        raise StorageUnavailable(f"the database can't be read ({_short(error)}); restore it from a copy") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise StorageUnavailable(f"the connection to the database was lost ({_short(error)})") from error
    except StatementError as error:
        if isinstance(error.orig, SupportError):  # a column's own type has refused the value, and says why
            raise error.orig from error
        raise


def _short(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0][:200]


def _sqlite_settings(synchronous: str) -> Any:
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun by us, in _begin_sqlite
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten
            f"cache_size=-{CACHE_KB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return on_connect


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could fail half-way on a busy database; IMMEDIATE can't.
    writes = connection.get_execution_options().get(_WRITES, False)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - it is open
    try:
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # straight: every message pays for two of these
    except sqlite3.Error as error:
        raise OperationalError("BEGIN", None, error) from error
