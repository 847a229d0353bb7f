"""A conversation as the policies see it, and who owns it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from service.domain.channels import ChannelKind
from service.domain.intents import Priority
from service.domain.verification import Link

__all__ = ["ChannelKind", "ConversationState", "ConversationView", "DialogueState", "read_dialogue"]


class ConversationState(StrEnum):
    """Who holds a conversation. Changes are compare-and-set on the conversation's version."""

    BOT = "bot"
    QUEUED = "queued"
    OPERATOR = "operator"
    CLOSED = "closed"


@dataclass(frozen=True)
class DialogueState:
    """A short procedure in progress: its name and what it has collected (JSON values only).

    `errand` is the key of what is being done for it. `account` is the client of the bank whose data it holds, where it
    holds any. `beneath` is the procedure that was interrupted by this one and goes on after it.
    """

    name: str
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    errand: str | None = None
    beneath: "DialogueState | None" = None
    account: str | None = None

    def __iter__(self) -> Iterator["DialogueState"]:
        """This procedure and those beneath it."""
        state: DialogueState | None = self
        while state is not None:
            yield state
            state = state.beneath

    def to_json(self) -> dict[str, Any]:
        """The state as the database keeps it."""
        kept: dict[str, Any] = {"name": self.name, "data": dict(self.data)}
        if self.errand is not None:
            kept["errand"] = self.errand
        if self.account is not None:
            kept["account"] = self.account
        if self.beneath is not None:
            kept["beneath"] = self.beneath.to_json()
        return kept


def read_dialogue(kept: Mapping[str, Any] | None) -> DialogueState | None:
    """The state behind the JSON of `DialogueState.to_json`."""
    if not kept:
        return None
    beneath = read_dialogue(kept.get("beneath"))
    return DialogueState(
        kept["name"], MappingProxyType(kept["data"]), kept.get("errand"), beneath, account=kept.get("account")
    )


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
    held_by: int | None = None
    segment: str | None = None
    external_id: str = ""
    link: Link | None = None
    in_group: bool = False

    @property
    def key(self) -> str:
        """Names the conversation from its first message on, before it has an id."""
        return f"{self.channel}:{self.external_id}" if self.external_id else ""

    @property
    def verified(self) -> bool:
        """Whether this identity is linked to a bank's client."""
        return self.link is not None
