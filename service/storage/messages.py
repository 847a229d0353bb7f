"""The timeline: messages written in order, each once, and read back."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from service.domain.files import AttachedFile
from service.domain.messages import Author, Button, DeliveryState, Reply, StoredMessage
from service.storage.sealed import ring_of
from service.storage.tables import ConversationRow, MessageRow, insert_row, table
from service.storage.tables.conversations import TEXT

M = table(MessageRow).c
C = table(ConversationRow).c
_BY_EXTERNAL_ID = select(table(MessageRow)).where(
    M.channel == bindparam("channel"), M.external_id == bindparam("external_id")
)
_NEWEST = (
    select(table(MessageRow))
    .where(M.conversation_id == bindparam("conversation_id"))
    .order_by(M.seq.desc())
    .limit(bindparam("limit"))
)
_NEWEST_WORDS = (
    select(M.id, M.author, M.text, M.article)
    .where(M.conversation_id == bindparam("conversation_id"))
    .order_by(M.seq.desc())
    .limit(bindparam("limit"))
)
_EMPTY: dict[str, Any] = {
    "author_name": None, "operator_id": None, "buttons": None, "article": None, "article_title": None,
    "state": None, "understanding": None, "decision": None, "files": None,
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What was said in a message, and the article that said it."""

    id: int
    author: Author
    text: str
    article: str | None


OUR_ID = "\u2709"
"""Begins the ids of our own messages. A platform's id that began with it is stored with it doubled."""


def platform_id(external_id: str) -> str:
    """A platform's id as it is stored: it can look like anything, but never like one of ours."""
    return OUR_ID + external_id if external_id.startswith(OUR_ID) else external_id


def is_same_text(connection: Connection, kept: str, text: str) -> bool:
    """Whether `kept`, the hash of a recorded message, is that of this text: a repetition, and not another message."""
    return hmac.compare_digest(kept, ring_of(connection).blind(hash_text(text), TEXT))


def hash_text(text: str) -> str:
    """The hash of a text; in the database it is hashed once more, with a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find_recorded(connection: Connection, channel: str, external_id: str) -> tuple[StoredMessage, str] | None:
    """The message already stored under this id, with the hash of its text; None if it is new."""
    row = connection.execute(
        _BY_EXTERNAL_ID, {"channel": channel, "external_id": platform_id(external_id)}
    ).one_or_none()
    return (stored(row), row.text_hash) if row is not None else None


def add_client_message(
    connection: Connection, *, conversation_id: int, seq: int, channel: str, external_id: str, text: str,
    original_hash: str, understanding: dict[str, Any] | None, decision: dict[str, Any] | None, now: datetime,
    files: Sequence[AttachedFile] = (),
) -> int:  # fmt: skip
    """Store a client's message; IntegrityError when its id is already there. Returns its row id."""
    values = _EMPTY | {
        "conversation_id": conversation_id,
        "seq": seq,
        "channel": channel,
        "external_id": platform_id(external_id),
        "author": Author.CLIENT.value,
        "text": text,
        "text_hash": original_hash,
        "understanding": understanding,
        "decision": decision,
        "files": [asdict(file) for file in files] or None,
        "created_at": now,
    }
    return insert_row(connection, MessageRow, values)


def add_replies(
    connection: Connection, *, conversation_id: int, first_seq: int, channel: str, replies: Sequence[Reply],
    state: DeliveryState | None, now: datetime, operator_id: int | None = None, author_name: str | None = None,
    external_ids: Sequence[str] | None = None,
) -> list[int]:  # fmt: skip
    """Store our messages in order; their own key is conversation and seq, so a reply can't be written twice."""
    keys: list[int] = []
    for offset, reply in enumerate(replies):
        seq = first_seq + offset
        values = _EMPTY | {
            "conversation_id": conversation_id,
            "seq": seq,
            "channel": channel,
            "external_id": external_ids[offset] if external_ids else f"{OUR_ID}{conversation_id}/{seq}",
            "author": reply.author.value,
            "author_name": author_name,
            "operator_id": operator_id,
            "text": reply.text,
            "text_hash": hash_text(reply.text),
            "buttons": [asdict(button) for button in reply.buttons] or None,
            "article": reply.article,
            "article_title": reply.article_title,
            "state": state.value if state else None,
            "files": [asdict(file) for file in reply.files] or None,
            "created_at": now,
        }
        keys.append(insert_row(connection, MessageRow, values))
    return keys


def just_written(
    key: int, conversation_id: int, seq: int, text: str, now: datetime, external_id: str,
    files: Sequence[AttachedFile] = (),
) -> StoredMessage:  # fmt: skip
    """The client's message that was just stored, without reading it back."""
    return StoredMessage(
        key, conversation_id, seq, Author.CLIENT, text, now, DeliveryState.DELIVERED, external_id=external_id,
        files=tuple(files),
    )  # fmt: skip


def set_decision(
    connection: Connection, message_id: int, understanding: dict[str, Any], decision: dict[str, Any]
) -> None:
    """Keep what was decided for a burst with its last message."""
    connection.execute(
        update(MessageRow).where(M.id == message_id).values(understanding=understanding, decision=decision)
    )


def timeline(connection: Connection, conversation_id: int, after: int = 0, limit: int = 500) -> list[StoredMessage]:
    """The messages with seq > `after` in order, at most `limit`, with the state each has reached."""
    query = (
        select(table(MessageRow), C.client_delivered_seq, C.client_seen_seq, C.staff_seen_seq)
        .join(ConversationRow, C.id == M.conversation_id)
        .where(M.conversation_id == conversation_id, M.seq > after)
        .order_by(M.seq)
        .limit(limit)
    )
    return [stored(row, state_of(row)) for row in connection.execute(query)]


def last_messages(connection: Connection, conversation_id: int, limit: int) -> list[StoredMessage]:
    """The newest `limit` messages, oldest of them first."""
    newest = connection.execute(_NEWEST, {"conversation_id": conversation_id, "limit": limit})
    return [stored(row) for row in newest][::-1]


def get_by_seq(connection: Connection, conversation_id: int, seq: int) -> StoredMessage | None:
    """One message of a conversation."""
    query = select(table(MessageRow)).where(M.conversation_id == conversation_id, M.seq == seq)
    row = connection.execute(query).one_or_none()
    return stored(row) if row is not None else None


def last_words(connection: Connection, conversation_id: int, limit: int) -> list[Words]:
    """The words of the newest `limit` messages, oldest of them first: less to read than `last_messages`."""
    newest = connection.execute(_NEWEST_WORDS, {"conversation_id": conversation_id, "limit": limit})
    return [_words(row) for row in newest][::-1]


def unanswered(connection: Connection, conversation_id: int, limit: int = 10) -> list[Words]:
    """The client's messages since the last message of ours, oldest first."""
    with connection.execute(_NEWEST_WORDS, {"conversation_id": conversation_id, "limit": limit}) as newest:
        waiting = takewhile(lambda row: row.author == Author.CLIENT, newest)  # what is older isn't even decrypted
        return [_words(row) for row in waiting][::-1]


def _words(row: Row[*tuple[Any, ...]]) -> Words:
    return Words(row.id, Author(row.author), row.text, row.article)


def state_of(row: Row[*tuple[Any, ...]]) -> DeliveryState | None:
    """How far a message has come; the row has the conversation's three marks beside the message."""
    if row.author == Author.CLIENT:
        return DeliveryState.SEEN if row.seq <= row.staff_seen_seq else DeliveryState.DELIVERED
    if row.state is not None:
        return DeliveryState(row.state)
    if row.seq <= row.client_seen_seq:
        return DeliveryState.SEEN
    return DeliveryState.DELIVERED if row.seq <= row.client_delivered_seq else DeliveryState.SENT


def stored(row: Row[*tuple[Any, ...]], state: DeliveryState | None = None) -> StoredMessage:
    """A row of messages as a value."""
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        author=Author(row.author),
        text=row.text,
        at=row.created_at,
        state=state or (DeliveryState(row.state) if row.state else None),
        buttons=tuple(Button(**button) for button in row.buttons or ()),
        article=row.article,
        article_title=row.article_title,
        external_id=row.external_id,
        author_name=row.author_name,
        files=tuple(AttachedFile(**file) for file in row.files or ()),
        understanding=row.understanding,
        decision=row.decision,
    )
