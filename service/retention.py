"""What is kept no longer than it should be: each class of data has its days; the worker lets a little go at a time."""

import time
from datetime import datetime, timedelta

from service import privacy
from service.domain.keeping import Kind
from service.office import Office
from service.storage import audit_chain, clients, past_replies, personal

CLIENTS_AT_ONCE = 5
ROWS_AT_ONCE = 200
PAUSE_SECONDS = 600.0
"""So long nothing is looked for after nothing was found."""


class Retention:
    """One a worker; any number may run: what two of them delete at once is deleted once."""

    def __init__(self) -> None:
        self._again = 0.0

    def step(self, office: Office) -> int:
        """A small step, unless there was nothing to do a moment ago; returns how many rows or clients went."""
        if time.monotonic() < self._again:
            return 0
        gone = sum(let_go(kind, office) for kind in Kind)
        if not gone:
            self._again = time.monotonic() + PAUSE_SECONDS
        return gone


def let_go(kind: Kind, office: Office) -> int:
    """Let what is due of one class go, a few hundred rows at most; returns how many rows or clients went."""
    days: int = getattr(office.settings, f"keep_{kind.value}_days")
    if not days:
        return 0
    before = office.clock() - timedelta(days=days)
    match kind:
        case Kind.CONVERSATIONS:
            return _forget_clients(before, office) + _drop(kind, before, office)
        case Kind.SUGGESTIONS:
            return _forget_questions(before, office) + _drop(kind, before, office)
        case Kind.AUDIT:
            with office.database.write() as connection:
                return audit_chain.cut(connection, before, ROWS_AT_ONCE, office.clock())
        case _:
            return _drop(kind, before, office)


def _forget_clients(before: datetime, office: Office) -> int:
    with office.database.read() as connection:
        silent = clients.silent_since(connection, before, CLIENTS_AT_ONCE)
    for client_id in silent:
        privacy.erase_forgotten(client_id, office)
    if silent:
        privacy.scrub(office)
    return len(silent)


def _forget_questions(before: datetime, office: Office) -> int:
    with office.database.read() as connection:
        if not past_replies.older_than(connection, before, 1):
            return 0
    with office.database.write() as connection:
        return past_replies.drop(connection, past_replies.older_than(connection, before, ROWS_AT_ONCE))


def _drop(kind: Kind, before: datetime, office: Office) -> int:
    with office.database.write() as connection:
        gone, keys = personal.let_go_before(connection, kind, before, ROWS_AT_ONCE)
    for key in keys:
        office.files.remove(key)
    return gone
