"""What the service decided to do with a message: a closed union, handled with `match`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.domain.intents import Priority


class Reason(StrEnum):
    """Why a person is asked in; stored with the hand-off and shown to the operator."""

    ASKED_FOR_PERSON = "asked_for_person"
    INTENT_NEEDS_PERSON = "intent_needs_person"
    NEEDS_VERIFICATION = "needs_verification"
    NOT_UNDERSTOOD = "not_understood"
    ANSWER_DID_NOT_HELP = "answer_did_not_help"
    NO_ARTICLE = "no_article"
    UPSET_CLIENT = "upset_client"
    SUGGEST_ONLY = "suggest_only"
    SENT_FILE = "sent_file"
    REOPENED = "reopened"
    OPERATION_FAILED = "operation_failed"
    LINK_DISOWNED = "link_disowned"


@dataclass(frozen=True)
class Answer:
    """Answer at once with these articles, one message each (several only when several things were asked)."""

    articles: tuple[str, ...]
    intent: str | None = None


@dataclass(frozen=True)
class Clarify:
    """Ask once which of these topics is meant. `key` names the sentence: unsure, out_of_scope or several."""

    topics: tuple[str, ...]
    key: str = "unsure"


@dataclass(frozen=True)
class StartDialogue:
    """Start a short procedure by its name."""

    name: str
    intent: str | None = None


@dataclass(frozen=True)
class HandOff:
    """Give the conversation to a person; `article` is what the client should know meanwhile.

    `mode` (push, pull; None is the owner's default) and `skill` come from the routing table.
    """

    department: str
    priority: Priority
    reason: Reason
    intent: str | None = None
    article: str | None = None
    mode: str | None = None
    skill: str | None = None


@dataclass(frozen=True)
class Suggest:
    """An operator holds the conversation: say nothing, offer these articles as replies."""

    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Social:
    """A fixed short reply: greeting, thanks, goodbye, praise, bot_identity ..."""

    key: str


@dataclass(frozen=True)
class Control:
    """A command that steers the conversation: menu, operator, cancel, unsubscribe, subscribe, start."""

    command: str


@dataclass(frozen=True)
class Refuse:
    """Something we won't take here, with a stated reason: empty, too_long, unsupported, secure_channel."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Keep quiet for `seconds` and understand what has come by then together.

    The message reads like the first of several; or, with `held_by`, that restriction keeps its sender waiting.
    """

    seconds: float
    held_by: int | None = None


@dataclass(frozen=True)
class Silent:
    """Nothing is decided: `reason` tells why (queued, already_answered, may_leave: who waits seems to give up)."""

    reason: str


Decision = Answer | Clarify | StartDialogue | HandOff | Suggest | Social | Control | Refuse | Wait | Silent


def describe(decision: Decision | None) -> dict[str, Any]:
    """The decision as plain JSON values, `kind` first: for the log of decisions, the API and `otklik ask`.

    None is a turn that a dialogue has dealt with itself.
    """
    if decision is None:
        return {"kind": "dialogue"}
    kind = _KINDS.get(type(decision), type(decision).__name__.lower())
    return {"kind": kind} | {
        key: list(value) if isinstance(value, tuple) else value for key, value in vars(decision).items()
    }


_KINDS: dict[type, str] = {StartDialogue: "start_dialogue"}
