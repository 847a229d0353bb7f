"""The tables. Every class ends in Row and maps one table; `migrations/` keeps the database in step.

One module a subject; importing this package knows them all.
"""

from service.storage.tables.base import Base, insert_row, table
from service.storage.tables.conversations import (
    ClientRow,
    ConversationRow,
    FactRow,
    HandoffRow,
    IdentityRow,
    MessageRow,
    OutboxRow,
)
from service.storage.tables.desk import FileRow, MergeRow, SavedViewRow, SearchTextRow, StaffNoteRow, TagRow
from service.storage.tables.knowledge import ArticleRow, NoteRow
from service.storage.tables.people import StaffRow

__all__ = [
    "ArticleRow",
    "Base",
    "ClientRow",
    "ConversationRow",
    "FactRow",
    "FileRow",
    "HandoffRow",
    "IdentityRow",
    "MergeRow",
    "MessageRow",
    "NoteRow",
    "OutboxRow",
    "SavedViewRow",
    "SearchTextRow",
    "StaffNoteRow",
    "StaffRow",
    "TagRow",
    "insert_row",
    "table",
]
