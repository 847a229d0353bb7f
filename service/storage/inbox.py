"""The list on the left of the console: a page of ids in order first, then what is shown of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Row, Select, and_, bindparam, func, or_, select

from service.domain.console import InboxEntry, InboxFilters, InboxPage, Snoozed
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.messages import Author
from service.domain.waiting import Ageing
from service.errors import InvalidInput
from service.storage import marks
from service.storage.columns import LARGEST_ID
from service.storage.queue import queue_order, urgency
from service.storage.staff import StaffMember
from service.storage.tables import ClientRow, ConversationRow, HandoffRow, MessageRow, StaffRow, TagRow, table
from service.storage.visibility import visible

C = table(ConversationRow).c
H = table(HandoffRow).c
M = table(MessageRow).c
T = table(TagRow).c
LINE_LETTERS = 200
MOOD_MESSAGES = 3


@dataclass(frozen=True)
class Cursor:
    """Where a page ended, and at which moment the first one was ordered: the later pages keep to that moment, or
    those who became urgent in between would be shown twice or not at all.
    """

    urgency: int
    queued_at: datetime
    conversation_id: int
    ordered_at: datetime

    def __str__(self) -> str:
        return f"{self.urgency}~{self.queued_at.isoformat()}~{self.conversation_id}~{self.ordered_at.isoformat()}"


def page(
    connection: Connection, staff: StaffMember, filters: InboxFilters, after: str | None, limit: int, ageing: Ageing
) -> InboxPage:
    """Open conversations that `staff` may see, in the order of the queue. See `order`."""
    cursor = None if after is None else read_cursor(after)
    if cursor is not None:
        ageing = replace(ageing, now=cursor.ordered_at)
    found = connection.execute(order(staff, filters, cursor, limit + 1, ageing)).all()
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    following = str(Cursor(last.urgency, last.queued_at, last.id, ageing.now)) if last else None
    return InboxPage(_entries(connection, [row.id for row in shown]), following)


def order(staff: StaffMember, filters: InboxFilters, after: Cursor | None, limit: int, ageing: Ageing) -> Select[Any]:
    """The query of a page: ids in the queue's order after the cursor, read from the index alone where nothing else is
    filtered by.
    """
    rank = urgency(ageing)
    query = (
        select(C.id, rank.label("urgency"), C.queued_at)
        .where(visible(staff), C.queued_at.is_not(None), *_conditions(filters))
        .order_by(*queue_order(ageing))
        .limit(limit)
    )
    if after is None:
        return query
    since = after.queued_at
    later = or_(C.queued_at > since, and_(C.queued_at == since, C.id > after.conversation_id))
    return query.where(or_(rank < after.urgency, and_(rank == after.urgency, later)))


def _conditions(filters: InboxFilters) -> list[ColumnElement[bool]]:
    open_states = [state.value for state in filters.states if state in InboxFilters().states]
    found: list[ColumnElement[bool]] = [C.state.in_(open_states)]
    for column, wanted in (
        (C.department, filters.departments),
        (C.channel, filters.channels),
        (C.language, filters.languages),
        (C.priority, [priority.value for priority in filters.priorities]),
    ):
        if wanted:
            found.append(column.in_(wanted))
    if filters.operator_id is not None:
        found.append(C.operator_id == filters.operator_id)
    found.extend(C.id.in_(select(T.conversation_id).where(T.tag == tag)) for tag in filters.tags)
    if filters.snoozed is not Snoozed.SHOWN:
        awake = filters.snoozed is Snoozed.HIDDEN
        found.append(C.snoozed_until.is_(None) if awake else C.snoozed_until.is_not(None))
    return found


def read_cursor(cursor: str) -> Cursor:
    """The cursor of a page's `next`; InvalidInput for one that is none of ours."""
    try:
        rank, since, number, ordered = cursor.split("~")
        read = Cursor(int(rank), datetime.fromisoformat(since), int(number), datetime.fromisoformat(ordered))
        aware = read.queued_at.tzinfo is not None and read.ordered_at.tzinfo is not None
        # A year from the end of the calendar, as the moments compared with are counted back from it.
        sane = aware and 2000 <= read.ordered_at.year <= 9000 and 2 <= read.queued_at.year <= 9000
        if not sane or not 0 <= read.conversation_id <= LARGEST_ID or not 0 <= read.urgency < len(Priority):
            raise ValueError(cursor)
        return read
    except ValueError as error:
        raise InvalidInput("after: this is no cursor of the list; take `next` of the page before") from error


def _entries(connection: Connection, ids: Sequence[int]) -> tuple[InboxEntry, ...]:
    if not ids:
        return ()
    rows = {row.id: row for row in connection.execute(_details(), {"ids": list(ids)})}
    tags = marks.tags_of(connection, ids)
    moods = _moods(connection, ids)
    return tuple(_entry(rows[each], tags.get(each, ()), moods.get(each, 0.0)) for each in ids)


@cache  # built once: putting it together costs more than running it
def _details() -> Select[Any]:
    last = table(MessageRow).alias("last_message")
    client = M.author == Author.CLIENT.value
    of_it = M.conversation_id == C.id
    unread = select(func.count()).where(of_it, client, M.seq > C.operator_seen_seq).scalar_subquery()
    said = table(MessageRow).alias("said")
    # The last word of a person: that the bot has called an operator is the same line everywhere and tells nothing.
    spoken = (
        select(func.max(said.c.seq))
        .where(said.c.conversation_id == C.id, said.c.author.in_((Author.CLIENT.value, Author.OPERATOR.value)))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    replied = (
        select(func.max(said.c.seq))
        .where(said.c.conversation_id == C.id, said.c.author == Author.OPERATOR.value)
        .where(said.c.created_at >= C.queued_at)
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    waits_since = (
        select(M.created_at)
        .where(of_it, client, M.seq > replied)
        .order_by(M.seq)
        .limit(1)
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    handoff = (
        select(func.max(H.id))
        .where(H.conversation_id == C.id, H.ended_at.is_(None))
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    return (
        select(
            C.id, C.version, C.state, C.client_id, C.channel, C.language, C.department, C.priority, C.queued_at,
            C.operator_id, C.snoozed_until, C.updated_at, ClientRow.name.label("client_name"),
            StaffRow.name.label("operator"), H.reason, H.intent, last.c.author.label("last_author"),
            last.c.text.label("last_text"), last.c.files.label("last_files"), last.c.created_at.label("last_at"),
            unread.label("unread"), waits_since.label("waits_since"),
            replied.label("replied"),
        )
        .join(ClientRow, ClientRow.id == C.client_id)
        .outerjoin(HandoffRow, H.id == handoff)
        .outerjoin(StaffRow, StaffRow.id == C.operator_id)
        .outerjoin(last, (last.c.conversation_id == C.id) & (last.c.seq == spoken))
        .where(C.id.in_(bindparam("ids", expanding=True)))
    )  # fmt: skip


@cache
def _recent_moods() -> Select[Any]:
    place = func.row_number().over(partition_by=M.conversation_id, order_by=M.seq.desc()).label("place")
    recent = (
        select(M.conversation_id, M.understanding["mood_score"].as_float().label("mood"), place)
        .join(ConversationRow, C.id == M.conversation_id)
        # A conversation of a thousand messages is not read for the mood of the last three.
        .where(C.id.in_(bindparam("ids", expanding=True)), M.author == Author.CLIENT.value, M.seq > C.last_seq - 12)
        .subquery()
    )
    return (
        select(recent.c.conversation_id, func.avg(recent.c.mood, type_=Float))
        .where(recent.c.place <= MOOD_MESSAGES)
        .group_by(recent.c.conversation_id)
    )


def _moods(connection: Connection, ids: Sequence[int]) -> Mapping[int, float]:
    rows = connection.execute(_recent_moods(), {"ids": list(ids)})
    return {row[0]: round(float(row[1] or 0.0), 3) for row in rows}


def _entry(row: Row[*tuple[Any, ...]], tags: tuple[str, ...], mood: float) -> InboxEntry:
    # Until an operator has said something, the client waits since they came into the queue.
    unserved = row.replied is None or row.state == ConversationState.QUEUED
    return InboxEntry(
        conversation_id=row.id,
        version=row.version,
        state=ConversationState(row.state),
        client_id=row.client_id,
        client_name=row.client_name,
        channel=row.channel,
        language=row.language,
        department=row.department or "",
        priority=Priority(row.priority),
        queued_at=row.queued_at,
        waits_since=row.waits_since or (row.queued_at if unserved else None),
        mood=mood,
        unread=row.unread,
        last_author=Author(row.last_author or Author.SYSTEM),
        last_text=one_line(row.last_text, row.last_files),
        last_at=row.last_at or row.updated_at,
        operator_id=row.operator_id,
        operator=row.operator,
        reason=row.reason,
        intent=row.intent,
        tags=tags,
        snoozed_until=row.snoozed_until,
    )


def one_line(text: str | None, files: Sequence[Mapping[str, Any]] | None) -> str:
    """A message as one short line; of a message of files alone, their names."""
    words = " ".join((text or "").split()) or ", ".join(str(file["name"]) for file in files or ())
    return words if len(words) <= LINE_LETTERS else words[: LINE_LETTERS - 1] + "…"
