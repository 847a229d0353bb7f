"""The chain over the audit trail: who changes, removes or slips in an entry behind the service's back is found out.

Each entry is sealed in the transaction of its action: a keyed hash of what it says, with a number used once, under a
key that the database alone does not give away. The worker then links what was committed, in order: each link's hash
takes in the one before. So writers never wait for each other, and the chain has one order on any database.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from service.storage import records
from service.storage.sealed import AUDIT_KEY, ring_of
from service.storage.tables import AuditAnchorRow, AuditLinkRow, AuditRow, table

A = table(AuditRow).c
L = table(AuditLinkRow).c
X = table(AuditAnchorRow).c

BEGINNING = "0" * 64
LOOK_BACK = 10_000
"""Entries may be committed out of the order of their ids; so far back unlinked ones are looked for."""
AT_ONCE = 500
UNSEALED_UP_TO = "audit_unsealed_up_to"
"""The last entry from before entries were sealed, written down (sealed) once."""


@dataclass(frozen=True)
class Head:
    """The end of the chain. Kept somewhere else, it shows that nothing was cut off: `otklik audit verify --head`."""

    place: int
    hash: str

    def __str__(self) -> str:
        return f"{self.place}:{self.hash}"


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where: `what` is changed, removed, inserted, reordered or cut."""

    what: str
    audit_id: int | None
    place: int | None
    detail: str


def seal_of(connection: Connection, values: Mapping[Any, Any], nonce: str) -> str:
    """The keyed hash of what an entry says."""
    said = [
        nonce, values["actor"], values["action"], values["object_kind"], values["object_id"], values["data"],
        values["address"], values["created_at"].astimezone(UTC).isoformat(timespec="microseconds"),
    ]  # fmt: skip
    return ring_of(connection).mac(
        AUDIT_KEY, json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    )


def new_nonce() -> str:
    """A number used once: a copied entry is no second entry."""
    return secrets.token_hex(16)


def anything_new(connection: Connection) -> bool:
    """Whether `link_new` has something to do; a cheap look without a lock."""
    newest, linked = (connection.execute(select(func.max(each))).scalar_one() or 0 for each in (A.id, L.audit_id))
    return int(newest) > int(linked)


def link_new(connection: Connection) -> int:
    """Link the entries that are not linked yet; returns how many. Any number of workers may do it: one succeeds.

    What was not sealed by the service is never linked.
    """
    head = head_of(connection)
    newest = connection.execute(select(func.max(L.audit_id))).scalar_one() or 0
    query = (
        select(table(AuditRow))
        .outerjoin(AuditLinkRow, L.audit_id == A.id)
        .where(L.place.is_(None), A.id > newest - LOOK_BACK)
        .order_by(A.id)
        .limit(AT_ONCE)
    )
    limit = _unsealed_up_to(connection)
    rows = []
    for entry in connection.execute(query):
        if _is_sealed(connection, entry) or (entry.mac is None and entry.id <= limit):
            head = Head(head.place + 1, _link(connection, head, entry))
            rows.append({"place": head.place, "audit_id": entry.id, "hash": head.hash})
    if rows:
        try:
            with connection.begin_nested():
                connection.execute(insert(table(AuditLinkRow)), rows)
        except IntegrityError:
            return 0  # another worker has just linked them
    return len(rows)


def head_of(connection: Connection) -> Head:
    """The last link; of what was let go, the anchor; of an empty chain, place 0."""
    for place, hashed in ((L.place, L.hash), (X.place, X.hash)):
        row = connection.execute(select(place, hashed).order_by(place.desc()).limit(1)).one_or_none()
        if row is not None:
            return Head(row[0], row[1])
    return Head(0, BEGINNING)


def cut(connection: Connection, before: datetime, most: int, now: datetime) -> int:
    """Let the oldest entries go that are older, leaving an anchor from which the chain goes on; returns how many."""
    query = select(L.place, L.hash, L.audit_id, A.created_at).join(AuditRow, A.id == L.audit_id)
    due: list[Any] = []
    for row in connection.execute(query.order_by(L.place).limit(most)):
        if row.created_at >= before:
            break
        due.append(row)
    if not due:
        return 0
    last = due[-1]
    values = {"place": last.place, "hash": last.hash, "mac": _anchor_mac(connection, last.place, last.hash)}
    connection.execute(insert(table(AuditAnchorRow)).values(**values, created_at=now))
    connection.execute(delete(AuditRow).where(A.id.in_([row.audit_id for row in due])))
    connection.execute(delete(AuditLinkRow).where(L.place <= last.place))
    return len(due)


def count(connection: Connection) -> int:
    """How many entries there are."""
    return connection.execute(select(func.count()).select_from(AuditRow)).scalar_one()


def verify(connection: Connection, on_progress: Callable[[int], None], known: Head | None = None) -> Iterator[Finding]:
    """Look at every entry and every link; what is wrong, in the order of the chain.

    `known` is a head that was written down earlier: a chain that ends before it, or says something else there, was cut
    or made anew.
    """
    start = _anchor(connection)
    if isinstance(start, Finding):
        yield start
        return
    seen, limit = known is None or known.place <= start.place, _unsealed_up_to(connection)
    before = start
    links = select(L.place, L.hash, L.audit_id, table(AuditRow)).outerjoin(AuditRow, A.id == L.audit_id)
    for row in connection.execute(links.order_by(L.place).execution_options(yield_per=AT_ONCE)):
        on_progress(1)
        if row.place != before.place + 1:
            yield Finding("removed", None, before.place + 1, f"links {before.place + 1} to {row.place - 1} are gone")
        if row.id is None:
            yield Finding("removed", row.audit_id, row.place, f"entry {row.audit_id} is gone")
        elif not (_is_sealed(connection, row) or (row.mac is None and row.id <= limit)):
            yield Finding("changed", row.id, row.place, f"entry {row.id} says something else than it did")
        elif row.place == before.place + 1 and _link(connection, before, row) != row.hash:
            what = "reordered" if row.mac else "changed"
            yield Finding(what, row.id, row.place, f"entry {row.id} is not what was linked at place {row.place}")
        before = Head(row.place, row.hash)
        if known is not None and row.place == known.place:
            seen = True
            if row.hash != known.hash:
                yield Finding("cut", row.id, row.place, f"the chain says something else at place {row.place}")
    if not seen and known is not None:
        yield Finding("cut", None, before.place, f"the chain ends at {before.place}, it reached {known.place} before")
    yield from _unlinked(connection, on_progress, limit)


def _unlinked(connection: Connection, on_progress: Callable[[int], None], limit: int) -> Iterator[Finding]:
    query = select(table(AuditRow)).outerjoin(AuditLinkRow, L.audit_id == A.id).where(L.place.is_(None)).order_by(A.id)
    for entry in connection.execute(query):
        on_progress(1)
        if not (_is_sealed(connection, entry) or (entry.mac is None and entry.id <= limit)):
            yield Finding("inserted", entry.id, None, f"entry {entry.id} was not written by the service")


def _anchor(connection: Connection) -> Head | Finding:
    row = connection.execute(select(table(AuditAnchorRow)).order_by(X.place.desc()).limit(1)).one_or_none()
    if row is None:
        return Head(0, BEGINNING)
    if not secrets.compare_digest(row.mac, _anchor_mac(connection, row.place, row.hash)):
        return Finding("inserted", None, row.place, f"the anchor at {row.place} was not written by the service")
    return Head(row.place, row.hash)


def _is_sealed(connection: Connection, entry: Row[Any]) -> bool:
    if entry.mac is None or entry.nonce is None:
        return False
    return secrets.compare_digest(entry.mac, seal_of(connection, entry._mapping, entry.nonce))


def _link(connection: Connection, before: Head, entry: Row[Any]) -> str:
    said = entry.mac or seal_of(connection, entry._mapping, "")
    return ring_of(connection).mac(AUDIT_KEY, f"link {before.place + 1} {before.hash} {entry.id} {said}")


def _anchor_mac(connection: Connection, place: int, hashed: str) -> str:
    return ring_of(connection).mac(AUDIT_KEY, f"anchor {place} {hashed}")


def _unsealed_up_to(connection: Connection) -> int:
    kept = records.get_note(connection, UNSEALED_UP_TO)
    return int(ring_of(connection).unseal(kept, UNSEALED_UP_TO)) if kept else 0


def remember_unsealed(connection: Connection) -> None:
    """Write down up to which entry the trail is older than its seals; together with the key, and never again."""
    last = connection.execute(select(func.max(A.id)).where(A.mac.is_(None))).scalar_one() or 0
    records.keep_first_note(connection, UNSEALED_UP_TO, ring_of(connection).seal(str(last), UNSEALED_UP_TO))
