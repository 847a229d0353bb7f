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
from service.storage.tables.knowledge import ArticleRow, ArticleVersionRow, NoteRow
from service.storage.tables.people import StaffRow
from service.storage.tables.suggestions import CannedReplyRow, OfferRow, OutcomeRow, PastQuestionRow, PastReplyRow

__all__ = [
    "ArticleRow",
    "ArticleVersionRow",
    "Base",
    "CannedReplyRow",
    "ClientRow",
    "ConversationRow",
    "FactRow",
    "HandoffRow",
    "IdentityRow",
    "MessageRow",
    "NoteRow",
    "OfferRow",
    "OutboxRow",
    "OutcomeRow",
    "PastQuestionRow",
    "PastReplyRow",
    "StaffRow",
    "insert_row",
    "table",
]
