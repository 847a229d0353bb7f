"""What staff search for, and what is found."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.conversations import ConversationState
from service.domain.intents import Priority


@dataclass(frozen=True)
class Search:
    """All conditions hold together; an empty tuple or None means any.

    `text`: all its words stand in one message or note, in any grammatical form. `since` and `until` (aware, `until`
    not included): a message was written in that time. `intents`: of the conversation or of one of its hand-offs.
    """

    text: str = ""
    departments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    states: tuple[ConversationState, ...] = ()
    intents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    operator_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Hit:
    """The newest message or note that has the searched words; `seq` is None for a note."""

    seq: int | None
    author: str
    text: str
    at: datetime


@dataclass(frozen=True)
class FoundConversation:
    """A conversation that fits; `hit` only when words were searched for."""

    conversation_id: int
    client_id: int
    client_name: str | None
    channel: str
    language: str
    state: ConversationState
    department: str | None
    priority: Priority
    intent: str | None
    operator: str | None
    tags: tuple[str, ...]
    updated_at: datetime
    hit: Hit | None


@dataclass(frozen=True)
class FoundPage:
    """A page of what was found, newest first, and the cursor of the next one (None at the end)."""

    conversations: tuple[FoundConversation, ...]
    next: str | None


@dataclass(frozen=True)
class SavedView:
    """A search kept under a name by one member of staff."""

    name: str
    search: Search
