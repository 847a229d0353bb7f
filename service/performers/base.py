"""What those who do errands for procedures have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.conversations import ConversationView
from service.domain.errands import ErrandOutcome
from service.domain.verification import Link
from service.office import Office


class TryAgain(Exception):
    """Nobody answered, or «not now»: the same errand is done again in a moment, with the same key."""


class Refused(Exception):
    """The answer is no, and asking again won't change it. `reason` is a word that the dialogue knows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Scene:
    """Where an errand inside the transaction of a message is done. `address` is where the message came from."""

    connection: Connection
    office: Office
    conversation: ConversationView
    now: datetime
    address: str | None = None


Inside = Callable[[Scene, Mapping[str, Any]], ErrandOutcome]
"""Done at once, in the transaction of the client's message: the database only, nothing that waits for others."""


@dataclass(frozen=True)
class Job:
    """An errand to be done outside any transaction. `key` is the same at each try: the bank's idempotency key.

    `link` is the client of the bank behind the identity at this moment; None for a stranger.
    """

    key: str
    operation: str
    arguments: Mapping[str, Any]
    conversation_id: int
    identity_id: int
    language: str
    link: Link | None


@dataclass(frozen=True)
class Performer:
    """Who does an operation outside: done in less than 20 seconds, and twice with the same key is as good as once.

    `perform` returns the value for the dialogue (plain values or those of the domain; nothing of it is kept) or raises
    Refused or TryAgain. A refusal of the back office counts as Refused with its reason; any other error as TryAgain.
    `changes`: once it has begun it can't be called back. `for_clients`: refused as `not_linked` for an identity that is
    not linked to a client of the bank, before and after it is done.
    """

    perform: Callable[[Job, Office], Mapping[str, Any]]
    changes: bool = False
    for_clients: bool = True
