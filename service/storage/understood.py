"""Understood messages as training sees them: kept, ordered by worth, labelled, streamed, erased."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from service.storage.tables import ConversationRow, FactRow, LabelRow, LogRow, MessageRow, OutcomeRow, insert_row, table

U = table(LogRow).c
L = table(LabelRow).c
M = table(MessageRow).c
F = table(FactRow).c
O = table(OutcomeRow).c  # noqa: E741 - an outcome, not a zero
C = table(ConversationRow).c
AT_ONCE = 500


def touched(
    connection: Connection, since: Sequence[int], before: datetime, limit: int
) -> tuple[list[int], tuple[int, ...]]:
    """Conversations in which something happened after the marks `since`, and the marks to go on from.

    The marks are the last message, fact and outcome that were read; at most `limit` of each are read at once.
    """
    found: dict[int, None] = {}
    marks = list(since)
    for place, columns in enumerate((M, F, O)):
        query = (
            select(columns.id, columns.conversation_id)
            .where(columns.id > since[place], columns.created_at <= before)
            .order_by(columns.id)
            .limit(limit)
        )
        for row in connection.execute(query):
            found[row.conversation_id] = None
            marks[place] = row.id
    return list(found), tuple(marks)


def owners(connection: Connection, conversation_ids: Sequence[int]) -> dict[int, int]:
    """Conversation -> its client."""
    query = select(C.id, C.client_id).where(C.id.in_(conversation_ids))
    return {row.id: row.client_id for row in connection.execute(query)}


def last_messages(connection: Connection, conversation_id: int, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """The newest messages of a conversation, oldest of them first, as far as they matter here."""
    query = (
        select(M.id, M.seq, M.author, M.understanding, M.decision, M.created_at)
        .where(M.conversation_id == conversation_id)
        .order_by(M.seq.desc())
        .limit(limit)
    )
    return list(connection.execute(query))[::-1]


def facts_of(connection: Connection, conversation_id: int, kinds: Sequence[str]) -> list[Row[*tuple[Any, ...]]]:
    """What happened in a conversation, in order."""
    query = (
        select(F.kind, F.data, F.seq, F.created_at)
        .where(F.conversation_id == conversation_id, F.kind.in_(kinds))
        .order_by(F.id)
    )
    return list(connection.execute(query))


def outcomes_of(connection: Connection, conversation_id: int) -> list[Row[*tuple[Any, ...]]]:
    """What operators made of suggestions in a conversation."""
    query = (
        select(O.message_id, O.outcome, O.kind, O.source, O.reason, O.distance)
        .where(O.conversation_id == conversation_id)
        .order_by(O.id)
    )
    return list(connection.execute(query))


def known(connection: Connection, message_ids: Sequence[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """Message -> the row that is kept of it."""
    query = select(U.id, U.message_id, U.state, U.vector, U.text).where(U.message_id.in_(message_ids))
    return {row.message_id: row for row in connection.execute(query)}


def newest(connection: Connection) -> int:
    """The last row that was added; 0 for none."""
    return int(connection.execute(select(func.max(U.id))).scalar_one() or 0)


def waiting(connection: Connection, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """The newest messages that nobody has labelled and that are worth it."""
    query = select(table(LogRow)).where(U.state == "open", U.message_id.is_not(None)).order_by(U.id.desc()).limit(limit)
    return list(connection.execute(query))


def by_intent(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """How many messages in scope had which intent."""
    query = (
        select(U.intent, func.count().label("n"))
        .where(U.created_at >= since, U.created_at < until, U.in_scope, U.intent.is_not(None))
        .group_by(U.intent)
    )
    return {row.intent: row.n for row in connection.execute(query)}


def known_examples(connection: Connection) -> set[str]:
    """The likeness of every doubted training example that was queued once."""
    return set(connection.execute(select(U.likeness).where(U.message_id.is_(None))).scalars())


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a new row; returns its id."""
    return insert_row(connection, LogRow, values)


def change(connection: Connection, log_id: int, **values: Any) -> None:
    """Change some columns of a row."""
    connection.execute(update(LogRow).where(U.id == log_id).values(**values))


def weigh(connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
    """Keep the worth, alikeness and reasons of many rows at once; each of `values` with the `row` they are of."""
    if values:
        connection.execute(update(table(LogRow)).where(U.id == bindparam("row")), list(values))


def get(connection: Connection, log_id: int, *, lock: bool = False) -> Row[*tuple[Any, ...]] | None:
    """One row, locked against others who label the same where that is asked for."""
    query = select(table(LogRow)).where(U.id == log_id)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def queue(
    connection: Connection, staff_id: int, limit: int, *, worry: str | None = None, but: Sequence[int] = ()
) -> list[Row[*tuple[Any, ...]]]:
    """What is to be labelled by this person, worthiest first: open and disputed rows, and samples of others' labels."""
    own = select(L.log_id).where(L.staff_id == staff_id)
    last = select(func.max(L.id)).where(L.staff_id == staff_id).group_by(L.log_id)
    skipped = select(L.log_id).where(L.id.in_(last), L.source == "skip")
    waits = or_(
        (U.state == "open") & U.id.not_in(skipped),
        (U.state == "disputed") & U.id.not_in(skipped),
        (U.state == "labelled") & U.sample & (U.labelled_by == 1) & U.id.not_in(own),
    )
    query = select(table(LogRow)).where(waits, U.id.not_in(but)).order_by(U.worth.desc(), U.id).limit(limit)
    if worry is not None:
        query = query.where(cast(U.reasons, String).contains(f'"{worry}"', autoescape=True))
    return list(connection.execute(query))


def counts(connection: Connection) -> dict[str, int]:
    """How many rows there are in each state."""
    return {row.state: row.n for row in connection.execute(
        select(U.state, func.count().label("n")).group_by(U.state)
    )}  # fmt: skip


def add_label(
    connection: Connection, log_id: int, intents: Sequence[str] | None, source: str, staff_id: int, author: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write down what a person said of a row; None takes back their last word."""
    connection.execute(
        insert(table(LabelRow)).values(
            log_id=log_id, intents=list(intents) if intents is not None else None, source=source, staff_id=staff_id,
            author=author, created_at=now,
        )
    )  # fmt: skip


def labels_of(connection: Connection, log_id: int) -> list[Row[*tuple[Any, ...]]]:
    """Everything that was said of a row, in order."""
    return list(connection.execute(select(table(LabelRow)).where(L.log_id == log_id).order_by(L.id)))


def history(connection: Connection, limit: int, staff_id: int | None = None) -> list[Row[*tuple[Any, ...]]]:
    """The newest labels with the messages they are about."""
    query = (
        select(L.id, L.log_id, L.intents, L.source, L.author, L.staff_id, L.created_at, U.text)
        .join(LogRow, U.id == L.log_id)
        .order_by(L.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query if staff_id is None else query.where(L.staff_id == staff_id)))


def of_samples(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """All labels of the rows that two people label, in order."""
    query = (
        select(L.log_id, L.intents, L.source, L.staff_id)
        .join(LogRow, U.id == L.log_id)
        .where(U.sample)
        .order_by(L.log_id, L.id)
    )
    return list(connection.execute(query))


def stream_all(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Every row with all that is kept of it, in order of arrival."""
    yield from connection.execute(select(table(LogRow)).order_by(U.id).execution_options(yield_per=200))


def stream(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Every row that may be exported, those that read the same behind each other; memory does not grow with them."""
    query = (
        select(U.id, U.likeness, U.text, U.language, U.intent, U.confidence, U.label, U.labelled_by, U.state,
               U.weak_label, U.weak_weight, U.weak_reason, U.message_id, U.created_at)
        .order_by(U.likeness, U.id)
        .execution_options(yield_per=1000)
    )  # fmt: skip
    yield from connection.execute(query)


def likenesses(
    connection: Connection, among: Collection[str], *, clients: Sequence[int] = (), conversations: Sequence[int] = (),
    before: datetime | None = None,
) -> set[str]:  # fmt: skip
    """Of these likenesses, those of any kept row; of a client or a conversation, or older, where that is said."""
    where: list[ColumnElement[bool]] = []
    if clients or conversations:
        where.append(or_(U.client_id.in_(clients), U.conversation_id.in_(conversations)))
    if before is not None:
        where.append((U.created_at < before) & U.message_id.is_not(None))
    asked, found = sorted(among), set[str]()
    for start in range(0, len(asked), AT_ONCE):
        some = U.likeness.in_(asked[start : start + AT_ONCE])
        found |= set(connection.execute(select(U.likeness).where(some, *where)).scalars())
    return found


def forget(connection: Connection, conversation_ids: Sequence[int]) -> int:
    """Delete everything that was kept of these conversations, labels included; returns how many messages went."""
    return _delete(connection, U.conversation_id.in_(conversation_ids))


def forget_client(connection: Connection, client_id: int) -> int:
    """Delete everything that was kept of a client's messages, labels included; returns how many went."""
    return _delete(connection, U.client_id == client_id)


def newest_texts(connection: Connection, since: datetime, limit: int) -> Iterator[Row[*tuple[Any, ...]]]:
    """Text and time of the clients' newest messages since then, newest first, each as often as it came."""
    query = (
        select(U.text, U.created_at)
        .where(U.created_at >= since, U.message_id.is_not(None))
        .order_by(U.id.desc())
        .limit(limit)
        .execution_options(yield_per=1000)
    )
    yield from connection.execute(query)


def any_before(connection: Connection, moment: datetime) -> bool:
    """Whether any message is older than that."""
    query = select(U.id).where(U.created_at < moment, U.message_id.is_not(None)).limit(1)
    return connection.execute(query).first() is not None


def expire(connection: Connection, before: datetime) -> int:
    """Delete what is older than that; returns how many messages went."""
    return _delete(connection, (U.created_at < before) & U.message_id.is_not(None))


def _delete(connection: Connection, where: Any) -> int:
    connection.execute(delete(LabelRow).where(L.log_id.in_(select(U.id).where(where))))
    return connection.execute(delete(LogRow).where(where)).rowcount
