"""Messages as they come in from a client and as they go out to one."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.domain.files import AttachedFile


class Author(StrEnum):
    """Who wrote a message."""

    CLIENT = "client"
    BOT = "bot"
    OPERATOR = "operator"
    SYSTEM = "system"


class DeliveryState(StrEnum):
    """How far an outgoing message (or, for the client's own messages, our reading of it) has come.

    `UNKNOWN` means the request left and no answer came back: it is shown, never guessed.
    """

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Button:
    """A next step under a message: pressing it sends `payload` back, or opens `url`.

    A payload is `kind:value` and at most 64 bytes (the tightest channel limit).
    """

    text: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class InboundMessage:
    """One message of a client, already verified and parsed by its channel.

    `external_id` is unique within the channel and settles duplicates. `client_external_id` names the
    client's identity in the channel. `language_hint` is what the channel knows about the client's language.
    `files` are keys of files that this client has uploaded before. `address` is the network address it came from,
    where there is one. `in_group`: others read along. `thread` is what the channel needs to answer in the same place (a
    subject, a number of the other system); it is kept with the client's identity and handed back. `refused_files` are
    names of files that were sent with it and could not be taken.
    """

    channel: str
    external_id: str
    client_external_id: str
    text: str
    button: str | None = None
    language_hint: str | None = None
    client_name: str | None = None
    files: tuple[str, ...] = ()
    address: str | None = None
    in_group: bool = False
    thread: str | None = None
    refused_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A message of ours, before it is written: what is said, which buttons it has, where it came from."""

    text: str
    buttons: tuple[Button, ...] = ()
    article: str | None = None
    article_title: str | None = None
    author: Author = Author.BOT
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True)
class StoredMessage:
    """A message of the timeline as it is stored; `seq` orders the messages of one conversation from 1."""

    id: int
    conversation_id: int
    seq: int
    author: Author
    text: str
    at: datetime
    state: DeliveryState | None = None
    buttons: tuple[Button, ...] = ()
    article: str | None = None
    article_title: str | None = None
    external_id: str | None = None
    author_name: str | None = None
    files: tuple[AttachedFile, ...] = ()
    understanding: dict[str, object] | None = field(default=None, compare=False)
    decision: dict[str, object] | None = field(default=None, compare=False)
