"""Full-text search. Words are stemmed by our own stemmer on both engines, so both find the same.

SQLite looks into an FTS5 index, PostgreSQL into a GIN index over a tsvector made of the very same stems. Long
numbers and e-mail addresses stand there as keyed hashes: they are found when searched for whole, in any spelling.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from models.normalise import ascii_digits
from models.numbers import find_clusters
from models.stems import split_words, stem
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.search import FoundConversation, FoundPage, Hit, Search
from service.errors import InvalidInput
from service.storage import marks
from service.storage.columns import LARGEST_ID
from service.storage.inbox import one_line
from service.storage.sealed import KeyRing, ring_of
from service.storage.staff import StaffMember
from service.storage.tables import (
    ClientRow,
    ConversationRow,
    HandoffRow,
    MessageRow,
    SearchTextRow,
    StaffNoteRow,
    StaffRow,
    TagRow,
    table,
)
from service.storage.visibility import visible

C = table(ConversationRow).c
M = table(MessageRow).c
N = table(StaffNoteRow).c
H = table(HandoffRow).c
T = table(TagRow).c
X = table(SearchTextRow).c
LONGEST_STEM = 60
MOST_ROUNDS = 3
MOST_WORDS = 12
SHORTEST_NUMBER = 8
"""So many digits, whatever stands between them, may be a telephone, account or contract number."""
SAME_DIGITS = 10
"""By so many last digits numbers are compared: «8 913 ...» is «+7 913 ...»."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
LOOK_BACK = 1000
"""Rows may be committed out of the order of their ids; so far back the index looks for those it has not seen."""


def stems_of(words: str) -> str:
    """A text as it is indexed: its stems, separated by spaces."""
    return " ".join(_root(word).replace("'", "")[:LONGEST_STEM] for word in split_words(words))


def indexed(words: str, ring: KeyRing) -> str:
    """The stems of a text as the database may keep them: what identifies somebody is hashed."""
    plain = _EMAIL.sub(lambda found: _hashed(found[0].casefold(), ring), ascii_digits(words))
    for cluster in reversed(list(find_clusters(plain, SHORTEST_NUMBER))):
        start, end = cluster.span
        plain = f"{plain[:start]} {_hashed(cluster.digits[-SAME_DIGITS:], ring)} {plain[end:]}"
    return stems_of(plain)


def _hashed(value: str, ring: KeyRing) -> str:
    """A word of letters only: digits in it would look like a part of the next number."""
    return ring.blind(value, "search_texts.stems")[:32].translate(_LETTERS)


@lru_cache(maxsize=16384)
def _root(word: str) -> str:
    """Stemmed until nothing changes: «кредиты» gives «кредит» at first, but «кредит» itself gives «кред»."""
    for _ in range(MOST_ROUNDS):
        shorter = stem(word)
        if not shorter or shorter == word:
            break
        word = shorter
    return word


def index_new(connection: Connection, limit: int) -> int:
    """Index messages that are not yet; returns how many. Any number of workers may do it at once."""
    known = connection.execute(select(func.max(X.message_id))).scalar_one() or 0
    query = (
        select(M.id, M.conversation_id, M.text)
        .outerjoin(SearchTextRow, X.message_id == M.id)
        .where(X.id.is_(None), M.id > known - LOOK_BACK)
        .order_by(M.id)
        .limit(limit)
    )
    rows = [
        {"conversation_id": row.conversation_id, "message_id": row.id, "stems": indexed(row.text, ring_of(connection))}
        for row in connection.execute(query)
    ]
    if rows:
        _add(connection, rows)
    return len(rows)


def rewrite_index(connection: Connection) -> None:
    """Take words that were deleted out of the index of SQLite, which marks them only; PostgreSQL does so itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search_texts_fts (search_texts_fts) VALUES ('optimize')")


def anything_new(connection: Connection) -> bool:
    """Whether `index_new` has something to do; a cheap look without a lock."""
    known = connection.execute(select(func.max(X.message_id))).scalar_one() or 0
    newest = connection.execute(select(func.max(M.id))).scalar_one() or 0
    if newest > known:
        return True
    near = select(M.id).outerjoin(SearchTextRow, X.message_id == M.id).where(X.id.is_(None), M.id > known - LOOK_BACK)
    return connection.execute(near.limit(1)).one_or_none() is not None


def index_note(connection: Connection, conversation_id: int, note_id: int, words: str) -> None:
    """Index a note, in the transaction that wrote it."""
    stems = indexed(words, ring_of(connection))
    _add(connection, [{"conversation_id": conversation_id, "note_id": note_id, "stems": stems}])


def _add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Any = dialect.insert(table(SearchTextRow)).on_conflict_do_nothing()
    connection.execute(statement, rows)


def find(connection: Connection, staff: StaffMember, search: Search, after: str | None, limit: int) -> FoundPage:
    """Conversations that `staff` may see and that fit, those changed last first.

    Raises InvalidInput for a cursor that is none of ours or a text without any word.
    """
    words = _words(search.text, ring_of(connection))
    conditions = [visible(staff), *_conditions(search)]
    if words:
        conditions.append(C.id.in_(select(X.conversation_id).where(_has(words, connection))))
    if after is not None:
        moment, number = _read_cursor(after)
        conditions.append((C.updated_at < moment) | ((C.updated_at == moment) & (C.id < number)))
    found = connection.execute(_found().where(*conditions).limit(limit + 1)).all()
    shown = found[:limit]
    ids = [row.id for row in shown]
    tags = marks.tags_of(connection, ids)
    hits = _hits(connection, ids, words)
    last = shown[-1] if len(found) > limit else None
    entries = tuple(_conversation(row, tags.get(row.id, ()), hits.get(row.id)) for row in shown)
    return FoundPage(entries, f"{last.updated_at.isoformat()}~{last.id}" if last else None)


def _words(written: str, ring: KeyRing) -> list[str]:
    words = indexed(written, ring).split()[:MOST_WORDS]
    if written.strip() and not words:
        raise InvalidInput("text: there is no word or number in it to search for")
    return words


def _has(words: Sequence[str], connection: Connection) -> ColumnElement[bool]:
    """The condition that one text has all the words; the last of them may be unfinished."""
    if connection.dialect.name == "sqlite":
        asked = " AND ".join(f'"{word}"' for word in words) + "*"
        matching = text("SELECT rowid FROM search_texts_fts WHERE search_texts_fts MATCH :asked")
        return X.id.in_(matching.bindparams(asked=asked).columns(table(SearchTextRow).c.id))
    asked = " & ".join(f"'{word}'" for word in words) + ":*"
    fits = text("array_to_tsvector(string_to_array(search_texts.stems, ' ')) @@ CAST(:asked AS tsquery)")
    condition: Any = fits.bindparams(bindparam("asked", asked))
    return condition  # type: ignore[no-any-return]


def _conditions(search: Search) -> Iterable[ColumnElement[bool]]:
    for column, wanted in (
        (C.department, search.departments),
        (C.channel, search.channels),
        (C.state, [state.value for state in search.states]),
    ):
        if wanted:
            yield column.in_(wanted)
    if search.intents:
        handed = select(H.conversation_id).where(H.intent.in_(search.intents))
        yield C.last_intent.in_(search.intents) | C.id.in_(handed)
    if search.operator_id is not None:
        served = select(H.conversation_id).where(H.taken_by == search.operator_id)
        yield (C.operator_id == search.operator_id) | C.id.in_(served)
    for tag in search.tags:
        yield C.id.in_(select(T.conversation_id).where(T.tag == tag))
    if search.since is not None or search.until is not None:
        written = select(M.id).where(M.conversation_id == C.id)
        if search.since is not None:
            written = written.where(M.created_at >= search.since)
        if search.until is not None:
            written = written.where(M.created_at < search.until)
        yield written.exists()


def _found() -> Select[Any]:
    return (
        select(
            C.id, C.client_id, C.channel, C.language, C.state, C.department, C.priority, C.last_intent, C.updated_at,
            ClientRow.name.label("client_name"), StaffRow.name.label("operator"),
        )
        .join(ClientRow, ClientRow.id == C.client_id)
        .outerjoin(StaffRow, StaffRow.id == C.operator_id)
        .order_by(C.updated_at.desc(), C.id.desc())
    )  # fmt: skip


def _hits(connection: Connection, ids: Sequence[int], words: Sequence[str]) -> dict[int, Hit]:
    if not words or not ids:
        return {}
    newest = (
        select(func.max(X.id)).where(X.conversation_id.in_(ids), _has(words, connection)).group_by(X.conversation_id)
    )
    query = (
        select(
            X.conversation_id, M.seq, M.author, M.text, M.files, M.created_at,
            N.author.label("note_author"), N.text.label("note"), N.created_at.label("noted_at"),
        )
        .outerjoin(MessageRow, M.id == X.message_id)
        .outerjoin(StaffNoteRow, N.id == X.note_id)
        .where(X.id.in_(newest))
    )  # fmt: skip
    return {
        row.conversation_id: Hit(row.seq, row.author, one_line(row.text, row.files), row.created_at)
        if row.seq is not None
        else Hit(None, row.note_author, one_line(row.note, None), row.noted_at)
        for row in connection.execute(query)
    }


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, number = cursor.split("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not 0 <= int(number) <= LARGEST_ID:
            raise ValueError(cursor)
        return moment, int(number)
    except ValueError as error:
        raise InvalidInput("after: this is no cursor of a search; take `next` of the page before") from error


def _conversation(row: Row[*tuple[Any, ...]], tags: tuple[str, ...], hit: Hit | None) -> FoundConversation:
    return FoundConversation(
        conversation_id=row.id,
        client_id=row.client_id,
        client_name=row.client_name,
        channel=row.channel,
        language=row.language,
        state=ConversationState(row.state),
        department=row.department,
        priority=Priority(row.priority),
        intent=row.last_intent,
        operator=row.operator,
        tags=tags,
        updated_at=row.updated_at,
        hit=hit,
    )
