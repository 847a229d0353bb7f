"""What is sealed can be read by whoever has the key, and by nobody else; it is found again by a keyed hash."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text

from service.errors import SetupError
from service.storage.database import Database
from service.storage.sealed import AUDIT_KEY, INDEX_KEY, BlindIndex, KeyRing, Sealed
from tests.service.databases import empty_postgresql_url, open_ring

OLD, NEW, OTHER = ("the first key of this test, long enough", "the second key of this test, as long", "x" * 40)
PHONE = "+79131234567"
CARDS = Table(
    "cards", MetaData(),
    Column("id", Integer, primary_key=True),
    Column("phone", Sealed("cards.phone")),
    Column("phone_index", BlindIndex("cards.phone"), unique=True),
)  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with one table that has a sealed column."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'x.db'}" if sqlite else empty_postgresql_url("sealed")
    opened = Database(url, ring=open_ring(OLD))
    with opened.write() as connection:
        CARDS.create(connection)
        rows = [{"phone": PHONE, "phone_index": PHONE}, {"phone": None, "phone_index": None}]
        connection.execute(insert(CARDS), rows)
    yield opened
    opened.close()


def test_a_sealed_column_is_read_as_it_was_written_and_is_found_by_its_hash(database: Database) -> None:
    with database.read() as connection:
        found = connection.execute(select(CARDS.c.id, CARDS.c.phone).where(CARDS.c.phone_index == PHONE)).all()
        assert [tuple(row) for row in found] == [(1, PHONE)]
        assert connection.execute(select(CARDS.c.phone).where(CARDS.c.id == 2)).scalar_one() is None
        assert not connection.execute(select(CARDS.c.id).where(CARDS.c.phone_index == "+79130000000")).all()


def test_the_database_itself_holds_no_trace_of_the_value(database: Database) -> None:
    with database.read() as connection:
        kept = connection.execute(text("SELECT phone, phone_index FROM cards WHERE id = 1")).one()
    assert "9131234567" not in f"{kept.phone}{kept.phone_index}"
    assert kept.phone.startswith("sealed:")


def test_without_the_keys_nothing_is_written_in_the_open(tmp_path: Path) -> None:
    bare = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    with bare.write() as connection:
        CARDS.create(connection)
    with pytest.raises(SetupError, match="without its data keys"), bare.write() as connection:
        connection.execute(insert(CARDS).values(phone=PHONE))
    bare.close()


@given(st.text(max_size=50))
def test_whatever_is_sealed_comes_back(value: str) -> None:
    old = KeyRing([OLD]).seal(value, "cards.phone")
    assert KeyRing([NEW, OLD]).unseal(old, "cards.phone") == value
    assert KeyRing([NEW, OLD]).seal(value, "cards.phone") != KeyRing([NEW, OLD]).seal(value, "cards.phone")


def test_each_key_seals_its_own_and_the_ring_knows_which() -> None:
    sealed = KeyRing([OLD]).seal(PHONE, "cards.phone")
    assert KeyRing([OLD, NEW]).is_current(sealed)
    assert not KeyRing([NEW, OLD]).is_current(sealed)


@pytest.mark.parametrize("keys", [(OTHER,), (OTHER, NEW)])
def test_another_key_opens_nothing_and_the_error_says_what_to_do(keys: tuple[str, ...]) -> None:
    sealed = KeyRing([OLD]).seal(PHONE, "cards.phone")
    with pytest.raises(SetupError, match="put that key back"):
        KeyRing(keys).unseal(sealed, "cards.phone")


def test_what_was_changed_or_moved_to_another_column_is_refused() -> None:
    ours = KeyRing([OLD])
    sealed = ours.seal(PHONE, "cards.phone")
    letter = "A" if sealed[-10] != "A" else "B"
    for changed, purpose in ((sealed, "cards.email"), (f"{sealed[:-10]}{letter}{sealed[-9:]}", "cards.phone"),
                             (sealed[:-20], "cards.phone"), (sealed + "%", "cards.phone")):  # fmt: skip
        with pytest.raises(SetupError, match="was changed"):
            ours.unseal(changed, purpose)
    with pytest.raises(SetupError, match="not in the ring"):
        ours.unseal(PHONE, "cards.phone")


def test_a_hash_tells_columns_apart_and_needs_its_key(database: Database) -> None:
    assert open_ring(OLD).mac(INDEX_KEY, "a") == open_ring(NEW).mac(INDEX_KEY, "a")  # rotation changes no hash
    assert open_ring(OLD).mac(INDEX_KEY, "a") != open_ring(OLD).mac(AUDIT_KEY, "a")
    with pytest.raises(SetupError, match="not open"):
        KeyRing([OLD]).mac(INDEX_KEY, "a")
    dialect = database.engine.dialect
    assert BlindIndex("a").process_bind_param("x", dialect) != BlindIndex("b").process_bind_param("x", dialect)
