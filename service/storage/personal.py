"""Where what is about one client is kept: every table is in one of the two lists below, a test sees to it.

What is declared is exported, erased with the client and let go when its time is over, by the same few statements. A new
table that holds anything of a client is one more line here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    cast,
    delete,
    false,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from service.domain.keeping import Kind
from service.domain.suspicion import Scope, identity_key
from service.storage import links
from service.storage.tables import (
    Base,
    ConversationRow,
    FileRow,
    HandoffRow,
    IdentityRow,
    LogRow,
    MergeRow,
    OutcomeRow,
    table,
)

C = table(ConversationRow).c
I = table(IdentityRow).c  # noqa: E741
H = table(HandoffRow).c
G = table(MergeRow).c
F = table(FileRow).c
U = table(LogRow).c
O = table(OutcomeRow).c  # noqa: E741


@dataclass(frozen=True)
class Held:
    """How a table holds what is about a client: `by` the columns that say whose a row is (see `_WHOSE`).

    `blanks` are emptied where the row itself says nothing of the client. `hidden` columns (vectors, hashes, stems) mean
    nothing to people and are left out of an export. Rows of a `kind` go when they are older, by the column `age`, than
    that class of data is kept; `late` ones may be written down long after they happened, so their keys tell no order.
    """

    by: tuple[str, ...]
    blanks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    kind: Kind | None = None
    age: str = "created_at"
    late: bool = False


OF_CLIENTS: Mapping[str, Held] = {
    "clients": Held(("id",)),
    "identities": Held(("client_id",), hidden=("external_index",)),
    "conversations": Held(("client_id",)),
    "messages": Held(("conversation_id",), hidden=("text_hash",), kind=Kind.CONVERSATIONS),
    "handoffs": Held(("conversation_id",), kind=Kind.CONVERSATIONS, age="ended_at"),
    "outbox": Held(("conversation_id",)),
    "facts": Held(("conversation_id",), kind=Kind.CONVERSATIONS),
    "staff_notes": Held(("conversation_id",), kind=Kind.CONVERSATIONS),
    "conversation_tags": Held(("conversation_id",)),
    "files": Held(("conversation_id", "owner_index"), hidden=("owner_index",), kind=Kind.FILES),
    "client_merges": Held(("from_client", "into_client")),
    "search_texts": Held(("conversation_id",), hidden=("stems",)),
    "sla_alarms": Held(("conversation_id",)),
    "ratings": Held(("conversation_id",)),
    "score_cards": Held(("handoff_id",)),
    "offers": Held(("conversation_id",), kind=Kind.SUGGESTIONS),
    "suggestion_outcomes": Held(
        ("conversation_id",),
        blanks=("client_text", "suggested_text", "final_text", "comment", "source"),
        kind=Kind.SUGGESTIONS,
    ),
    "past_questions": Held(("client_id", "conversation_id"), hidden=("vector", "encoder")),
    "past_replies": Held(("client_id", "conversation_id"), hidden=("reply_hash",)),
    "understood": Held(("client_id", "conversation_id"), hidden=("vector", "encoder", "likeness")),
    "labels": Held(("log_id",)),
    "arrivals": Held(("client_index",), hidden=("client_index", "album_index"), kind=Kind.TRAFFIC),
    "account_links": Held(("identity_id",), hidden=("phone_index",)),
    "calls": Held(("phone_index",), hidden=("phone_index",), kind=Kind.CONVERSATIONS, age="started_at", late=True),
    "code_challenges": Held(
        ("identity_id", "conversation_id"), hidden=("code_hash", "number_index"), kind=Kind.TRAFFIC
    ),
    "errands": Held(("conversation_id", "identity_id"), kind=Kind.TRAFFIC),
    "restrictions": Held(("subject_index",), hidden=("subject_index",), kind=Kind.TRAFFIC, age="until"),
}

OTHERS: Mapping[str, str] = {
    "alembic_version": "the version of the database",
    "notes": "single values the service keeps for itself",
    "articles": "the knowledge base",
    "article_versions": "the knowledge base",
    "bot_texts": "the owner's own words",
    "canned_replies": "the staff's own words",
    "saved_views": "a search that a member of staff keeps",
    "departments": "the house",
    "routes": "the house",
    "sla_targets": "the house",
    "holidays": "the house",
    "staff": "the staff",
    "api_tokens": "the staff",
    "staff_sessions": "the staff",
    "recovery_codes": "the staff",
    "sign_in_tries": "the staff; hashed",
    "presence": "the staff",
    "presence_spans": "the staff",
    "operator_calls": "the staff",
    "shifts": "the staff",
    "days_off": "the staff",
    "audit": "what the staff did; by its own rule nothing personal of clients",
    "audit_links": "the chain of the audit trail: numbers and hashes",
    "audit_anchors": "the chain of the audit trail: numbers and hashes",
    "code_limits": "counters under keyed hashes, which nobody can turn back",
    "letters": "letters of the service; their content goes as soon as they are sent",
    "channels": "the platforms and their settings",
    "early_reports": "a platform's word on a message: ids only",
    "topics": "words typical of many messages, masked",
    "added_intents": "the owner's own words",
    "models": "trained models; the messages that their judgements quote go with `quoting.forget_quotes`",
    "model_releases": "trained models",
    "model_verdicts": "trained models; quotes as above",
    "trainings": "trained models",
    "demo_bank_clients": "the demo's bank: a system of its own, with its own rules of erasing",
    "demo_bank_accounts": "the demo's bank",
    "demo_bank_cards": "the demo's bank",
    "demo_bank_blockings": "the demo's bank",
    "demo_bank_loans": "the demo's bank",
    "demo_bank_operations": "the demo's bank",
    "demo_bank_applications": "the demo's bank",
}
"""Tables that hold nothing of a client, and what they hold instead."""


@dataclass(frozen=True)
class Whose:
    """Everything by which rows say that they are about one client."""

    clients: tuple[int, ...]
    identities: tuple[int, ...]
    conversations: tuple[int, ...]
    owners: tuple[tuple[str, str], ...]
    phones: tuple[str, ...] = ()
    """Hashes of those that were proved to be theirs."""


_Finds = Callable[[Table, Whose], ColumnElement[bool]]

_WHOSE: Mapping[str, _Finds] = {
    "id": lambda held, whose: held.c.id.in_(whose.clients),
    "client_id": lambda held, whose: held.c.client_id.in_(whose.clients),
    "from_client": lambda held, whose: held.c.from_client.in_(whose.clients),
    "into_client": lambda held, whose: held.c.into_client.in_(whose.clients),
    "identity_id": lambda held, whose: held.c.identity_id.in_(whose.identities),
    "conversation_id": lambda held, whose: held.c.conversation_id.in_(whose.conversations),
    "handoff_id": lambda held, whose: held.c.handoff_id.in_(
        select(H.id).where(H.conversation_id.in_(whose.conversations))
    ),
    "log_id": lambda held, whose: held.c.log_id.in_(
        select(U.id).where(or_(U.client_id.in_(whose.clients), U.conversation_id.in_(whose.conversations)))
    ),
    "client_index": lambda held, whose: (
        tuple_(held.c.channel, held.c.client_index).in_(whose.owners) if whose.owners else false()
    ),
    "phone_index": lambda held, whose: type_coerce(held.c.phone_index, String).in_(whose.phones),
    "owner_index": lambda held, whose: (
        tuple_(held.c.channel, held.c.owner_index).in_(whose.owners) if whose.owners else false()
    ),
    "subject_index": lambda held, whose: and_(
        held.c.scope == Scope.IDENTITY.value, held.c.subject_index.in_([identity_key(*each) for each in whose.owners])
    ),
}


def of_client(connection: Connection, client_id: int) -> Whose:
    """What names a client, and those who were found to be the same person with all that they had."""
    clients, fresh = {client_id}, {client_id}
    while fresh:
        # Who keeps an identity of their own was joined with another one only: they are somebody else.
        whole = ~select(I.id).where(I.client_id == G.from_client).exists()
        merged = select(G.from_client).where(G.into_client.in_(fresh), G.undone_at.is_(None), whole)
        fresh = set(connection.execute(merged).scalars()) - clients
        clients |= fresh
    known = tuple(sorted(clients))
    identities = connection.execute(select(I.id, I.channel, I.external_id).where(I.client_id.in_(known))).all()
    conversations = connection.execute(select(C.id).where(C.client_id.in_(known)).order_by(C.id)).scalars()
    owners = tuple((row.channel, row.external_id) for row in identities)
    mine = tuple(row.id for row in identities)
    return Whose(known, mine, tuple(conversations), owners, links.proved_phones(connection, mine))


def read_all(connection: Connection, whose: Whose) -> dict[str, list[dict[str, Any]]]:
    """Every row about the client, by table, as values of Python."""
    found: dict[str, list[dict[str, Any]]] = {}
    for held in Base.metadata.sorted_tables:
        declared = OF_CLIENTS.get(held.name)
        if declared is None:
            continue
        columns = [column for column in held.columns if column.name not in declared.hidden]
        rows = connection.execute(select(*columns).where(_theirs(held, declared, whose)).order_by(*held.primary_key))
        if listed := [dict(row._mapping) for row in rows]:
            found[held.name] = listed
    return found


def files_of(connection: Connection, whose: Whose) -> list[tuple[str, str]]:
    """Key and name of each file that the client sent or got."""
    held = Base.metadata.tables["files"]
    query = select(F.key, F.name).where(_theirs(held, OF_CLIENTS["files"], whose)).order_by(F.id)
    return [(row.key, row.name) for row in connection.execute(query)]


def erase_all(connection: Connection, whose: Whose) -> dict[str, int]:
    """Delete (or blank) every row about the client; returns how many by table."""
    done: dict[str, int] = {}
    _detach_outcomes(connection, whose)
    for held in reversed(Base.metadata.sorted_tables):  # what points to others goes before them
        declared = OF_CLIENTS.get(held.name)
        if declared is not None:
            count = _let_go(connection, held, declared, _theirs(held, declared, whose))
            done |= {held.name: count} if count else {}
    return done


def let_go_before(connection: Connection, kind: Kind, before: datetime, most: int) -> tuple[int, list[str]]:
    """Let the oldest rows of this class of data go, at most `most` of each table; how many, and the keys of files."""
    done, keys = 0, []
    for name, declared in OF_CLIENTS.items():
        if declared.kind is not kind:
            continue
        held = Base.metadata.tables[name]
        key, age = held.primary_key.columns[0], held.c[declared.age]
        # In the order of the keys, which is that of time: when the first is young enough, nobody looks at the rest.
        query = select(key, age.label("age")).order_by(age if declared.late else key).limit(most)
        if declared.blanks:
            query = query.where(or_(*(held.c[each].is_not(None) for each in declared.blanks)))
        due = [row[0] for row in connection.execute(query) if row.age is not None and row.age < before]
        if not due:
            continue
        done += len(due)
        if declared.blanks:
            _let_go(connection, held, declared, key.in_(due))
        else:
            keys += _delete_rows(connection, held, due)
    return done, keys


def _delete_rows(connection: Connection, held: Table, ids: Sequence[Any]) -> list[str]:
    """Delete rows with those that point to them; returns the keys of the files among them."""
    key, keys = held.primary_key.columns[0], []
    if held.name == "files":
        keys += list(connection.execute(select(F.key).where(key.in_(ids))).scalars())
    for child in Base.metadata.tables.values():
        for column in child.columns:
            if any(reference.column is key for reference in column.foreign_keys):
                mine = child.primary_key.columns[0]
                below = list(connection.execute(select(mine).where(column.in_(ids))).scalars())
                keys += _delete_rows(connection, child, below) if below else []
    connection.execute(delete(held).where(key.in_(ids)))
    return keys


def _detach_outcomes(connection: Connection, whose: Whose) -> None:
    """What stays of an outcome is a figure: it points to nothing, and its key is free for a later offer."""
    loose = {"client_text": None, "suggested_text": None, "final_text": None, "comment": None, "source": null(),
             "conversation_id": 0, "message_id": 0, "offer_id": 0, "reply_id": None}  # fmt: skip
    theirs = update(OutcomeRow).where(O.conversation_id.in_(whose.conversations))
    connection.execute(theirs.values(**loose, once=literal("erased/") + cast(O.id, String)))


def _theirs(held: Table, declared: Held, whose: Whose) -> ColumnElement[bool]:
    return or_(*(_WHOSE[column](held, whose) for column in declared.by))


def _let_go(connection: Connection, held: Table, declared: Held, which: ColumnElement[bool]) -> int:
    if declared.blanks:
        return connection.execute(update(held).where(which).values(dict.fromkeys(declared.blanks, null()))).rowcount
    return connection.execute(delete(held).where(which)).rowcount
