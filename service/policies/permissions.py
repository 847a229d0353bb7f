"""May a role do this? One table for every page and action of the console.

Which conversations a person may see is another question (`StaffMember.may_see`): a supervisor or an administrator
with departments reads no others either.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from service.domain.staff import Role


class Action(StrEnum):
    """Everything that staff can do, named as it stands in the audit trail."""

    READ_CONVERSATIONS = "read_conversations"
    SEARCH_CONVERSATIONS = "search_conversations"
    READ_CLIENTS = "read_clients"
    TAKE = "take"
    REPLY = "reply"
    RETURN_TO_BOT = "return_to_bot"
    TRANSFER = "transfer"
    NOTE = "note"
    TAG = "tag"
    SNOOZE = "snooze"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    SEND_FILES = "send_files"
    CORRECT_INTENT = "correct_intent"
    USE_SUGGESTIONS = "use_suggestions"
    SET_PRESENCE = "set_presence"
    ASSIGN = "assign"
    SEE_WALL = "see_wall"
    SEE_OPERATORS = "see_operators"
    SEE_STATISTICS = "see_statistics"
    SCORE_QUALITY = "score_quality"
    IMPORT_CALLS = "import_calls"
    READ_KNOWLEDGE = "read_knowledge"
    EDIT_KNOWLEDGE = "edit_knowledge"
    EDIT_CANNED_REPLIES = "edit_canned_replies"
    EDIT_SHIFTS = "edit_shifts"
    EDIT_ROUTING = "edit_routing"
    EDIT_TARGETS = "edit_targets"
    EDIT_DEPARTMENTS = "edit_departments"
    SEE_STAFF = "see_staff"
    EDIT_STAFF = "edit_staff"
    EDIT_BOT_TEXTS = "edit_bot_texts"
    EDIT_CHANNELS = "edit_channels"
    READ_AUDIT = "read_audit"
    WATCH_TRAFFIC = "watch_traffic"
    ERASE_CLIENTS = "erase_clients"
    TRY_UNDERSTANDING = "try_understanding"
    LABEL_MESSAGES = "label_messages"
    PROPOSE_ARTICLES = "propose_articles"
    TRAIN_MODELS = "train_models"
    RELEASE_MODELS = "release_models"
    OVERRIDE_GATE = "override_gate"
    OWN_ACCOUNT = "own_account"


_EVERYONE = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_LEADERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_WITH_CLIENTS = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
_MODELS = frozenset({Role.ML, Role.ADMIN})

PERMISSIONS: dict[str, frozenset[Role]] = {
    Action.READ_CONVERSATIONS: _WITH_CLIENTS,
    Action.SEARCH_CONVERSATIONS: _WITH_CLIENTS,
    Action.READ_CLIENTS: _WITH_CLIENTS,
    Action.TAKE: _WITH_CLIENTS,
    Action.REPLY: _WITH_CLIENTS,
    Action.RETURN_TO_BOT: _WITH_CLIENTS,
    Action.TRANSFER: _WITH_CLIENTS,
    Action.NOTE: _WITH_CLIENTS,
    Action.TAG: _WITH_CLIENTS,
    Action.SNOOZE: _WITH_CLIENTS,
    Action.CLOSE: _WITH_CLIENTS,
    Action.REOPEN: _WITH_CLIENTS,
    Action.MERGE: _WITH_CLIENTS,
    Action.SEND_FILES: _WITH_CLIENTS,
    Action.CORRECT_INTENT: _WITH_CLIENTS,
    Action.USE_SUGGESTIONS: _WITH_CLIENTS,
    Action.SET_PRESENCE: _WITH_CLIENTS,
    Action.ASSIGN: _LEADERS,
    Action.SEE_WALL: _LEADERS,
    Action.SEE_OPERATORS: _LEADERS,
    Action.SEE_STATISTICS: _LEADERS,
    Action.SCORE_QUALITY: _LEADERS,
    Action.IMPORT_CALLS: _LEADERS,
    Action.READ_KNOWLEDGE: _WITH_CLIENTS,
    Action.EDIT_KNOWLEDGE: _LEADERS,
    Action.EDIT_CANNED_REPLIES: _LEADERS,
    Action.EDIT_SHIFTS: _LEADERS,
    Action.EDIT_ROUTING: _LEADERS,
    Action.EDIT_TARGETS: _LEADERS,
    Action.EDIT_DEPARTMENTS: _ADMIN,
    Action.SEE_STAFF: _LEADERS,
    Action.EDIT_STAFF: _ADMIN,
    Action.EDIT_BOT_TEXTS: _ADMIN,
    Action.EDIT_CHANNELS: _ADMIN,
    Action.READ_AUDIT: _ADMIN,
    Action.WATCH_TRAFFIC: _LEADERS,
    Action.ERASE_CLIENTS: _ADMIN,
    Action.TRY_UNDERSTANDING: _EVERYONE,
    Action.LABEL_MESSAGES: _MODELS | _LEADERS,
    Action.PROPOSE_ARTICLES: _EVERYONE,
    Action.TRAIN_MODELS: _MODELS,
    Action.RELEASE_MODELS: _MODELS,
    Action.OVERRIDE_GATE: _ADMIN,
    Action.OWN_ACCOUNT: _EVERYONE,
}

PAGES: dict[str, Action] = {
    "inbox": Action.READ_CONVERSATIONS,
    "search": Action.SEARCH_CONVERSATIONS,
    "wall": Action.SEE_WALL,
    "operators": Action.SEE_OPERATORS,
    "statistics": Action.SEE_STATISTICS,
    "quality": Action.SCORE_QUALITY,
    "calls": Action.IMPORT_CALLS,
    "knowledge": Action.READ_KNOWLEDGE,
    "canned_replies": Action.USE_SUGGESTIONS,
    "shifts": Action.EDIT_SHIFTS,
    "routing": Action.EDIT_ROUTING,
    "targets": Action.EDIT_TARGETS,
    "departments": Action.EDIT_DEPARTMENTS,
    "staff": Action.SEE_STAFF,
    "bot_texts": Action.EDIT_BOT_TEXTS,
    "traffic": Action.WATCH_TRAFFIC,
    "privacy": Action.ERASE_CLIENTS,
    "channels": Action.EDIT_CHANNELS,
    "audit": Action.READ_AUDIT,
    "labelling": Action.LABEL_MESSAGES,
    "topics": Action.LABEL_MESSAGES,
    "models": Action.TRAIN_MODELS,
    "drift": Action.TRAIN_MODELS,
    "account": Action.OWN_ACCOUNT,
}


BUSINESS_OF: Mapping[str, str] = {Action.WATCH_TRAFFIC: "security"}
"""What the members of one department may do whatever else their role allows; who makes models never."""


def may(role: str, action: str, departments: Collection[str] = ()) -> bool:
    """Whether `role`, in these departments, may do `action`; an unknown role or action may nothing."""
    if role in PERMISSIONS.get(action, frozenset()):
        return True
    return role in _WITH_CLIENTS and BUSINESS_OF.get(action) in departments


def may_open(role: str, page: str, departments: Collection[str] = ()) -> bool:
    """Whether `role` may open this page of the console; False for a page that isn't in PAGES."""
    return page in PAGES and may(role, PAGES[page], departments)
