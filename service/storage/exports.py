"""What training gets: clients' messages, masked, with what was understood and what a person said they meant."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from service.domain.messages import Author
from service.storage.corrections import CORRECTED, UNDONE, standing
from service.storage.tables import FactRow, LogRow, MessageRow, OutcomeRow, table

M = table(MessageRow).c
F = table(FactRow).c
U = table(OutcomeRow).c
G = table(LogRow).c


def client_messages(connection: Connection, *, only_labelled: bool = False) -> Iterator[dict[str, Any]]:
    """Every understood message in order of arrival; `label` is the latest correction by a person, or None.

    Texts are the masked ones: personal data never leaves the database this way.
    """
    query = (
        select(M.conversation_id, M.seq, M.understanding, M.decision)
        .where(M.author == Author.CLIENT.value, M.understanding.is_not(None))
        .order_by(M.id)
        .execution_options(yield_per=1000)
    )
    labels = _corrections(connection)
    for row in connection.execute(query):
        label = labels.get((row.conversation_id, row.seq))
        if label is None and only_labelled:
            continue
        understood = row.understanding
        ranking = understood.get("ranking") or [{"intent": None, "confidence": 0.0}]
        yield {
            "text": understood["text"],
            "language": understood["language"],
            "label": label,
            "intent": ranking[0]["intent"],
            "confidence": ranking[0]["confidence"],
            "scope_score": understood["scope_score"],
            "model": understood["model_version"],
            "decision": (row.decision or {}).get("kind"),
        }


def _corrections(connection: Connection) -> dict[tuple[int, int], str]:
    """Labels of messages that are about one thing; those about several teach a classifier of one intent nothing."""
    query = select(F.conversation_id, F.kind, F.data).where(F.kind.in_((CORRECTED, UNDONE))).order_by(F.id)
    labels = standing(connection.execute(query))
    return {place: intents[0] for place, intents in labels.items() if len(intents) == 1}


def sent_articles(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Articles that operators sent, as they were or edited, with what was understood of the message, in order."""
    query = (
        select(U.client_text, U.source, U.outcome, U.distance, M.understanding)
        .join(MessageRow, M.id == U.message_id)
        .where(
            U.outcome.in_(("accepted", "edited")), U.kind == "article", U.client_text.is_not(None),
            U.source.is_not(None), M.understanding.is_not(None),
        )
        .order_by(U.id)
        .execution_options(yield_per=500)
    )  # fmt: skip
    yield from connection.execute(query)


def answered_messages(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    """Messages that the bot answered by itself, with what happened then and the decision, in order."""
    query = (
        select(G.text, G.language, G.ranking, G.happened, M.decision)
        .join(MessageRow, M.id == G.message_id)
        .where(G.decision == "answer")
        .order_by(G.id)
        .execution_options(yield_per=500)
    )
    yield from connection.execute(query)


def suggestion_outcomes(connection: Connection) -> Iterator[dict[str, Any]]:
    """What operators made of suggestions, in order: what was asked and offered, at which rank and score, and the end.

    `outcome` is accepted, edited, rejected or ignored (the operator wrote `final` in their own words; rank, score and
    `suggested` are then the best suggestion's). `distance` (0..1) is how much of it was changed, `seconds` how long
    the operator thought. Texts are masked; they are null for clients who were forgotten.
    """
    query = select(table(OutcomeRow)).order_by(U.id).execution_options(yield_per=1000)
    for row in connection.execute(query):
        source = row.source or {}
        yield {
            "text": row.client_text,
            "outcome": row.outcome,
            "kind": row.kind,
            "source": source.get("key"),
            "title": source.get("title") if row.kind != "reply" else None,
            "rank": row.rank,
            "score": row.score,
            "suggested": row.suggested_text,
            "final": row.final_text,
            "distance": row.distance,
            "seconds": row.seconds,
            "reason": row.reason,
            "comment": row.comment,
            "operator": row.staff_id,
            "at": row.created_at.isoformat(),
        }
