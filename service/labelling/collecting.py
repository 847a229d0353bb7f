"""Understood messages become what training sees: masked text, ranking, what happened next, a weak label, a worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from models.likeness import likeness
from service.domain.labels import Guess
from service.labelling.tracing import Trace, trace
from service.office import Office
from service.policies.review_worth import Signals, judge
from service.policies.weak_labels import is_doubted, label_from
from service.quoting import forget_quotes
from service.storage import records, understood

READ_UP_TO = "understood_read"
SETTLED = timedelta(seconds=5)
"""How old something is before it is read: every transaction that began before it is over by then."""
AT_ONCE = 20
"""Conversations in one transaction; clients' messages wait while it is written."""
SAMPLE_EVERY = 10
"""One message in so many is labelled by two people."""


@dataclass(frozen=True)
class _Conversation:
    id: int
    client_id: int
    traces: list[Trace]
    vectors: dict[int, bytes]


def collect_due(office: Office) -> int:
    """Read what has happened since the last time; returns how many conversations were looked at.

    Each change is read once, by one process, also after a crash: what was read and what follows is one transaction.
    """
    with office.database.read() as connection:
        kept = records.get_note(connection, READ_UP_TO) or "0.0.0"
        since = [int(each) for each in kept.split(".")]
        ids, marks = understood.touched(connection, since, office.clock() - SETTLED, AT_ONCE)
        if not ids:
            return 0
        clients = understood.owners(connection, ids)
        read = [
            _Conversation(each, clients[each], trace(connection, each, office.knowledge), {})
            for each in ids
            if each in clients
        ]
        fresh = _without_vector(connection, read)
    _encode(fresh, office)
    with office.database.write() as connection:
        records.keep_first_note(connection, READ_UP_TO, "0.0.0")
        if not records.move_note(connection, READ_UP_TO, kept, ".".join(map(str, marks))):
            return 0  # another process is reading them
        for each in read:
            _keep(connection, each, office)
    return len(read)


def forget(client_id: int, office: Office) -> int:
    """Erase everything that training could get of a client; returns how many messages went."""
    with office.database.write() as connection:
        forget_quotes(
            connection, office.settings.registry,
            lambda known: understood.likenesses(connection, known, clients=[client_id]),
        )  # fmt: skip
        return understood.forget_client(connection, client_id)


def expire_old(office: Office) -> int:
    """Erase what is older than `OTKLIK_TRAINING_DAYS`; returns how many messages went."""
    before = office.clock() - timedelta(days=office.settings.training_days)
    with office.database.read() as connection:
        if not understood.any_before(connection, before):
            return 0
    with office.database.write() as connection:
        forget_quotes(
            connection, office.settings.registry,
            lambda known: understood.likenesses(connection, known, before=before),
        )  # fmt: skip
        return understood.expire(connection, before)


def _without_vector(connection: Connection, read: Sequence[_Conversation]) -> list[tuple[_Conversation, Trace]]:
    """What is worth comparing with other messages: whatever was not surely understood."""
    ids = [each.message_id for one in read for each in one.traces]
    known = understood.known(connection, ids)
    return [
        (one, each)
        for one in read
        for each in one.traces
        if (not each.understanding.get("automatic") or is_doubted(each.events))
        and (each.message_id not in known or known[each.message_id].vector is None)
    ]


def _encode(fresh: Sequence[tuple[_Conversation, Trace]], office: Office) -> None:
    # Kept in the database, so not in memory as well.
    texts = [str(each.understanding["text"]) for _, each in fresh]
    vectors = office.vectors.of(texts, remember=False)
    if vectors is None:
        return
    for (conversation, each), vector in zip(fresh, vectors, strict=True):
        conversation.vectors[each.message_id] = office.vectors.pack(vector)


def _keep(connection: Connection, conversation: _Conversation, office: Office) -> None:
    departments = {each.id: each.department for each in office.rules.intents.values()}
    known = understood.known(connection, [each.message_id for each in conversation.traces])
    for each in conversation.traces:
        values = _values(each, departments)
        if each.message_id in conversation.vectors:
            values |= {"vector": conversation.vectors[each.message_id], "encoder": office.vectors.encoder}
        row = known.get(each.message_id)
        if row is None:
            own = {
                "message_id": each.message_id, "conversation_id": conversation.id, "client_id": conversation.client_id,
                "seq": each.seq, "label": None, "labelled_by": 0, "sample": each.message_id % SAMPLE_EVERY == 0,
                "topic_id": None, "topic_place": None, "created_at": each.at,
            }  # fmt: skip
            understood.add(connection, {"vector": None, "encoder": None, "alike": 1} | values | own)
        else:
            understood.change(connection, row.id, **values | {"state": _state_of(row, values)})


def _state_of(row: Row[*tuple[Any, ...]], values: dict[str, Any]) -> str:
    """What people have said stays; the rest follows from the worth."""
    return str(values["state"] if row.state in ("open", "quiet") else row.state)


def _values(one: Trace, departments: dict[str, str]) -> dict[str, Any]:
    read = one.understanding
    ranking = [Guess(str(each["intent"]), float(each["confidence"])) for each in read.get("ranking") or []]
    in_scope = bool(read.get("in_scope"))
    weak = label_from(ranking, in_scope, one.events, departments)
    best = max(read.get("articles") or [], key=lambda each: float(each["score"]), default=None)
    worth, worries = judge(
        Signals(
            lead=lead_of(ranking),
            in_scope=in_scope,
            automatic=bool(read.get("automatic")),
            disagreement=float(read.get("disagreement") or 0.0),
            doubted=is_doubted(one.events),
        )
    )
    return {
        "text": str(read["text"]),
        "likeness": likeness(str(read["text"])),
        "language": str(read.get("language", "other")),
        "model": read.get("model_version"),
        "intent": ranking[0].intent if ranking else None,
        "confidence": ranking[0].confidence if ranking else 0.0,
        "ranking": [[guess.intent, round(guess.confidence, 4)] for guess in ranking],
        "in_scope": in_scope,
        "scope_score": float(read.get("scope_score") or 0.0),
        "disagreement": float(read.get("disagreement") or 0.0),
        "article": best["id"] if best else None,
        "article_score": float(best["score"]) if best else None,
        "decision": one.kind,
        "happened": [event.to_json() for event in one.events],
        "weak_label": weak.intent if weak else None,
        "weak_weight": weak.weight if weak else None,
        "weak_reason": weak.reason if weak else None,
        "worth": worth,
        "reasons": [worry.value for worry in worries],
        "state": "open" if worth > 0 else "quiet",
    }


def lead_of(ranking: Sequence[Guess]) -> float:
    """How far the best intent is before the second, 0..1."""
    if not ranking:
        return 0.0
    return ranking[0].confidence - (ranking[1].confidence if len(ranking) > 1 else 0.0)
