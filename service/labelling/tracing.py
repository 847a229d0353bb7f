"""What came of each message of a conversation, read from the timeline, the facts and the outcomes of suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row

from service.domain.decisions import Reason
from service.domain.labels import Event, Happened
from service.domain.messages import Author
from service.domain.resolutions import Resolution
from service.domain.suggestions import OutcomeKind, RejectReason, SuggestionKind
from service.knowledge import Knowledge
from service.storage import corrections, understood

READ_BACK = 200
"""Messages of a conversation that are looked at again when something happens in it."""
AT_ONCE = timedelta(minutes=1)
_FACTS = ("feedback", "closed", "transferred", corrections.CORRECTED, corrections.UNDONE)
_SERVED = ("answer", "handoff", "suggest", "clarify", "start_dialogue")


@dataclass
class Trace:
    """One understood message of a client and what happened after it, in order."""

    message_id: int
    seq: int
    at: datetime
    understanding: dict[str, Any]
    decision: dict[str, Any]
    events: list[Event] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of the decision."""
        return str(self.decision.get("kind", ""))

    @property
    def answered(self) -> bool:
        """Whether the bot answered it."""
        return self.kind == "answer"

    def add(self, kind: Happened, intents: Sequence[str] = (), **more: Any) -> None:
        """One more thing that happened; said again it changes nothing."""
        event = Event(kind, tuple(intents), **more)
        if event not in self.events:
            self.events.append(event)


def trace(connection: Connection, conversation_id: int, knowledge: Knowledge) -> list[Trace]:
    """The last messages of a conversation with what came of them.

    Bursts are one message, the last; what has no words (a button, a picture) is left out.
    """
    rows = understood.last_messages(connection, conversation_id, READ_BACK)
    traces = [made for row in rows if row.author == Author.CLIENT and (made := _trace(row)) is not None]
    if not traces:
        return []
    _follow(traces)
    for fact in understood.facts_of(connection, conversation_id, _FACTS):
        _note_fact(fact, traces)
    _note_corrections(connection, conversation_id, traces)
    by_message = {each.message_id: each for each in traces}
    for outcome in understood.outcomes_of(connection, conversation_id):
        if outcome.message_id in by_message:
            _note_outcome(outcome, by_message[outcome.message_id], knowledge)
    return [each for each in traces if each.understanding.get("words") and each.understanding.get("text")]


def _trace(row: Row[*tuple[Any, ...]]) -> Trace | None:
    decision = row.decision or {}
    if row.understanding is None or decision.get("kind") in (None, "wait", "dialogue"):
        return None
    return Trace(row.id, row.seq, row.created_at, row.understanding, decision)


def _follow(traces: Sequence[Trace]) -> None:
    """The client's next message tells of the one before: a person was asked for, or the same was said otherwise."""
    for before, after in pairwise(traces):
        asked = after.decision.get("reason") == Reason.ASKED_FOR_PERSON or after.decision.get("command") == "operator"
        if before.answered and asked:
            before.add(Happened.ASKED_FOR_PERSON)
        elif before.kind in ("answer", "clarify") and after.at - before.at <= AT_ONCE and _speaks(after):
            meant = _best(after)
            if meant != _best(before) or meant is None:
                sure = bool(after.understanding.get("automatic")) and meant is not None
                before.add(Happened.REPHRASED, (str(meant),) if sure else ())


def _speaks(one: Trace) -> bool:
    """Whether a message says what is wanted, and is not thanks or a command."""
    return one.kind in _SERVED and bool(one.understanding.get("words"))


def _best(one: Trace) -> str | None:
    ranking = one.understanding.get("ranking") or []
    return str(ranking[0]["intent"]) if ranking and one.understanding.get("in_scope") else None


def _note_fact(fact: Row[*tuple[Any, ...]], traces: Sequence[Trace]) -> None:
    before = [each for each in traces if _speaks(each) and _comes_before(each, fact)]
    if fact.kind == "feedback":
        about = next((each for each in reversed(before) if each.answered), None)
        if about is not None:
            kind = Happened.HELPED if fact.data.get("helped") else Happened.DID_NOT_HELP
            intent = fact.data.get("intent")
            about.add(kind, (str(intent),) if intent else ())
    elif fact.kind == "transferred" and before and fact.data.get("department") != fact.data.get("from_department"):
        before[-1].add(Happened.TRANSFERRED, department=fact.data.get("department"))
    elif fact.kind == "closed" and fact.data.get("resolution") == Resolution.RESOLVED and before:
        before[-1].add(Happened.RESOLVED)


def _comes_before(one: Trace, fact: Row[*tuple[Any, ...]]) -> bool:
    known = fact.seq is not None
    return bool(one.seq <= fact.seq if known else one.at <= fact.created_at)


def _note_corrections(connection: Connection, conversation_id: int, traces: Sequence[Trace]) -> None:
    meant = corrections.of(connection, [conversation_id])
    for each in traces:
        intents = meant.get((conversation_id, each.seq))
        if intents is not None:
            each.add(Happened.CORRECTED, intents)


def _note_outcome(outcome: Row[*tuple[Any, ...]], about: Trace, knowledge: Knowledge) -> None:
    kind = OutcomeKind(outcome.outcome)
    if kind is OutcomeKind.REJECTED:
        if outcome.reason == RejectReason.WRONG_TOPIC:
            about.add(Happened.REJECTED)
        return
    if kind is OutcomeKind.IGNORED or outcome.kind != SuggestionKind.ARTICLE:
        return
    key = (outcome.source or {}).get("key")
    language = str(about.understanding.get("language", "ru"))
    article = (knowledge.get(str(key), language) or knowledge.get(str(key), "ru")) if key else None
    happened = Happened.ACCEPTED if kind is OutcomeKind.ACCEPTED else Happened.EDITED
    about.add(happened, article.intents if article else (), change=float(outcome.distance or 0.0))
