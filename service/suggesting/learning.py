"""Operators' replies become past replies for the next client who asks the same; a client's are forgotten with them."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from models.entities import find_entities
from models.masking import mask
from service.domain.messages import Author
from service.domain.suggestions import OutcomeKind, SuggestionKind
from service.office import Office
from service.policies.placeholders import is_reusable, to_template
from service.policies.suggesting import are_alike, edit_distance, normalised
from service.policies.unanswered import TOGETHER, asks, is_answer
from service.storage import past_replies, suggestions
from service.storage.past_replies import Lesson
from service.storage.suggestions import NewOutcome
from service.suggesting.gathering import phrases_in

log = logging.getLogger(__name__)

SETTLED = timedelta(seconds=30)
"""How old a reply is before it is learned from: every transaction that began before it is over by then."""
AT_ONCE = 50
LONGEST_QUESTION = 1000
NEAR = 10


@dataclass(frozen=True)
class _Read:
    """One reply of an operator, read: what can be learned (or nothing), and whether an offer was ignored for it."""

    row: Row[Any]
    lesson: Lesson | None
    ignored: NewOutcome | None


def learn_due(office: Office) -> int:
    """Learn from the replies that were sent since the last time; returns how many were worth it.

    Each is read once, by one process, also after a crash: what was read and what was learned is one transaction.
    """
    with office.database.read() as connection:
        since = past_replies.read_up_to(connection)
        rows = past_replies.unread_replies(connection, office.clock() - SETTLED, AT_ONCE)
        read = [_read(connection, row, office) for row in rows]
    if not read:
        return 0
    office.past_replies.load()
    with office.database.write() as connection:
        if not past_replies.claim(connection, since, rows[-1].id):
            return 0  # another process is reading them
        for each in read:
            if each.ignored is not None:
                _note_ignored(connection, each.ignored, office)
            if each.lesson is not None:
                past_replies.add(connection, each.lesson, _same_reply(connection, each.lesson, office))
    office.past_replies.load()
    return sum(each.lesson is not None for each in read)


def forget(client_id: int, office: Office) -> int:
    """Forget everything that operators said to this client and what they asked; returns how many questions went.

    Other processes notice at their next look. Counts and scores of outcomes stay, their texts go.
    """
    with office.database.write() as connection:
        gone = past_replies.forget(connection, client_id)
        suggestions.forget(connection, past_replies.conversations_of(connection, client_id))
    office.past_replies.load()
    return gone


def _read(connection: Connection, row: Row[Any], office: Office) -> _Read:
    asked = _asked_before(connection, row)
    outcome = suggestions.outcome_of_reply(connection, row.id)
    offer = suggestions.offer_of(connection, asked[-1].id) if asked and outcome is None else None
    ignored = None
    best = next((each for each in offer.suggestions if not each.sent), None) if offer is not None else None
    if offer is not None and best is not None:
        ignored = NewOutcome(
            f"close/{offer.id}", offer, OutcomeKind.IGNORED, row.operator_id or 0,
            max(0.0, (row.created_at - offer.created_at).total_seconds()), best, row.id,
            client_text=best.question or offer.client_text, suggested_text=mask(best.text), final_text=mask(row.text),
            distance=edit_distance(best.text, row.text),
        )  # fmt: skip
    as_it_was = outcome is not None and outcome.outcome == OutcomeKind.ACCEPTED
    lesson = None
    if not (outcome is not None and as_it_was and outcome.kind != SuggestionKind.REPLY):  # articles are known already
        lesson = _lesson(row, asked, office)
    return _Read(row, lesson, ignored)


def _lesson(row: Row[Any], asked: list[Row[Any]], office: Office) -> Lesson | None:
    phrases = phrases_in(row.language)
    known = (each.understanding or {} for each in asked)
    said = [each for each in known if str(each.get("text", "")).strip() and asks(each, phrases, office.rules)]
    template = to_template(row.text, row.client_name, row.author_name)
    if not said or template is None or not is_reusable(template, phrases.holding):
        return None
    if not is_impersonal(template, office):
        return None
    question = " ".join(str(each["text"]) for each in said)[-LONGEST_QUESTION:]
    ranking = said[-1].get("ranking") or []
    vector = office.vectors.one(question)
    return Lesson(
        message_id=row.id,
        conversation_id=row.conversation_id,
        client_id=row.client_id,
        operator_id=row.operator_id,
        question=question,
        reply=template,
        reply_hash=hashlib.sha256(normalised(template).encode()).hexdigest(),
        language=row.language,
        department=row.department,
        intent=ranking[0]["intent"] if ranking and said[-1].get("in_scope") else None,
        vector=office.vectors.pack(vector) if vector is not None else None,
        encoder=office.vectors.encoder if vector is not None else None,
        at=row.created_at,
    )


def _asked_before(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """The client's messages that a reply answers, oldest first: those since the last reply that was an answer."""
    phrases = phrases_in(row.language)
    before = past_replies.said_before(connection, row.conversation_id, row.seq)
    mine = takewhile(lambda each: each.author == Author.CLIENT or not is_answer(each.text, phrases), before)
    return [each for each in mine if each.author == Author.CLIENT][:TOGETHER][::-1]


def is_impersonal(template: str, office: Office) -> bool:
    """Whether every number, date, sum and name in it is public: said in an article that is served.

    «Вам зачислили 15 300 ₽ 12 мая» is true for one client only; «по номеру 8 800 ...» may be for all.
    """
    public = [article.answer for article in office.knowledge.articles()]
    rest = template
    for entity in find_entities(template):
        said = template[entity.start : entity.end].strip()
        if not any(said in answer for answer in public):
            return False
        rest = rest.replace(said, " ")
    return mask(rest) == rest


def _same_reply(connection: Connection, lesson: Lesson, office: Office) -> int | None:
    """The past reply that says nearly the same in this department, if there is one."""
    same = past_replies.with_hash(connection, lesson)
    if same:
        return int(same[0].id)
    vector = office.vectors.unpack(lesson.vector, lesson.encoder)
    words = normalised(lesson.reply)
    near = [
        each.reply.id
        for each in office.past_replies.search(vector, language=lesson.language, limit=NEAR)
        if each.reply.department == lesson.department and are_alike(words, normalised(each.reply.reply))
    ]
    there = {row.id for row in past_replies.with_ids(connection, near)}
    return next((each for each in near if each in there), None)


def _note_ignored(connection: Connection, outcome: NewOutcome, office: Office) -> None:
    try:
        with connection.begin_nested():
            suggestions.add_outcome(connection, outcome, office.clock())
    except IntegrityError:
        return  # the offer was answered by an earlier reply
    office.metrics.suggestions.labels(SuggestionKind(outcome.suggestion.kind).value if outcome.suggestion else "none",
                                      OutcomeKind.IGNORED.value).inc()  # fmt: skip
