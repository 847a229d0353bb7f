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
from service.storage.tables.knowledge import ArticleRow, NoteRow
from service.storage.tables.people import StaffRow
from service.storage.tables.shifts import (
    AlarmRow,
    DayOffRow,
    HolidayRow,
    OperatorCallRow,
    PresenceRow,
    PresenceSpanRow,
    RatingRow,
    RouteRow,
    ScoreCardRow,
    ShiftRow,
    TargetRow,
)

__all__ = [
    "AlarmRow",
    "ArticleRow",
    "Base",
    "ClientRow",
    "ConversationRow",
    "DayOffRow",
    "FactRow",
    "HandoffRow",
    "HolidayRow",
    "IdentityRow",
    "MessageRow",
    "NoteRow",
    "OperatorCallRow",
    "OutboxRow",
    "PresenceRow",
    "PresenceSpanRow",
    "RatingRow",
    "RouteRow",
    "ScoreCardRow",
    "ShiftRow",
    "StaffRow",
    "TargetRow",
    "insert_row",
    "table",
]
