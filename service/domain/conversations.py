"""A conversation as the policies see it, and who owns it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from service.domain.intents import Priority


class ConversationState(StrEnum):
    """Who holds a conversation. Changes are compare-and-set on the conversation's version."""

    BOT = "bot"
    QUEUED = "queued"
    OPERATOR = "operator"
    CLOSED = "closed"


class ChannelKind(StrEnum):
    """What a channel is for the policies: secure topics are never served in a messenger."""

    WEB = "web"
    MESSENGER = "messenger"
    EMAIL = "email"


@dataclass(frozen=True)
class DialogueState:
    """A short procedure in progress: its name and what it has collected (JSON values only)."""

    name: str
    data: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class ConversationView:
    """The conversation at the moment a message is decided.

    `clarifications` counts the bot's clarifying questions since it last understood something. `waiting_texts` are
    messages of the client that are not answered yet (a burst in progress), oldest first, without the present one.
    `external_id` is the client as the channel knows them.
    """

    id: int | None = None
    version: int = 0
    state: ConversationState = ConversationState.BOT
    language: str = "ru"
    channel: str = "web"
    channel_kind: ChannelKind = ChannelKind.WEB
    clarifications: int = 0
    last_article: str | None = None
    last_intent: str | None = None
    last_answer_at: datetime | None = None
    last_client_at: datetime | None = None
    repeats: int = 0
    department: str | None = None
    priority: Priority = Priority.NORMAL
    told_waiting: bool = False
    dialogue: DialogueState | None = None
    waiting_texts: tuple[str, ...] = ()
    waiting_since: datetime | None = None
    last_seq: int = 0
    client_id: int | None = None
    identity_id: int | None = None
    operator_id: int | None = None
    snoozed_until: datetime | None = None
    verified: bool = False
    segment: str | None = None
    external_id: str = ""

    @property
    def key(self) -> str:
        """Names the conversation from its first message on, before it has an id."""
        return f"{self.channel}:{self.external_id}" if self.external_id else ""
