"""What operators replied before: kept as templates, merged when nearly equal, forgotten with the client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from service.domain.messages import Author
from service.storage import records
from service.storage.tables import (
    ClientRow,
    ConversationRow,
    MessageRow,
    PastQuestionRow,
    PastReplyRow,
    StaffRow,
    insert_row,
    table,
)

P = table(PastReplyRow).c
Q = table(PastQuestionRow).c
M = table(MessageRow).c
C = table(ConversationRow).c
VERSION = "past_replies_version"
READ_UP_TO = "past_replies_read"
MOST_QUESTIONS = 20
"""Questions kept for one reply; the oldest give way."""


@dataclass(frozen=True)
class Lesson:
    """A reply worth remembering, and the client's words (masked) that it answered. Texts are templates."""

    message_id: int
    conversation_id: int
    client_id: int
    operator_id: int | None
    question: str
    reply: str
    reply_hash: str
    language: str
    department: str | None
    intent: str | None
    vector: bytes | None
    encoder: str | None
    at: datetime


def version(connection: Connection) -> tuple[int, int]:
    """(how often something was erased, the number of the last change)."""
    erased, _, changed = (records.get_note(connection, VERSION) or "0.0").partition(".")
    return int(erased), int(changed)


def _next_change(connection: Connection, *, erased: bool = False) -> int:
    """The number of the change being made; processes that write at once queue on the note."""
    if records.get_note(connection, VERSION) is None:
        records.keep_first_note(connection, VERSION, "0.0")
    records.touch_note(connection, VERSION)
    times, changed = version(connection)
    records.set_note(connection, VERSION, f"{times + erased}.{changed + 1}")
    return changed + 1


def unread_replies(connection: Connection, before: datetime, limit: int) -> list[Row[Any]]:
    """Operators' messages that were not learned from yet, oldest first, written before `before`."""
    query = (
        select(M.id, M.conversation_id, M.seq, M.text, M.operator_id, M.author_name, M.created_at,
               C.language, C.department, C.client_id, C.last_intent, ClientRow.name.label("client_name"))
        .join(ConversationRow, C.id == M.conversation_id)
        .join(ClientRow, ClientRow.id == C.client_id)
        .where(M.id > read_up_to(connection), M.author == Author.OPERATOR.value, M.created_at <= before)
        .order_by(M.id)
        .limit(limit)
    )  # fmt: skip
    return list(connection.execute(query))


def read_up_to(connection: Connection) -> int:
    """The last message that was learned from."""
    return int(records.get_note(connection, READ_UP_TO) or 0)


def claim(connection: Connection, since: int, upto: int) -> bool:
    """Take the messages after `since` up to `upto` for this process; False when another one was faster."""
    records.keep_first_note(connection, READ_UP_TO, "0")
    return records.move_note(connection, READ_UP_TO, str(since), str(upto))


def said_before(connection: Connection, conversation_id: int, seq: int, limit: int = 8) -> list[Row[*tuple[Any, ...]]]:
    """What the client and operators said before message `seq`, newest first: id, author, text, understanding."""
    query = (
        select(M.id, M.author, M.text, M.understanding)
        .where(M.conversation_id == conversation_id, M.seq < seq,
               M.author.in_((Author.CLIENT.value, Author.OPERATOR.value)))
        .order_by(M.seq.desc())
        .limit(limit)
    )  # fmt: skip
    return list(connection.execute(query))


def with_hash(connection: Connection, lesson: Lesson) -> list[Row[Any]]:
    """Replies that read the same as this one."""
    query = select(table(PastReplyRow)).where(
        P.reply_hash == lesson.reply_hash, P.language == lesson.language, P.department == lesson.department
        if lesson.department is not None else P.department.is_(None),
    )  # fmt: skip
    return list(connection.execute(query))


def with_ids(connection: Connection, ids: Sequence[int]) -> list[Row[Any]]:
    """Replies by their ids; those that are gone are left out."""
    return list(connection.execute(select(table(PastReplyRow)).where(P.id.in_(ids))))


def add(connection: Connection, lesson: Lesson, into: int | None) -> int:
    """Remember a lesson, as another question of the reply `into` if that is given; returns the reply's id."""
    change = _next_change(connection)
    if into is None:
        into = insert_row(
            connection,
            PastReplyRow,
            {
                "reply": lesson.reply, "reply_hash": lesson.reply_hash, "language": lesson.language,
                "department": lesson.department, "intent": lesson.intent, "client_id": lesson.client_id,
                "conversation_id": lesson.conversation_id, "operator_id": lesson.operator_id,
                "created_at": lesson.at, "given_at": lesson.at, "changed": change,
            },
        )  # fmt: skip
    else:
        values = {"given": P.given + 1, "given_at": lesson.at, "operator_id": lesson.operator_id, "changed": change}
        connection.execute(update(PastReplyRow).where(P.id == into).values(**values))
    insert_row(
        connection,
        PastQuestionRow,
        {
            "past_reply_id": into, "question": lesson.question, "reply": lesson.reply, "vector": lesson.vector,
            "encoder": lesson.encoder, "intent": lesson.intent, "client_id": lesson.client_id,
            "conversation_id": lesson.conversation_id, "operator_id": lesson.operator_id,
            "message_id": lesson.message_id, "created_at": lesson.at, "changed": change,
        },
    )  # fmt: skip
    _drop_oldest(connection, into)
    return into


def _drop_oldest(connection: Connection, reply_id: int) -> None:
    newest = select(Q.id).where(Q.past_reply_id == reply_id).order_by(Q.id.desc()).limit(MOST_QUESTIONS)
    kept = list(connection.execute(newest).scalars())
    if len(kept) == MOST_QUESTIONS:  # those above stay in the processes that know them until they start again
        connection.execute(delete(PastQuestionRow).where(Q.past_reply_id == reply_id, Q.id < kept[-1]))


def count(connection: Connection, reply_id: int, outcome: str) -> None:
    """One more `outcome` (accepted, edited, rejected) of a reply; nothing when it was forgotten meanwhile."""
    change = _next_change(connection)
    values = {outcome: P[outcome] + 1, "changed": change}
    connection.execute(update(PastReplyRow).where(P.id == reply_id).values(values))


def changed_replies(connection: Connection, after: int) -> list[Row[Any]]:
    """Replies changed since, with the name of who gave them last (None: no longer here)."""
    query = (
        select(table(PastReplyRow), StaffRow.name.label("operator"))
        .outerjoin(StaffRow, StaffRow.id == P.operator_id)
        .where(P.changed > after)
        .order_by(P.changed)
    )
    return list(connection.execute(query))


def changed_questions(connection: Connection, after: int) -> list[Row[Any]]:
    """Questions added since."""
    query = (
        select(Q.id, Q.past_reply_id, Q.question, Q.vector, Q.encoder, Q.intent)
        .where(Q.changed > after)
        .order_by(Q.changed)
    )
    return list(connection.execute(query))


def keep_vectors(connection: Connection, vectors: Sequence[tuple[int, bytes]], encoder: str) -> None:
    """Keep vectors that were made anew: question id, bytes."""
    for question_id, vector in vectors:
        mine = update(PastQuestionRow).where(Q.id == question_id)
        connection.execute(mine.values(vector=vector, encoder=encoder))


def forget(connection: Connection, client_id: int) -> int:
    """Delete every question and every wording that came from this client; returns how many questions went.

    A reply that others were given too is kept in the words it was given to one of them.
    """
    held = conversations_of(connection, client_id)  # also those that came to this client by a merge
    asked = (Q.client_id == client_id) | Q.conversation_id.in_(held)
    gone = connection.execute(delete(PastQuestionRow).where(asked)).rowcount
    said = (P.client_id == client_id) | P.conversation_id.in_(held)
    theirs = list(connection.execute(select(P.id).where(said)).scalars())
    _next_change(connection, erased=True)
    for reply_id in theirs:
        query = select(table(PastQuestionRow)).where(Q.past_reply_id == reply_id).order_by(Q.id.desc()).limit(1)
        other = connection.execute(query).one_or_none()
        if other is not None:
            values = {"reply": other.reply, "client_id": other.client_id, "conversation_id": other.conversation_id}
            connection.execute(update(PastReplyRow).where(P.id == reply_id).values(**values))
    empty = ~select(Q.id).where(Q.past_reply_id == P.id).exists()
    connection.execute(delete(PastReplyRow).where(empty))
    return gone


def older_than(connection: Connection, before: datetime, limit: int) -> list[int]:
    """The oldest questions from before that time."""
    return list(connection.execute(select(Q.id).where(Q.created_at < before).order_by(Q.id).limit(limit)).scalars())


def drop(connection: Connection, questions: Sequence[int]) -> int:
    """Forget these questions, and replies that answer none any more; returns how many questions went."""
    if not questions:
        return 0
    gone = connection.execute(delete(PastQuestionRow).where(Q.id.in_(questions))).rowcount
    _next_change(connection, erased=True)
    connection.execute(delete(PastReplyRow).where(~select(Q.id).where(Q.past_reply_id == P.id).exists()))
    return gone


def conversations_of(connection: Connection, client_id: int) -> list[int]:
    """The conversations of a client."""
    return list(connection.execute(select(C.id).where(C.client_id == client_id)).scalars())
