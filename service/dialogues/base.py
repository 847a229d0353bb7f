"""What every short procedure has in common: state in, state and acts out; pure, no clock but the argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.errands import Errand, ErrandOutcome
from service.domain.intents import Rules
from service.domain.messages import Button
from service.domain.verification import Asker


@dataclass(frozen=True)
class Turn:
    """What happened: the client typed `text` or pressed a button with payload `button`, or an errand came back.

    `outcome` is what came of the errand of the step before; the text is then the one that led to it, or empty.
    `intent` is there in the turn that starts the procedure. `asker` says who the client is and where they write.
    """

    text: str
    button: str | None
    language: str
    now: datetime
    intent: str | None = None
    outcome: ErrandOutcome | None = None
    asker: Asker = field(default_factory=Asker)
    with_file: bool = False


@dataclass(frozen=True)
class Say:
    """A sentence of `service/texts` by its key, with fields to fill in, further lines and buttons below.

    Fields may be text, numbers, Money, dates and other sentences; each is written as the client's language does.
    """

    key: str
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    buttons: "tuple[Button | Option, ...]" = ()
    lines: "tuple[Say, ...]" = ()


@dataclass(frozen=True)
class Option:
    """A button whose label is a sentence of the section `buttons`; a tap sends `payload` back."""

    key: str
    payload: str
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Step:
    """One step of a dialogue.

    `mine=False`: the message is about something else; it is decided as any other, and a dialogue that has a reminder
    goes on afterwards. `say`: what the bot says. `state=None` ends the dialogue. `errand`: do this and resume me with
    what came of it; needs a `state`. `intent`: the client meant this topic, serve it, as if they had just written
    `words`. `person`: why a person is needed now; `collected`: what they should know
    of what the client told the procedure. `fact` is recorded with the conversation. `secrets`: the parts of
    the client's words, as they wrote them, that nobody may keep.
    """

    mine: bool = True
    say: tuple[Say, ...] = ()
    intent: str | None = None
    person: Reason | None = None
    collected: Mapping[str, Any] | None = None
    state: DialogueState | None = None
    fact: Mapping[str, Any] | None = None
    errand: Errand | None = None
    words: str | None = None
    secrets: tuple[str, ...] = ()


NOT_MINE = Step(mine=False)


class Dialogue(Protocol):
    """A short multi-turn procedure, named as in the taxonomy's `action` or by what it asks.

    `sees_files`: what to do with a message that has a file is asked too. `talks_meanwhile`: the client's messages are
    given to it even while an errand of its own is being done; otherwise they are decided as any other. `asks_bank`: it
    is there only where a back office is. `of_account`: what it remembers may be shown only to the client of the bank it
    was read for; for anybody else it begins anew with the intent of its data. `payloads`: the kinds of its own buttons,
    the part before the first colon.
    """

    name: str
    sees_files: bool = False
    talks_meanwhile: bool = False
    asks_bank: bool = False
    of_account: bool = False
    payloads: tuple[str, ...] = ()

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The next step after the client's turn; empty `data` at the beginning. Never raises for any text."""
        ...

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """What to say of the open step after another question was answered; None: the other question ends it."""
        return None

    def tell_person(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a person should know of what the client has chosen, when an errand has failed."""
        return {}
