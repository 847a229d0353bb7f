"""What a channel is. One channel = one file = one class; this is all that the house asks of it.

In: the route gives the raw request to `verify` and `parse`; each event is handled and committed before the platform is
answered. Out: `deliver` makes ONE request for one `Delivery` (the house has split the text and laid out the buttons
already) and says by its exception what became of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from service.domain.channels import ChannelKind, ChannelRules
from service.domain.messages import Author, Button, DeliveryState, InboundMessage


@dataclass(frozen=True)
class Setting:
    """One thing an owner has to say about a channel: OTKLIK_<CHANNEL>_<NAME> or a field of the console's page.

    A `secret` is sealed before it is stored and never shown again. The field's label in the console is
    `[channel_settings]` `<channel>_<name>` of the texts, or `<name>` where it means the same everywhere. With `choices`
    it is one of these words.
    """

    name: str
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebhookRequest:
    """A request of a platform as it came; names of headers are in small letters, `body` is the raw bytes."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class WebhookAnswer:
    """What the platform is answered after the commit."""

    body: str = ""
    status: int = 200
    media_type: str = "text/plain"


@dataclass(frozen=True)
class RemoteFile:
    """A file that lies at the platform; `reference` is what `fetch` needs. The worker fetches it after the answer."""

    reference: str
    name: str
    size: int | None = None


@dataclass(frozen=True)
class MessageCame:
    """A client's message.

    `files` are fetched later. Messages with the same `album` are parts of one. `acknowledge` is handed to the
    channel's `acknowledge` after the commit (a pressed button that waits for an answer). An empty `message.text` with
    a `button` gets the button's title from the house.
    """

    message: InboundMessage
    files: tuple[RemoteFile, ...] = ()
    album: str | None = None
    acknowledge: str | None = None


@dataclass(frozen=True)
class ReachChanged:
    """The client has blocked us or left (`reachable=False`), or lets us write again."""

    client_external_id: str
    reachable: bool


@dataclass(frozen=True)
class DeliveryReported:
    """The platform's word on messages of ours.

    Names one by `platform_id` or by our `key`; with `and_before` also all that this client was sent before it; with
    `up_to` all that `client_external_id` was sent until then. States never go back, whatever the order of reports.
    """

    state: DeliveryState
    platform_id: str | None = None
    key: str | None = None
    and_before: bool = False
    client_external_id: str | None = None
    up_to: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class Ignored:
    """Something that is no business of ours; `what` is for the log and names no client."""

    what: str


Event = MessageCame | ReachChanged | DeliveryReported | Ignored


@dataclass(frozen=True)
class Inbound:
    """A parsed request: what happened, and what the platform wants to hear when all of it is committed."""

    events: tuple[Event, ...] = ()
    answer: WebhookAnswer = WebhookAnswer()


@dataclass(frozen=True)
class Polled:
    """What a poll brought. `cursor` is stored after the events are committed and handed to the next poll."""

    events: tuple[Event, ...]
    cursor: str


@dataclass(frozen=True)
class OutFile:
    """A file to send: it lies at `path`, checked before."""

    name: str
    media_type: str
    size: int
    path: Path


@dataclass(frozen=True)
class Delivery:
    """One request to the platform: one text, or a file (with a caption); `key` is the same at every attempt.

    `buttons` fit the channel's rules. `thread` is what the channel itself gave with the client's last message
    (`InboundMessage.thread`). `late`: the free window is over and a person writes, so the human-only tag is needed.
    `waits`: the client waits for a person at this moment.
    """

    recipient: str
    key: str
    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[OutFile, ...] = ()
    author: Author = Author.BOT
    thread: str | None = None
    late: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Receipt:
    """The platform took the message; `platform_id` is its name for it, which later reports use.

    `passed_on`: the platform's own people serve the client from now on, so nobody waits here any more.
    """

    platform_id: str | None = None
    passed_on: bool = False


class SignatureRefused(Exception):
    """The request does not come from the platform, or is an old one sent again."""


class Malformed(Exception):
    """The request comes from the platform but is not in its format; the words say what and where, never a value."""


class RetryLater(Exception):
    """The platform refused for now and surely did not deliver.

    `platform_away`: it is the platform (unreachable, 5xx) or the channel's limit, not this message; the whole channel
    rests for a while.
    """

    def __init__(self, reason: str, after_seconds: float | None = None, *, platform_away: bool = False) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds
        self.platform_away = platform_away


class Undeliverable(Exception):
    """The platform will never deliver this message. `unreachable`: nor any other to this client (blocked, gone)."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


class FateUnknown(Exception):
    """The request left and no answer came: it may have been delivered, so it is not sent again by itself."""


class AccountBroken(Exception):
    """Nothing can be delivered over this channel until an administrator mends it (token revoked, account banned)."""


def problem_of(failure: Exception) -> str:
    """What is kept of a failure: its kind, for words of ours, and what the platform said: «gone: VK: error 901»."""
    match failure:
        case RetryLater(platform_away=True):
            kind = "away"
        case RetryLater():
            kind = "later"
        case FateUnknown():
            kind = "unknown"
        case AccountBroken():
            kind = "account"
        case Undeliverable(unreachable=True):
            kind = "gone"
        case _:
            kind = "refused"
    return f"{kind}: {failure}"


class RecipientMoved(Exception):
    """The platform knows this client under another id now; the message was not delivered."""

    def __init__(self, recipient: str) -> None:
        super().__init__("the platform gave the client another id")
        self.recipient = recipient


class Channel(Protocol):
    """One way clients reach us.

    `pushes=False`: clients fetch their messages themselves (the web chat), nothing goes through the outbox.
    `takes_files=True`: files of operators reach the client over it.
    """

    name: str
    kind: ChannelKind
    pushes: bool
    takes_files: bool
    rules: ChannelRules

    def deliver(self, delivery: Delivery) -> Receipt:
        """Make one request; raises RetryLater, Undeliverable, FateUnknown, AccountBroken or RecipientMoved."""
        ...


class Connector(Channel, Protocol):
    """A channel of a platform outside. Made with the values of its SETTINGS (all present, "" where not said)."""

    SETTINGS: ClassVar[tuple[Setting, ...]]

    def __init__(self, settings: Mapping[str, str]) -> None: ...

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """SignatureRefused unless the platform sent this, and sent it now; compares in constant time."""
        ...

    def parse(self, request: WebhookRequest) -> Inbound:
        """What a verified request says; Malformed. Pure: the same request gives the same events and ids."""
        ...

    def check(self) -> str:
        """Ask the platform who we are; returns its answer for people. Raises AccountBroken or RetryLater."""
        ...


@runtime_checkable
class Polls(Protocol):
    """A channel that is asked for news instead of (or besides) being called."""

    def polls(self) -> bool:
        """Whether the settings want polling."""
        ...

    def poll(self, cursor: str | None, wait_seconds: float) -> Polled:
        """News after `cursor`, waiting at most so long for some; RetryLater or AccountBroken.

        What was returned is returned again until a later `cursor` is handed in.
        """
        ...


@runtime_checkable
class FetchesFiles(Protocol):
    """A channel whose messages bring files."""

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Write the file to `into` and return its name; RetryLater, or Undeliverable (gone, or larger than asked)."""
        ...


@runtime_checkable
class SetsWebhook(Protocol):
    """A channel whose platform can be told by a request where to send its news."""

    def set_webhook(self, url: str) -> str:
        """Register `url`; returns what the platform said. Raises as `check` does."""
        ...


@runtime_checkable
class Acknowledges(Protocol):
    """A platform that wants to hear that a pressed button was taken."""

    def acknowledge(self, token: str) -> None:
        """Say so. A courtesy: failures are logged and forgotten."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """A platform that shows that somebody is typing."""

    def show_typing(self, recipient: str) -> None:
        """Show it for a few seconds. A courtesy: failures are logged and forgotten."""
        ...
