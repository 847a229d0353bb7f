"""Letters on their way: written in the transaction that causes them, sent by one process at a time."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.letters import Enclosure, Letter
from service.storage.tables import LetterRow, table

L = table(LetterRow).c
LEASE_SECONDS = 60
WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"


@dataclass(frozen=True)
class Parcel:
    """A letter in hand; `attempts` counts this one."""

    id: int
    letter: Letter
    attempts: int


def add(connection: Connection, letter: Letter, now: datetime) -> bool:
    """Write a letter down; False when there is one of this name already."""
    values = {
        "once": letter.once, "kind": letter.kind, "content": _packed(letter), "state": WAITING, "due_at": now,
        "created_at": now,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(insert(table(LetterRow)).values(**values))
    except IntegrityError:
        return False
    return True


def is_anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a letter waits to be sent now; a cheap look without a lock."""
    return connection.execute(select(L.id).where(_due(now)).limit(1)).first() is not None


def claim_due(connection: Connection, now: datetime, limit: int) -> list[Parcel]:
    """Take what is due in hand, oldest first; also what a process that died was sending (it may arrive twice)."""
    query = select(L.id).where(_due(now)).order_by(L.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(connection.execute(query).scalars())
    if not ids:
        return []
    lease = now + timedelta(seconds=LEASE_SECONDS)
    mine = update(LetterRow).where(L.id.in_(ids))
    connection.execute(mine.values(state=SENDING, leased_until=lease, attempts=L.attempts + 1))
    rows = connection.execute(select(table(LetterRow)).where(L.id.in_(ids)).order_by(L.id))
    return [Parcel(row.id, _unpacked(row.once, row.kind, json.loads(row.content)), row.attempts) for row in rows]


def put_off(connection: Connection, parcel: Parcel, until: datetime, error: str) -> None:
    """Try again later."""
    mine = update(LetterRow).where(L.id == parcel.id, L.state == SENDING)
    connection.execute(mine.values(state=WAITING, due_at=until, leased_until=None, error=error[:500]))


def end(connection: Connection, parcel: Parcel, state: str, now: datetime, error: str | None = None) -> None:
    """Write down that a letter was sent or failed, and forget what stood in it."""
    mine = update(LetterRow).where(L.id == parcel.id)
    connection.execute(mine.values(state=state, content="{}", leased_until=None, sent_at=now, error=error))


def _due(now: datetime) -> Any:
    return or_((L.state == WAITING) & (L.due_at <= now), (L.state == SENDING) & (L.leased_until < now))


def _packed(letter: Letter) -> str:
    enclosures = [
        {"name": each.name, "type": each.media_type, "content": base64.b64encode(each.content).decode()}
        for each in letter.enclosures
    ]
    until = letter.until.isoformat() if letter.until else None
    kept = {"to": letter.to, "subject": letter.subject, "text": letter.text, "until": until, "files": enclosures}
    return json.dumps(kept, ensure_ascii=False)


def _unpacked(once: str, kind: str, kept: dict[str, Any]) -> Letter:
    files = tuple(Enclosure(each["name"], each["type"], base64.b64decode(each["content"])) for each in kept["files"])
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    return Letter(once, kind, kept["to"], kept["subject"], kept["text"], until, files)
