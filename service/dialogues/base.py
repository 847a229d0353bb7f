"""What every short procedure has in common: state in, state and acts out; pure, no clock but the argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.intents import Rules
from service.domain.messages import Button


@dataclass(frozen=True)
class Turn:
    """What the client did: typed `text` or pressed a button with payload `button`."""

    text: str
    button: str | None
    language: str
    now: datetime


@dataclass(frozen=True)
class Say:
    """A sentence of `service/texts` by its key, with fields to fill in and buttons below."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a dialogue.

    `mine=False`: the message is about something else; it is decided as any other and the dialogue is kept only when
    `state` is given. `intent`: the client meant this topic, serve it. `person`: why a person is needed now. `say`: what
    the bot says. `state=None` ends the dialogue. `fact` is recorded with the conversation.
    """

    mine: bool = True
    say: tuple[Say, ...] = ()
    intent: str | None = None
    person: Reason | None = None
    state: DialogueState | None = None
    fact: Mapping[str, Any] | None = None


NOT_MINE = Step(mine=False)


class Dialogue(Protocol):
    """A short multi-turn procedure, named as in the taxonomy's `action` or by what it asks."""

    name: str

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The next step after the client's turn; empty `data` at the beginning. Never raises for any text."""
        ...
