"""A visitor's side of the web chat: what they read, and what they have seen."""

from contextlib import suppress
from dataclasses import dataclass

from service import procedures
from service.domain.conversations import ChannelKind, ConversationState, ConversationView
from service.domain.messages import StoredMessage
from service.errors import StorageUnavailable
from service.events import conversation_topic
from service.office import Office
from service.storage import conversations, messages, queue


@dataclass(frozen=True)
class Visit:
    """The conversation as its client may see it."""

    conversation: ConversationView | None
    messages: list[StoredMessage]
    position: int | None = None

    @property
    def state(self) -> ConversationState:
        """Who holds it; the bot before the first message."""
        return self.conversation.state if self.conversation else ConversationState.BOT

    @property
    def bot_is_typing(self) -> bool:
        """True while the bot waits whether the client has more to say, or does something for them."""
        conversation = self.conversation
        if conversation is None:
            return False
        waits = conversation.waiting_since is not None and conversation.held_by is None
        return waits or procedures.is_busy(conversation.dialogue)


def read_visit(visitor: str, office: Office, *, after: int = 0, limit: int = 500) -> Visit:
    """The messages after `after`; those of ours become delivered."""
    with office.database.read() as connection:
        conversation = conversations.find(connection, "web", visitor, ChannelKind.WEB)
        if conversation is None or conversation.id is None:
            return Visit(None, [])
        found = messages.timeline(connection, conversation.id, after, limit)
        waits = conversation.state is ConversationState.QUEUED
        place = queue.position(connection, conversation.id, office.ageing()) if waits else None
    fresh = [message.seq for message in found if message.state == "sent"]
    if fresh:
        with suppress(StorageUnavailable):  # reading goes on while nothing can be written
            _mark(conversation, "client_delivered_seq", max(fresh), office)
    return Visit(conversation, found, place)


def mark_seen(visitor: str, seq: int, office: Office) -> None:
    """The client has seen everything up to `seq`."""
    with office.database.read() as connection:
        conversation = conversations.find(connection, "web", visitor, ChannelKind.WEB)
    if conversation is not None:
        _mark(conversation, "client_seen_seq", min(seq, conversation.last_seq), office)


def _mark(conversation: ConversationView, column: str, seq: int, office: Office) -> None:
    with office.database.write() as connection:
        moved = conversations.mark(connection, conversation.id or 0, column, seq)
    if moved:
        office.events.publish(conversation_topic(conversation.id or 0))
