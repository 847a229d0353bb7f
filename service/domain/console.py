"""What the staff console shows: the list on the left, the timeline in the middle, the client's card on the right."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.messages import Author, DeliveryState, StoredMessage


class Snoozed(StrEnum):
    """Which conversations a list has: awake ones, sleeping ones, or both."""

    HIDDEN = "hidden"
    ONLY = "only"
    SHOWN = "shown"


@dataclass(frozen=True)
class InboxFilters:
    """Which open conversations the list shows; an empty tuple means any."""

    states: tuple[ConversationState, ...] = (ConversationState.QUEUED, ConversationState.OPERATOR)
    departments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    tags: tuple[str, ...] = ()
    operator_id: int | None = None
    snoozed: Snoozed = Snoozed.HIDDEN


@dataclass(frozen=True)
class InboxEntry:
    """One line of the list.

    `queued_at` is the place in the queue; `waits_since` is when the client began to wait for an answer, None when the
    last word is ours. `mood` is the mean of the client's last three messages, from -1 (furious) to 1.
    `last_text` is the last word of a person, the client or an operator: one line of at most 200 characters.
    """

    conversation_id: int
    version: int
    state: ConversationState
    client_id: int
    client_name: str | None
    channel: str
    language: str
    department: str
    priority: Priority
    queued_at: datetime
    waits_since: datetime | None
    mood: float
    unread: int
    last_author: Author
    last_text: str
    last_at: datetime
    operator_id: int | None
    operator: str | None
    reason: str | None
    intent: str | None
    tags: tuple[str, ...]
    snoozed_until: datetime | None


@dataclass(frozen=True)
class InboxPage:
    """A page of the list and the cursor of the next one (None at the end)."""

    entries: tuple[InboxEntry, ...]
    next: str | None


@dataclass(frozen=True)
class Understood:
    """What the service made of a client's message, in short; `corrected` is what a person said it was."""

    intent: str | None
    confidence: float
    in_scope: bool
    mood: str
    keywords_used: bool
    decision: str | None
    corrected: tuple[str, ...] = ()


@dataclass(frozen=True)
class StaffNote:
    """A remark for colleagues; clients never see it."""

    id: int
    conversation_id: int
    staff_id: int
    author: str
    text: str
    at: datetime


@dataclass(frozen=True)
class TimelineEvent:
    """Something that happened: `kind` is handed_off, taken, transferred, closed ...; `data` says more of it.

    `actor` is a login, bot, client or worker; `name` what people call them.
    """

    kind: str
    actor: str
    data: dict[str, Any] = field(compare=False)
    name: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """One thing of the timeline: exactly one of `message`, `note` and `event` is there. `key` is its cursor.

    `problem` says why a message of ours was not delivered.
    """

    key: str
    at: datetime
    conversation_id: int
    channel: str
    message: StoredMessage | None = None
    understood: Understood | None = None
    note: StaffNote | None = None
    event: TimelineEvent | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What became of a message: how far it has come, and why no further (None when nothing is wrong)."""

    state: DeliveryState | None
    problem: str | None = None


@dataclass(frozen=True)
class TimelinePage:
    """A stretch of the timeline, oldest first, and the cursor of what came before it (None at the beginning)."""

    items: tuple[TimelineItem, ...]
    before: str | None


@dataclass(frozen=True)
class LinkedChannel:
    """One way this client writes to us, with the conversation that goes over it."""

    conversation_id: int
    channel: str
    state: ConversationState
    language: str
    subscribed: bool
    since: datetime


@dataclass(frozen=True)
class PastRequest:
    """A former request to people: what it was about, who served it, how it ended."""

    conversation_id: int
    channel: str
    department: str
    intent: str | None
    reason: str
    operator: str | None
    began: datetime
    ended: datetime
    resolution: str | None


@dataclass(frozen=True)
class PastCall:
    """A phone call of the client: who rang whom, what became of it, the name of who took it, how long they spoke."""

    direction: str
    outcome: str
    operator: str | None
    began: datetime
    talk_seconds: float


@dataclass(frozen=True)
class ClientMerge:
    """Two clients found to be one, by a member of staff or `by_code`; `undone_at` when that was taken back.

    `by_code`: both proved to be the same client of the bank; then `by` and `reason` are empty.
    """

    id: int
    from_client: int
    into_client: int
    reason: str
    by: str
    at: datetime
    undone_at: datetime | None = None
    by_code: bool = False


@dataclass(frozen=True)
class ClientCard:
    """Who the client is, as far as the reader may know it. `verified_by` is the masked address a right code went to.

    `calls` are those with the phone that they have proved to be theirs, newest first.
    """

    client_id: int
    name: str | None
    segment: str | None
    verified: bool
    languages: tuple[str, ...]
    since: datetime
    channels: tuple[LinkedChannel, ...]
    requests: tuple[PastRequest, ...]
    merges: tuple[ClientMerge, ...]
    tags: tuple[str, ...]
    verified_at: datetime | None = None
    verified_by: str = ""
    calls: tuple[PastCall, ...] = ()


@dataclass(frozen=True)
class Product:
    """An account, card or loan of a client: `what` of them, which `kind`, the last four digits, and its state."""

    what: str
    kind: str
    tail: str
    state: str = ""


@dataclass(frozen=True)
class BankProducts:
    """What the bank knows of a linked client, in brief: no balances, no whole numbers."""

    name: str
    segment: str | None
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Colleague:
    """Somebody a conversation can be passed to."""

    id: int
    login: str
    name: str
    role: str
    departments: tuple[str, ...]
