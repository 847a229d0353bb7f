"""The tables. Every class ends in Row and maps one table; `migrations/` keeps the database in step.

One module a subject; importing this package knows them all.
"""

from service.storage.tables.bank import (
    BankAccountRow,
    BankApplicationRow,
    BankBlockingRow,
    BankCardRow,
    BankClientRow,
    BankLoanRow,
    BankOperationRow,
)
from service.storage.tables.base import Base, insert_row, table
from service.storage.tables.bot_texts import BotTextRow
from service.storage.tables.calls import CallRow
from service.storage.tables.channels import ArrivalRow, ChannelRow, EarlyReportRow, OutboxRow
from service.storage.tables.conversations import (
    ClientRow,
    ConversationRow,
    FactRow,
    HandoffRow,
    IdentityRow,
    MessageRow,
)
from service.storage.tables.desk import FileRow, MergeRow, SavedViewRow, SearchTextRow, StaffNoteRow, TagRow
from service.storage.tables.knowledge import ArticleRow, ArticleVersionRow, NoteRow
from service.storage.tables.labelling import AddedIntentRow, LabelRow, LogRow, TopicRow
from service.storage.tables.models import ModelRow, ReleaseRow, TrainingRow, VerdictRow
from service.storage.tables.people import (
    ApiTokenRow,
    AuditRow,
    DepartmentRow,
    RecoveryCodeRow,
    SignInTriesRow,
    StaffRow,
    StaffSessionRow,
)
from service.storage.tables.protection import AuditAnchorRow, AuditLinkRow, RestrictionRow
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
from service.storage.tables.suggestions import CannedReplyRow, OfferRow, OutcomeRow, PastQuestionRow, PastReplyRow
from service.storage.tables.verification import AccountLinkRow, ChallengeRow, CodeLimitRow, ErrandRow, LetterRow

__all__ = [
    "AccountLinkRow",
    "AddedIntentRow",
    "AlarmRow",
    "ApiTokenRow",
    "ArrivalRow",
    "ArticleRow",
    "ArticleVersionRow",
    "AuditAnchorRow",
    "AuditLinkRow",
    "AuditRow",
    "BankAccountRow",
    "BankApplicationRow",
    "BankBlockingRow",
    "BankCardRow",
    "BankClientRow",
    "BankLoanRow",
    "BankOperationRow",
    "Base",
    "BotTextRow",
    "CallRow",
    "CannedReplyRow",
    "ChallengeRow",
    "ChannelRow",
    "ClientRow",
    "CodeLimitRow",
    "ConversationRow",
    "DayOffRow",
    "DepartmentRow",
    "EarlyReportRow",
    "ErrandRow",
    "FactRow",
    "FileRow",
    "HandoffRow",
    "HolidayRow",
    "IdentityRow",
    "LabelRow",
    "LetterRow",
    "LogRow",
    "MergeRow",
    "MessageRow",
    "ModelRow",
    "NoteRow",
    "OfferRow",
    "OperatorCallRow",
    "OutboxRow",
    "OutcomeRow",
    "PastQuestionRow",
    "PastReplyRow",
    "PresenceRow",
    "PresenceSpanRow",
    "RatingRow",
    "RecoveryCodeRow",
    "ReleaseRow",
    "RestrictionRow",
    "RouteRow",
    "SavedViewRow",
    "ScoreCardRow",
    "SearchTextRow",
    "ShiftRow",
    "SignInTriesRow",
    "StaffNoteRow",
    "StaffRow",
    "StaffSessionRow",
    "TagRow",
    "TargetRow",
    "TopicRow",
    "TrainingRow",
    "VerdictRow",
    "insert_row",
    "table",
]
