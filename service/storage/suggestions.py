"""Offers of suggestions and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ConversationState
from service.domain.messages import Author
from service.domain.suggestions import Offer, OutcomeKind, Suggestion, suggestion_from_json
from service.storage.staff import StaffMember
from service.storage.tables import (
    ClientRow,
    ConversationRow,
    HandoffRow,
    MessageRow,
    OfferRow,
    OutcomeRow,
    insert_row,
    table,
)
from service.storage.visibility import visible as staff_sees

O = table(OfferRow).c  # noqa: E741 - as in the outbox
U = table(OutcomeRow).c
M = table(MessageRow).c
C = table(ConversationRow).c
WITH_OPERATOR = ConversationState.OPERATOR.value
_SPEAKERS = (Author.CLIENT.value, Author.OPERATOR.value)


@dataclass(frozen=True)
class NewOutcome:
    """One decision of an operator about an offer. `once` names what may happen once only; texts are masked."""

    once: str
    offer: Offer
    outcome: OutcomeKind
    staff_id: int
    seconds: float
    suggestion: Suggestion | None = None
    reply_id: int | None = None
    reason: str | None = None
    comment: str | None = None
    client_text: str | None = None
    suggested_text: str | None = None
    final_text: str | None = None
    distance: float | None = None


def newest_ids(connection: Connection) -> tuple[int, int]:
    """The newest message and hand-off: nothing new since the last look, nothing to do."""
    message, handoff = connection.execute(
        select(select(func.max(M.id)).scalar_subquery(), select(func.max(HandoffRow.id)).scalar_subquery())
    ).one()
    return message or 0, handoff or 0


def without_offer(connection: Connection, after_message: int, after_handoff: int, limit: int) -> list[int]:
    """Conversations with an operator, written in or handed over since these, whose last message has no offer yet.

    For one that waits in the queue the offer is made when somebody opens it: most will have new messages by then.
    """
    written = select(M.conversation_id).where(M.id > after_message, M.author == Author.CLIENT.value)
    handed = select(HandoffRow.conversation_id).where(HandoffRow.id > after_handoff)
    last = (
        select(func.max(M.id))
        .where(M.conversation_id == C.id, M.author == Author.CLIENT.value)
        .correlate(ConversationRow)
        .scalar_subquery()
    )
    query = (
        select(C.id)
        .where(C.id.in_(written.union(handed)), C.state == WITH_OPERATOR, ~exists().where(O.message_id == last))
        .order_by(C.last_client_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def last_client_message(connection: Connection, conversation_id: int) -> Row[*tuple[Any, ...]] | None:
    """The client's newest message: id, seq, text, understanding."""
    query = (
        select(M.id, M.seq, M.text, M.understanding)
        .where(M.conversation_id == conversation_id, M.author == Author.CLIENT.value)
        .order_by(M.seq.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def moved_on(connection: Connection, conversation_id: int, seq: int, but: int = 0) -> bool:
    """Whether the client or an operator said something after `seq` (the message with the id `but` not counted)."""
    later = exists().where(M.conversation_id == conversation_id, M.seq > seq, M.author.in_(_SPEAKERS), M.id != but)
    return bool(connection.execute(select(later)).scalar_one())


def client_name(connection: Connection, conversation_id: int) -> str | None:
    """What the client of a conversation is called, as far as it is known."""
    query = select(ClientRow.name).join(ConversationRow, C.client_id == ClientRow.id).where(C.id == conversation_id)
    return connection.execute(query).scalar_one_or_none()


def add_offer(
    connection: Connection, *, conversation_id: int, message_id: int, version: int, language: str,
    suggestions: Sequence[Suggestion], now: datetime,
) -> None:  # fmt: skip
    """Keep an offer, unless another process was faster: the first one for a message stays."""
    values = {
        "conversation_id": conversation_id, "message_id": message_id, "version": version, "language": language,
        "suggestions": [each.to_json() for each in suggestions], "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            insert_row(connection, OfferRow, values)
    except IntegrityError:
        return


def drop_offer(connection: Connection, offer_id: int) -> None:
    """Forget an offer whose content is not true any more; it is made anew when asked for."""
    connection.execute(delete(OfferRow).where(O.id == offer_id))


def offer_of(connection: Connection, message_id: int) -> Offer | None:
    """The offer for a message."""
    return _offer(connection.execute(_OFFERS.where(O.message_id == message_id)).one_or_none())


def get_offer(connection: Connection, offer_id: int) -> Offer | None:
    """The offer by its id."""
    return _offer(connection.execute(_OFFERS.where(O.id == offer_id)).one_or_none())


_OFFERS: Select[Any] = select(
    table(OfferRow), M.seq, M.understanding, M.conversation_id.label("now_in")
).join(MessageRow, M.id == O.message_id)  # fmt: skip


def _offer(row: Row[Any] | None) -> Offer | None:
    if row is None:
        return None
    return Offer(
        id=row.id,
        conversation_id=row.now_in,  # a message may have been moved when two conversations were merged
        message_id=row.message_id,
        seq=row.seq,
        version=row.version,
        language=row.language,
        suggestions=tuple(suggestion_from_json(each) for each in row.suggestions),
        created_at=row.created_at,
        client_text=str((row.understanding or {}).get("text", "")),
    )


def rejected_ranks(connection: Connection, offer_id: int) -> set[int]:
    """The ranks of an offer that somebody rejected."""
    query = select(U.rank).where(U.offer_id == offer_id, U.outcome == OutcomeKind.REJECTED.value)
    return {rank for rank in connection.execute(query).scalars() if rank is not None}


def add_outcome(connection: Connection, new: NewOutcome, now: datetime) -> int:
    """Write an outcome down; IntegrityError when `once` has happened already."""
    suggestion = new.suggestion
    return insert_row(
        connection,
        OutcomeRow,
        {
            "once": new.once,
            "offer_id": new.offer.id,
            "conversation_id": new.offer.conversation_id,
            "message_id": suggestion.answers if suggestion and suggestion.answers else new.offer.message_id,
            "reply_id": new.reply_id,
            "outcome": new.outcome.value,
            "rank": suggestion.rank if suggestion else None,
            "kind": suggestion.kind.value if suggestion else None,
            "source": suggestion.source.to_json() if suggestion else None,
            "score": suggestion.score if suggestion else None,
            "reason": new.reason,
            "comment": new.comment,
            "staff_id": new.staff_id,
            "client_text": new.client_text,
            "suggested_text": new.suggested_text,
            "final_text": new.final_text,
            "distance": new.distance,
            "seconds": round(new.seconds, 1),
            "created_at": now,
        },
    )


def outcome_once(connection: Connection, once: str) -> Row[Any] | None:
    """The outcome of this name, if it has happened."""
    return connection.execute(select(table(OutcomeRow)).where(U.once == once)).one_or_none()


def outcome_of_reply(connection: Connection, reply_id: int) -> Row[Any] | None:
    """The outcome that led to an operator's message, if one did."""
    return connection.execute(select(table(OutcomeRow)).where(U.reply_id == reply_id)).one_or_none()


def recent_questions(connection: Connection, staff: StaffMember, language: str, limit: int) -> list[str]:
    """What clients wrote lately (masked, in `language`) in conversations that this person may see, newest first."""
    query = (
        select(M.understanding)
        .join(ConversationRow, C.id == M.conversation_id)
        .where(M.author == Author.CLIENT.value, M.understanding.is_not(None), staff_sees(staff))
        .order_by(M.id.desc())
        .limit(limit)
    )
    read = (row or {} for row in connection.execute(query).scalars())
    return [str(each["text"]) for each in read if each.get("language") == language and each.get("words", 0) > 1]


def forget(connection: Connection, conversation_ids: Sequence[int]) -> None:
    """Delete the offers of these conversations and every text in their outcomes; counts and scores stay."""
    connection.execute(delete(OfferRow).where(O.conversation_id.in_(conversation_ids)))
    connection.execute(
        update(OutcomeRow)
        .where(U.conversation_id.in_(conversation_ids))
        .values(client_text=None, suggested_text=None, final_text=None, comment=None)
    )
