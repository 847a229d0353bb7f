"""The keys that personal data is encrypted with: read at the start, kept outside the database, rotated."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
    update,
)

from service.errors import SetupError
from service.settings import Settings
from service.storage import audit_chain, lasting_keys, records
from service.storage.database import Database
from service.storage.sealed import AUDIT_KEY, LASTING, PREFIX, KeyRing, Sealed, SealedJson, ring_of
from service.storage.tables import Base

FILE = "data_keys"
SHORTEST_KEY = 32
AT_ONCE = 200
SEALED_NOTES = (*lasting_keys.NOTES, audit_chain.UNSEALED_UP_TO, records.SIGNING_KEY)


def new_key() -> str:
    """A key worth having: 256 random bits."""
    return secrets.token_urlsafe(32)


def read_ring(settings: Settings) -> KeyRing:
    """The keys of OTKLIK_DATA_KEYS, or of the file `data_keys` in the service's folder, which is made when missing.

    SetupError when a key is too short or the file can't be read or made.
    """
    listed = [each.strip() for each in settings.data_keys.split(",") if each.strip()]
    keys = listed or _keys_of_file(settings.var_dir / FILE)
    for key in keys:
        if len(key) < SHORTEST_KEY:
            raise SetupError(
                f"a data key has {len(key)} characters, at least {SHORTEST_KEY} are needed; "
                "make one: otklik privacy new-key"
            )
    return KeyRing(keys)


def _keys_of_file(path: Path) -> list[str]:
    try:
        if not path.exists():
            _make_file(path)
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"the data keys in {path} can't be read: {error}") from error
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise SetupError(f"{path} has no key; restore it from a copy, or set OTKLIK_DATA_KEYS")
    return keys


def _make_file(path: Path) -> None:
    """Whole or not at all, and once: of two processes that start together both use the first one's key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write("# What e-mail, telephone and account numbers are encrypted with. Without it they are lost: keep a\n")
        out.write("# copy of it, apart from the copies of the database. The first key is the current one.\n")
        out.write(f"{new_key()}\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def open_keys(database: Database) -> None:
    """Open the keys that outlive rotation, making them the first time.

    SetupError when the ring is not the one that this database was sealed with: better not to start than to find out
    at the first client.
    """
    ring = database.ring
    if ring is None or set(ring.lasting) == set(LASTING):
        return
    with database.read() as connection:
        missing = [name for name in LASTING if not lasting_keys.find_key(connection, ring, name)]
    for name in missing:
        with database.write() as connection:
            if lasting_keys.make_key(connection, ring, name) and name == AUDIT_KEY:
                audit_chain.remember_unsealed(connection)


def sealed_columns() -> list[tuple[Table, "Column[str]"]]:
    """Every column of the database that is kept encrypted."""
    return [
        (table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed | SealedJson)
    ]


def count_old(database: Database) -> int:
    """How many values are sealed with another key than the current one."""
    with database.read() as connection:
        current = f"{PREFIX}:{ring_of(connection).current}:"
        values = sum(
            connection.execute(select(func.count()).where(_is_old(column, current))).scalar_one()
            for _, column in sealed_columns()
        )
        return values + sum(not _note_is_current(connection, key) for key in SEALED_NOTES)


def rotate(database: Database, on_progress: Callable[[int], None]) -> int:
    """Seal everything anew with the current key, a batch a transaction; returns how many values.

    The service may run meanwhile, if its ring has the new key already. Stopped half-way it goes on the next time.
    """
    done = 0
    for table, column in sealed_columns():
        for count in _rotate_column(database, table, column):
            done += count
            on_progress(count)
    with database.write() as connection:
        for key in SEALED_NOTES:
            if not _note_is_current(connection, key):
                ring = ring_of(connection)
                kept = records.get_note(connection, key) or ""
                records.set_note(connection, key, ring.seal(ring.unseal(kept, key), key))
                done += 1
                on_progress(1)
    return done


def _rotate_column(database: Database, table: Table, column: "Column[str]") -> Iterator[int]:
    ring = database.ring
    assert ring is not None  # noqa: S101 - count_old and open_keys came before
    purpose = column.type.purpose  # type: ignore[attr-defined]
    keys = list(table.primary_key.columns)
    raw = type_coerce(column, Text)
    last: tuple[object, ...] | None = None
    while True:
        with database.write() as connection:
            query = select(*keys, raw.label("raw")).where(_is_old(column, f"{PREFIX}:{ring.current}:"))
            if last is not None:
                query = query.where(tuple_(*keys) > tuple_(*(literal(each) for each in last)))
            rows = connection.execute(query.order_by(*keys).limit(AT_ONCE)).all()
            for row in rows:
                same = and_(*(key == value for key, value in zip(keys, row[:-1], strict=True)), raw == row.raw)
                fresh = ring.seal(ring.unseal(row.raw, purpose), purpose)
                connection.execute(update(table).where(same).values({column: literal(fresh, Text)}))
        if not rows:
            return
        last = tuple(rows[-1][:-1])
        yield len(rows)


def _is_old(column: "Column[str]", current: str) -> ColumnElement[bool]:
    return and_(column.is_not(None), type_coerce(column, Text).not_like(f"{current}%"))


def _note_is_current(connection: Connection, key: str) -> bool:
    kept = records.get_note(connection, key)
    return kept is None or ring_of(connection).is_current(kept)
