"""A process that asks for codes and types wrong ones as fast as it can: two of them hammer the same counters.

`python -m tests.service.counting_process WHAT NUMBER`: says «ready», waits for a line, works, and says in JSON
what came of each try.
"""

import json
import sys
from datetime import UTC, datetime
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


def tried(what: str, mine: int, turn: int, office: Office) -> str:
    """One try of process `mine`; what came of it."""
    own = 2 * turn + mine + 2  # a conversation that nobody else writes in
    match what:
        case "identity":
            return asked(1, f"77000{own:04d}", None, office)
        case "number":
            return asked(own, NUMBERS[0], None, office)
        case "address":
            return asked(own, f"77000{own:04d}", "198.51.100.7", office)
        case "account":
            number = NUMBERS[turn % len(NUMBERS)]
            challenge = asked(own, f"{number}", None, office, whole=True)
            if challenge.get("challenge"):
                job = Job("key", "send_code", challenge, own, own, "ru", None)
                send_code(job, office)
            return "asked"
        case "tries":
            return typed(1, 1, office)
        case _:
            return typed(own, own, office)


def asked(conversation_id: int, number: str, address: str | None, office: Office, *, whole: bool = False) -> Any:
    """Ask for a code in a transaction of its own."""
    with office.database.write() as connection:
        view = conversations.get(connection, conversation_id, lock=True)
        outcome = open_challenge(Scene(connection, office, view, NOON, address), {"number": number})
    return dict(outcome.value) if whole else str(outcome.fate.value)


def typed(conversation_id: int, challenge: int, office: Office) -> str:
    """Type a wrong code in a transaction of its own."""
    with office.database.write() as connection:
        view = conversations.get(connection, conversation_id, lock=True)
        scene = Scene(connection, office, view, NOON, None)
        outcome = check_code(scene, {"challenge": challenge, "code": "000000"})
    return outcome.reason or str(outcome.fate.value)


def main() -> None:
    """Open the service, wait for the start, try."""
    what, mine = sys.argv[1], int(sys.argv[2])
    office = open_office(Settings(), clock=lambda: NOON, reads=False)
    with office.database.read() as connection:
        connection.execute(select(table(ConversationRow).c.id)).all()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps([tried(what, mine, turn, office) for turn in range(EACH)]), flush=True)
    office.close()


if __name__ == "__main__":
    main()
