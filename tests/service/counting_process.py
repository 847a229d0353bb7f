"""A process that asks for codes and types wrong ones as fast as it can: two of them hammer the same counters.

`python -m tests.service.counting_process NUMBER`: says «ready», then answers each line, which names a kind of tries,
with what came of them, as JSON.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from service.office import Office, open_office
from service.performers.base import Job, Scene
from service.performers.proving import check_code, open_challenge, send_code
from service.settings import Settings
from service.storage import conversations
from service.storage.tables import ConversationRow, table

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EACH = 12
"""How often each process tries."""
NUMBERS = ("+79135550101", "770120441", "990120441", "40817810900001204417")
"""Four numbers of one account."""
KINDS = ("identity", "number", "address", "account", "tries", "day")
PLACES = 2 * EACH + 2
"""Conversations that a kind has for itself."""


class Clock:
    """Another day for each kind, so that none finds what another has counted."""

    def __init__(self) -> None:
        self.kind = KINDS[0]

    def __call__(self) -> datetime:
        return NOON + timedelta(days=KINDS.index(self.kind))


def place(kind: str, number: int) -> int:
    """The conversation, and the identity, of a kind."""
    return KINDS.index(kind) * PLACES + number


def tried(what: str, mine: int, turn: int, office: Office) -> str:
    """One try of process `mine`; what came of it."""
    first, own = place(what, 1), place(what, 2 * turn + mine + 1)  # one that all share, one that nobody else has
    match what:
        case "identity":
            return asked(first, f"77000{own:04d}", None, office)["fate"]
        case "number":
            return asked(own, "+79135550102", None, office)["fate"]
        case "address":
            return asked(own, f"77000{own:04d}", "198.51.100.7", office)["fate"]
        case "account":
            outcome = asked(own, NUMBERS[turn % len(NUMBERS)], None, office)
            if "challenge" in outcome:
                send_code(Job("key", "send_code", outcome, own, own, "ru", None), office)
            return outcome["fate"]
        case "tries":
            return typed(first, 1, office)
        case _:
            return typed(own, own - place("day", 1) + 2, office)


def asked(conversation_id: int, number: str, address: str | None, office: Office) -> dict[str, Any]:
    """Ask for a code in a transaction of its own."""
    with office.database.write() as connection:
        view = conversations.get(connection, conversation_id, lock=True)
        outcome = open_challenge(Scene(connection, office, view, office.clock(), address), {"number": number})
    return {**outcome.value, "fate": outcome.fate.value}


def typed(conversation_id: int, challenge: int, office: Office) -> str:
    """Type a wrong code in a transaction of its own."""
    with office.database.write() as connection:
        view = conversations.get(connection, conversation_id, lock=True)
        scene = Scene(connection, office, view, office.clock(), None)
        outcome = check_code(scene, {"challenge": challenge, "code": "000000"})
    return outcome.reason or outcome.fate.value


def main() -> None:
    """Open the service; try what each line says."""
    clock, mine = Clock(), int(sys.argv[1])
    office = open_office(Settings(), clock=clock, reads=False)
    with office.database.read() as connection:
        connection.execute(select(table(ConversationRow).c.id)).all()
    print("ready", flush=True)
    for line in sys.stdin:
        clock.kind = line.strip()
        print(json.dumps([tried(clock.kind, mine, turn, office) for turn in range(EACH)]), flush=True)
    office.close()


if __name__ == "__main__":
    main()
