"""Clients' names in channels, and what people write, are kept sealed; what is looked for is found by a keyed hash.

Revision ID: 0019
Revises: 0018
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.storage import records
from service.storage.lasting_keys import make_key
from service.storage.sealed import INDEX_KEY, KeyRing, ring_of
from service.storage.search import indexed, stems_of

revision = "0019"
down_revision = "0018"

Row = Mapping[Any, Any]
UNNAMED = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
IDENTITY, NUMBER, TEXT = "identities.external_id", "demo_bank.number", "messages.text"
AT_ONCE = 500

SEALED = {
    "identities": ("external_id", "thread"),
    "conversations": ("dialogue",),
    "messages": ("text",),
    "staff_notes": ("text",),
    "handoffs": ("summary",),
    "saved_views": ("search",),
    "files": ("owner",),
    "restrictions": ("subject",),
    "outbox": ("error",),
    "early_reports": ("error",),
    "errands": ("error",),
    "letters": ("error",),
    "demo_bank_clients": ("email", "phone", "contract"),
    "demo_bank_accounts": ("number",),
    "demo_bank_loans": ("contract",),
}
HASHED = {
    ("identities", "external_id"): ("external_index", IDENTITY, 200),
    ("files", "owner"): ("owner_index", IDENTITY, 200),
    ("restrictions", "subject"): ("subject_index", "restrictions.subject", 260),
    ("demo_bank_clients", "phone"): ("phone_index", NUMBER, 20),
    ("demo_bank_clients", "contract"): ("contract_index", NUMBER, 40),
    ("demo_bank_accounts", "number"): ("number_index", NUMBER, 34),
    ("demo_bank_loans", "contract"): ("contract_index", NUMBER, 40),
}
"""Sealed columns with a keyed hash beside them: its column, what it is keyed for, and how long the value could be."""
MAY_BE_EMPTY = {("files", "owner"), ("demo_bank_clients", "phone")}
UNIQUE = {
    "identities": (["channel", "external_id"], ["channel", "external_index"]),
    "demo_bank_clients": (["contract"], ["contract_index"]),
    "demo_bank_accounts": (["number"], ["number_index"]),
    "demo_bank_loans": (["contract"], ["contract_index"]),
}
INDEXES = {
    "restrictions_by_subject": ("restrictions", ["scope", "{}", "since"], "subject", "subject_index"),
    "arrivals_of_client": ("arrivals", ["channel", "{}", "state"], "client_external_id", "client_index"),
}
WAMIDS = (
    ("messages", "external_id"),
    ("arrivals", "external_id"),
    ("outbox", "platform_id"),
    ("early_reports", "platform_id"),
)
"""Where WhatsApp's ids of messages stand: each has the client's telephone number in it."""
WAS_JSON = {"conversations": ("dialogue", True), "handoffs": ("summary", False), "saved_views": ("search", False)}


def upgrade() -> None:
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_index("ix_demo_bank_clients_phone", "demo_bank_clients")
    _make_room()
    _seal()
    _seal_signing_key()
    _hash_words()
    _change("arrivals", ("client_external_id", "album"), _hash_arrivals)
    for table, column in WAMIDS:
        _change(table, (column,), partial(_known_as, column), channel="whatsapp")
    _close()
    for name, (table, columns, _, after) in INDEXES.items():
        op.create_index(name, table, [each.format(after) for each in columns])
    op.create_index("ix_demo_bank_clients_phone_index", "demo_bank_clients", ["phone_index"])


def _make_room() -> None:
    """Columns for the hashes, and types that hold what is sealed."""
    for table, columns in SEALED.items():
        hashed = [column for column in columns if (table, column) in HASHED]
        if table in WAS_JSON:
            column, empty = WAS_JSON[table]
            with op.batch_alter_table(table) as batch:
                batch.alter_column(column, existing_type=sa.JSON(), existing_nullable=empty, type_=sa.Text(),
                                   postgresql_using=f"{column}::text")  # fmt: skip
        if not hashed:
            continue
        with op.batch_alter_table(table, naming_convention=UNNAMED) as batch:
            if table in UNIQUE:
                batch.drop_constraint(_name_of(table, UNIQUE[table][0]), type_="unique")
            for column in hashed:
                index, _, length = HASHED[table, column]
                batch.alter_column(column, existing_type=sa.String(length), type_=sa.Text())
                batch.add_column(sa.Column(index, sa.String(length=64), nullable=True))
    with op.batch_alter_table("demo_bank_clients") as batch:
        batch.alter_column("email", existing_type=sa.String(254), type_=sa.Text())
    with op.batch_alter_table("arrivals") as batch:
        batch.add_column(sa.Column("client_index", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("album_index", sa.String(length=64), nullable=True))


def _close() -> None:
    """Hashes are there wherever there is a value, and as unique as the values were."""
    for table, column in HASHED:
        index = HASHED[table, column][0]
        if (table, column) not in MAY_BE_EMPTY:
            with op.batch_alter_table(table) as batch:
                batch.alter_column(index, existing_type=sa.String(64), nullable=False)
    for table, (_, columns) in UNIQUE.items():
        with op.batch_alter_table(table) as batch:
            batch.create_unique_constraint(f"uq_{table}_{columns[0]}", columns)
    with op.batch_alter_table("arrivals") as batch:
        batch.drop_column("client_external_id")
        batch.drop_column("album")
        batch.alter_column("client_index", existing_type=sa.String(64), nullable=False)


def _seal() -> None:
    for table, columns in SEALED.items():
        _change(table, columns, partial(_sealed, table))


def _seal_signing_key() -> None:
    """Whoever has the database alone can't make tokens and signed addresses either."""
    kept = records.get_note(op.get_bind(), records.SIGNING_KEY)
    if kept is not None:
        records.set_note(op.get_bind(), records.SIGNING_KEY, _ring().seal(kept, records.SIGNING_KEY))


def _open_signing_key() -> None:
    kept = records.get_note(op.get_bind(), records.SIGNING_KEY)
    if kept is not None:
        records.set_note(op.get_bind(), records.SIGNING_KEY, _ring().unseal(kept, records.SIGNING_KEY))


def _sealed(table: str, row: Row) -> dict[str, Any]:
    ring, values = _ring(), {}
    for column in SEALED[table]:
        value = row[column]
        values[column] = None if value is None else ring.seal(value, f"{table}.{column}")
        if (table, column) in HASHED:
            index, purpose, _ = HASHED[table, column]
            values[index] = None if value is None else ring.blind(value, purpose)
    return values


def _hash_words() -> None:
    """Texts are told apart by keyed hashes, and the index of words loses numbers and addresses."""
    _change("messages", ("text_hash",), lambda row: {"text_hash": _ring().blind(row["text_hash"], TEXT)})
    for table, column in (("messages", "message_id"), ("staff_notes", "note_id")):
        for row in _rows(table, ("text", "conversation_id")):
            words = _ring().unseal(row["text"], f"{table}.text")
            if (stems := indexed(words, _ring())) != stems_of(words):
                _index_anew(column, row, stems)
    if op.get_bind().dialect.name == "sqlite":  # what was taken out is only marked so far
        op.execute("INSERT INTO search_texts_fts (search_texts_fts) VALUES ('optimize')")


def _index_anew(column: str, row: Row, stems: str) -> None:
    """As another row: SQLite's index follows rows that come and go."""
    index = _table("search_texts", (column, "conversation_id", "stems"))
    if op.get_bind().execute(sa.delete(index).where(index.c[column] == row["id"])).rowcount:
        values = {column: row["id"], "conversation_id": row["conversation_id"], "stems": stems}
        op.get_bind().execute(sa.insert(index).values(values))


def _known_as(column: str, row: Row) -> dict[str, Any]:
    wamid = row[column]
    ours = wamid is None or not wamid.startswith("wamid.")
    return {column: wamid if ours else sha256(wamid.encode("utf-8", "surrogatepass")).hexdigest()}


def _hash_arrivals(row: Row) -> dict[str, Any]:
    album = row["album"] and _ring().blind(row["album"], "arrivals.album")
    return {"client_index": _ring().blind(row["client_external_id"], IDENTITY), "album_index": album}


def downgrade() -> None:
    """Which words a message came with is no longer known: a repetition is compared with those that were kept."""
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_index("ix_demo_bank_clients_phone_index", "demo_bank_clients")
    for table, columns in SEALED.items():
        _change(table, columns, partial(_opened, table))
    _change("messages", ("text",), lambda row: {"text_hash": sha256(row["text"].encode()).hexdigest()})
    _open_signing_key()
    _take_back_room()
    for name, (table, fields, before, _) in INDEXES.items():
        op.create_index(name, table, [each.format(before) for each in fields])
    op.create_index("ix_demo_bank_clients_phone", "demo_bank_clients", ["phone"])


def _opened(table: str, row: Row) -> dict[str, Any]:
    return {
        column: None if row[column] is None else _ring().unseal(row[column], f"{table}.{column}")
        for column in SEALED[table]
    }


def _take_back_room() -> None:
    with op.batch_alter_table("arrivals") as batch:
        batch.add_column(sa.Column("client_external_id", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("album", sa.String(length=200), nullable=True))
    _change("arrivals", ("content",), _name_arrivals)
    with op.batch_alter_table("arrivals") as batch:
        batch.drop_column("client_index")
        batch.drop_column("album_index")
        batch.alter_column("client_external_id", existing_type=sa.String(200), nullable=False)
    for table, columns in SEALED.items():
        if table in WAS_JSON:
            column, empty = WAS_JSON[table]
            with op.batch_alter_table(table) as batch:
                batch.alter_column(column, existing_type=sa.Text(), existing_nullable=empty, type_=sa.JSON(),
                                   postgresql_using=f"{column}::json")  # fmt: skip
        hashed = [column for column in columns if (table, column) in HASHED]
        if hashed:
            _take_back_hashes(table, hashed)
    with op.batch_alter_table("demo_bank_clients") as batch:
        batch.alter_column("email", existing_type=sa.Text(), type_=sa.String(254))


def _take_back_hashes(table: str, hashed: Sequence[str]) -> None:
    with op.batch_alter_table(table, naming_convention=UNNAMED) as batch:
        if table in UNIQUE:
            batch.drop_constraint(_name_of(table, UNIQUE[table][1]), type_="unique")
        for column in hashed:
            index, _, length = HASHED[table, column]
            batch.alter_column(column, existing_type=sa.Text(), type_=sa.String(length))
            batch.drop_column(index)
        if table in UNIQUE:
            former = UNIQUE[table][0]
            batch.create_unique_constraint(f"uq_{table}_{former[0]}", former)


def _name_arrivals(row: Row) -> dict[str, Any]:
    """The parts of an album that are waiting become messages of their own: which one it was nobody can tell."""
    told = json.loads(_ring().unseal(row["content"], "arrivals.content")) if row["content"] is not None else None
    return {"client_external_id": told["message"]["client_external_id"] if told else "", "album": None}


def _name_of(table: str, columns: Sequence[str]) -> str:
    """The first versions left constraints unnamed; PostgreSQL named them, and SQLite keeps ours after a way back."""
    constraints = sa.inspect(op.get_bind()).get_unique_constraints(table)
    named = next((each["name"] for each in constraints if each["column_names"] == list(columns)), None)
    return named or f"uq_{table}_{columns[0]}"


def _change(
    name: str, columns: Sequence[str], work: Callable[[Row], Mapping[str, Any]], channel: str | None = None
) -> None:
    """Write what `work` makes of each row, or of each of a channel."""
    keys = _keys(name)
    for rows in _batches(name, columns, channel):
        changed = [{**{f"_{key}": row[key] for key in keys}, **work(row)} for row in rows]
        written = [each for each in changed[0] if not each.startswith("_")]
        table = _table(name, dict.fromkeys((*keys, *written)))
        same = sa.and_(*(table.c[key] == sa.bindparam(f"_{key}") for key in keys))
        statement = sa.update(table).where(same).values({each: sa.bindparam(each) for each in written})
        op.get_bind().execute(statement, changed)


def _rows(name: str, columns: Sequence[str]) -> Iterator[Row]:
    for rows in _batches(name, columns):
        yield from rows


def _batches(name: str, columns: Sequence[str], channel: str | None = None) -> Iterator[Sequence[Row]]:
    """All rows in the order of their keys, some hundreds at a time."""
    table = _table(name, dict.fromkeys((*_keys(name), *columns)))
    keys = [table.c[key] for key in _keys(name)]
    query = sa.select(table).order_by(*keys).limit(AT_ONCE)
    if channel is not None:
        query = query.where(sa.column("channel") == channel)
    rows: Sequence[Row] = op.get_bind().execute(query).mappings().all()
    while rows:
        yield rows
        last = sa.tuple_(*(sa.literal(rows[-1][key.name]) for key in keys))
        rows = op.get_bind().execute(query.where(sa.tuple_(*keys) > last)).mappings().all()


def _table(name: str, columns: Iterable[str]) -> sa.TableClause:
    return sa.table(name, *(sa.column(each) for each in columns))


def _keys(table: str) -> tuple[str, ...]:
    return ("channel", "platform_id") if table == "early_reports" else ("id",)


def _ring() -> KeyRing:
    """The keys, asked for only where there is something to seal: an empty database is migrated without."""
    ring = ring_of(op.get_bind())
    if INDEX_KEY not in ring.lasting:
        make_key(op.get_bind(), ring, INDEX_KEY)
    return ring
