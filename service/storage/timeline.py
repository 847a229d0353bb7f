"""A client's whole story as one ordered list: messages, hand-offs, facts and notes of several conversations.

Each source is asked for its newest rows before the cursor by the same key (moment, conversation, seq, source, id), so
the merged page is exact however the sources lie between each other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, false, func, literal, select, true

from service.domain.console import Delivery, TimelineEvent, TimelineItem, TimelinePage, Understood
from service.domain.messages import DeliveryState
from service.errors import InvalidInput
from service.storage import calls, corrections, marks, messages, outbox
from service.storage.tables import (
    CallRow,
    ConversationRow,
    FactRow,
    HandoffRow,
    MessageRow,
    StaffNoteRow,
    StaffRow,
    table,
)

C = table(ConversationRow).c
M = table(MessageRow).c
H = table(HandoffRow).c
F = table(FactRow).c
N = table(StaffNoteRow).c
S = table(StaffRow).c
K = table(CallRow).c
NO_CALLS: ColumnElement[bool] = false()
LOST = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
AFTER_ALL = 2**31 - 1
"""The seq of things that stand after the messages of their moment."""


class Key(NamedTuple):
    """Where an item stands; keys compare in the order of the timeline."""

    at: datetime
    conversation_id: int
    seq: int
    source: int
    id: int

    def text(self) -> str:
        """As a cursor."""
        return "~".join((self.at.isoformat(), *map(str, self[1:])))


@dataclass(frozen=True)
class _Source:
    number: int
    query: Select[Any]
    at: ColumnElement[datetime]
    conversation: ColumnElement[int]
    seq: ColumnElement[int]
    id: ColumnElement[int]

    def rows(self, connection: Connection, ids: Sequence[int], before: Key | None, limit: int) -> list[Any]:
        query = self.query.add_columns(self.seq.label("place")).where(self.conversation.in_(ids))
        if before is not None:
            query = query.where(self._earlier(before))
        constant = isinstance(self.seq, BindParameter)  # an ORDER BY takes no constants
        ordered = (each.desc() for each in (self.at, self.conversation, *(() if constant else (self.seq,)), self.id))
        return list(connection.execute(query.order_by(*ordered).limit(limit)))

    def _earlier(self, key: Key) -> ColumnElement[bool]:
        if self.number == key.source:
            tail: ColumnElement[bool] = self.id < key.id
        else:
            tail = true() if self.number < key.source else false()
        in_seq = (self.seq < key.seq) | ((self.seq == key.seq) & tail)
        in_conversation = (self.conversation < key.conversation_id) | (
            (self.conversation == key.conversation_id) & in_seq
        )
        # `<=` first: it is what the index is entered with.
        return (self.at <= key.at) & ((self.at < key.at) | in_conversation)


_MESSAGES = _Source(
    0,
    select(table(MessageRow), C.client_delivered_seq, C.client_seen_seq, C.staff_seen_seq).join(
        ConversationRow, C.id == M.conversation_id
    ),
    M.created_at, M.conversation_id, M.seq, M.id,
)  # fmt: skip
_HANDOFFS = _Source(
    1, select(table(HandoffRow)), H.created_at, H.conversation_id, literal(AFTER_ALL, literal_execute=True), H.id
)
_FACTS = _Source(
    2, select(table(FactRow), S.name.label("staff_name")).outerjoin(StaffRow, S.login == F.actor),
    F.created_at, F.conversation_id, func.coalesce(F.seq, AFTER_ALL), F.id,
)  # fmt: skip
_NOTES = _Source(3, select(table(StaffNoteRow)), N.created_at, N.conversation_id, N.seq, N.id)


def _calls(ids: Sequence[int], condition: ColumnElement[bool]) -> _Source:
    """Calls with the phones that the client of these conversations has proved to be theirs."""
    proved = calls.proved_phones(ids)
    query = select(
        K.id, K.direction, K.outcome, K.answered_at, K.ended_at, K.started_at.label("created_at"), S.login,
        S.name.label("staff_name"), proved.c.conversation_id,
    )  # fmt: skip
    joined = query.join(proved, proved.c.phone_index == K.phone_index).outerjoin(StaffRow, S.id == K.operator_id)
    last = literal(AFTER_ALL, literal_execute=True)
    return _Source(4, joined.where(condition), K.started_at, proved.c.conversation_id, last, K.id)


def page(
    connection: Connection, channels: Mapping[int, str], before: str | None, limit: int,
    calls_seen: ColumnElement[bool] = NO_CALLS,
) -> TimelinePage:  # fmt: skip
    """The newest `limit` items before the cursor, oldest first, of these conversations (id -> channel).

    `calls_seen`: which calls of the log may stand among them, if they are the client's.
    """
    key = _read(before) if before is not None else None
    ids = list(channels)
    sources = (
        (_MESSAGES, _said), (_HANDOFFS, _handed_off), (_FACTS, _happened), (_NOTES, _noted),
        (_calls(ids, calls_seen), _called),
    )  # fmt: skip
    labels = corrections.of(connection, ids)
    found: list[tuple[Key, TimelineItem]] = []
    for source, make in sources:
        for row in source.rows(connection, ids, key, limit + 1):
            at = Key(row.created_at, row.conversation_id, row.place, source.number, row.id)
            fields = make(row, labels)
            found.append((at, TimelineItem(at.text(), at.at, at[1], channels[at[1]], **fields)))
    found.sort(key=lambda each: each[0], reverse=True)
    shown = found[:limit]
    earlier = shown[-1][0].text() if len(found) > limit and shown else None
    return TimelinePage(_with_problems(connection, [item for _, item in reversed(shown)]), earlier)


def deliveries(
    connection: Connection, conversation_ids: Collection[int], message_ids: Sequence[int]
) -> dict[int, Delivery]:
    """What became of these messages of these conversations; of others nothing is said."""
    query = _MESSAGES.query.where(M.id.in_(message_ids), M.conversation_id.in_(conversation_ids))
    states = {row.id: messages.state_of(row) for row in connection.execute(query)}
    problems = outbox.errors_of(connection, [key for key, state in states.items() if state in LOST])
    return {key: Delivery(state, problems.get(key)) for key, state in states.items()}


def _with_problems(connection: Connection, items: Sequence[TimelineItem]) -> tuple[TimelineItem, ...]:
    """The items; those of messages that were not delivered say why."""
    lost = [each.message.id for each in items if each.message is not None and each.message.state in LOST]
    if not lost:
        return tuple(items)
    problems = outbox.errors_of(connection, lost)
    return tuple(
        replace(each, problem=problems.get(each.message.id)) if each.message is not None else each for each in items
    )


def _read(cursor: str) -> Key:
    try:
        at, *rest = cursor.split("~")
        numbers = [int(each) for each in rest]
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or len(numbers) != 4 or not all(0 <= each < 2**31 for each in numbers):
            raise ValueError(cursor)
        return Key(moment, *numbers)
    except ValueError as error:
        raise InvalidInput("before: this is no cursor of the timeline; take `before` of the last page") from error


Labels = Mapping[tuple[int, int], tuple[str, ...]]


def _said(row: Row[*tuple[Any, ...]], labels: Labels) -> dict[str, Any]:
    message = messages.stored(row, messages.state_of(row))
    understanding = row.understanding
    if not understanding:
        return {"message": message}
    best: dict[str, Any] = next(iter(understanding.get("ranking") or ()), {})
    understood = Understood(
        intent=best.get("intent"),
        confidence=float(best.get("confidence") or 0.0),
        in_scope=bool(understanding.get("in_scope")),
        mood=str(understanding.get("mood") or "neutral"),
        keywords_used=bool(understanding.get("keywords_used")),
        decision=(row.decision or {}).get("kind"),
        corrected=labels.get((row.conversation_id, row.seq), ()),
    )
    return {"message": message, "understood": understood}


def _handed_off(row: Row[*tuple[Any, ...]], _labels: Labels) -> dict[str, Any]:
    data = {name: getattr(row, name) for name in ("reason", "department", "priority", "intent", "summary")}
    return {"event": TimelineEvent("handed_off", "bot", data, "bot")}


def _happened(row: Row[*tuple[Any, ...]], _labels: Labels) -> dict[str, Any]:
    return {"event": TimelineEvent(row.kind, row.actor, dict(row.data), row.staff_name or row.actor)}


def _noted(row: Row[*tuple[Any, ...]], _labels: Labels) -> dict[str, Any]:
    return {"note": marks.note(row)}


def _called(row: Row[*tuple[Any, ...]], _labels: Labels) -> dict[str, Any]:
    talked = (row.ended_at - row.answered_at).total_seconds() if row.answered_at else 0.0
    data = {"direction": row.direction, "outcome": row.outcome, "seconds": talked}
    return {"event": TimelineEvent("call", row.login or "client", data, row.staff_name or "")}
