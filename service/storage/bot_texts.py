"""The bot's sentences as the owner words them: every version stays, the newest one counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.storage import records
from service.storage.tables import BotTextRow, insert_row, table

T = table(BotTextRow).c
VERSION = "bot_texts_version"

Key = tuple[str, str, str]
"""Section, key and language of a sentence."""


@dataclass(frozen=True)
class TextVersion:
    """One wording. `words` None: the shipped one again."""

    key: Key
    number: int
    words: str | None
    author: str
    created_at: datetime


def newest(connection: Connection) -> dict[Key, TextVersion]:
    """The newest version of every sentence that was ever changed."""
    last = select(func.max(T.id)).group_by(T.section, T.key, T.language)
    rows = connection.execute(select(table(BotTextRow)).where(T.id.in_(last)))
    return {version.key: version for version in map(_version, rows)}


def versions_of(connection: Connection, key: Key) -> list[TextVersion]:
    """All versions of one sentence, newest first."""
    mine = (T.section == key[0], T.key == key[1], T.language == key[2])
    query = select(table(BotTextRow)).where(*mine).order_by(T.number.desc())
    return [_version(row) for row in connection.execute(query)]


def add(connection: Connection, key: Key, number: int, words: str | None, author: str, now: datetime) -> None:
    """Write a version; Conflict when somebody wrote the same number at the same moment."""
    values = {
        "section": key[0], "key": key[1], "language": key[2], "number": number, "words": words, "author": author,
        "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, BotTextRow, values)
    except IntegrityError as error:
        raise Conflict("this text was just changed by somebody else", reason="words_changed") from error
    last = connection.execute(select(func.max(T.id))).scalar_one()
    records.set_note(connection, VERSION, str(last))


def _version(row: Row[Any]) -> TextVersion:
    return TextVersion((row.section, row.key, row.language), row.number, row.words, row.author, row.created_at)
