"""A client's mark: the question after a request was closed, and what a tap does when it is written."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection

from service import texts
from service.dialogues import satisfaction
from service.dialogues.base import Say, Step
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import Button, Reply
from service.policies.surveys import may_ask, still_counts
from service.storage import surveys as storage
from service.storage.surveys import ClosedHandoff

ASK_WITHIN = timedelta(hours=1)
"""Whoever could not be asked within this time is not asked at all."""


def question(handoff_id: int, language: str) -> Reply:
    """The message with its buttons."""
    marks = tuple(
        Button(texts.text(f"mark_{score}", language, "shifts"), satisfaction.payload(handoff_id, score))
        for score in reversed(satisfaction.SCORES)
    )
    stop = Button(texts.text("survey_stop", language, "shifts"), satisfaction.payload(handoff_id, "off"))
    return Reply(texts.text("survey_ask", language, "shifts"), (*marks, stop))


def is_to_be_asked(found: ClosedHandoff) -> bool:
    """Whether this closed request's client is asked."""
    return (
        found.state is ConversationState.CLOSED
        and found.ended_how not in storage.NOT_CLOSED
        and may_ask(
            served_by_person=found.operator_id is not None,
            wants_surveys=found.wants_surveys,
            mood_score=found.mood_score,
        )
    )


def settle_mark(connection: Connection, conversation: ConversationView, step: Step, now: datetime, days: int) -> Step:
    """Write the mark that a dialogue's step carries, if it still counts, and let the bot say what became of it."""
    fact = step.fact
    if fact is None or fact["kind"] != "csat":
        return step
    found = storage.closed(connection, fact["handoff"])
    if found is None or found.conversation_id != conversation.id or found.survey not in ("asked", "rated"):
        return replace(step, say=(Say("survey_late"),), fact=None)  # somebody else's, or never asked about
    if fact["score"] is None:
        storage.refuse(connection, conversation.identity_id or 0)
        return replace(step, say=(Say("survey_stopped"),), fact=MappingProxyType({"kind": "surveys_refused"}))
    if found.survey == "rated":
        return replace(step, say=(Say("survey_again"),), fact=None)
    if not still_counts(found.ended_at, now, days):
        return replace(step, say=(Say("survey_late"),), fact=None)
    if not storage.rate(connection, found, fact["score"], now):
        return replace(step, say=(Say("survey_again"),), fact=None)
    return replace(step, say=(Say("survey_thanks" if fact["score"] > 3 else "survey_sorry"),))
