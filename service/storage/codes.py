"""Codes that were asked for, and what each subject may still ask; counted in the database, row locks and all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.banking import BankClient
from service.domain.verification import Allowance
from service.storage.sealed import INDEX_KEY, ring_of
from service.storage.tables import ChallengeRow, CodeLimitRow, insert_row, table

H = table(ChallengeRow).c
A = table(CodeLimitRow).c
OPEN, MATCHED, FAILED, REPLACED = "open", "matched", "failed", "replaced"


@dataclass(frozen=True)
class Challenge:
    """A code that was asked for. `account` and what follows of it are None for a number that the bank doesn't know."""

    id: int
    conversation_id: int
    identity_id: int
    number: str
    account: str | None
    email: str | None
    code_hash: str | None
    segment: str | None
    language: str | None
    state: str
    wrong: int
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime


def open_challenge(
    connection: Connection, conversation_id: int, identity_id: int, number: str, now: datetime, expires_at: datetime
) -> int:
    """A new challenge of an identity; those it had are replaced. Returns its number."""
    former = update(ChallengeRow).where(H.identity_id == identity_id, H.state == OPEN)
    connection.execute(former.values(state=REPLACED))
    values = {
        "conversation_id": conversation_id, "identity_id": identity_id, "number": number, "number_index": number,
        "state": OPEN, "wrong": 0, "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    return insert_row(connection, ChallengeRow, values)


def get(connection: Connection, challenge_id: int, *, lock: bool = False) -> Challenge | None:
    """A challenge by its number."""
    query = select(table(ChallengeRow)).where(H.id == challenge_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Challenge(
        row.id, row.conversation_id, row.identity_id, row.number, row.account, row.email, row.code_hash, row.segment,
        row.language, row.state, row.wrong, row.created_at, row.sent_at, row.expires_at,
    )  # fmt: skip


def set_code(connection: Connection, challenge_id: int, code_hash: str, client: BankClient, now: datetime) -> bool:
    """Write down the code that is on its way; False when the challenge is over or has one already."""
    mine = update(ChallengeRow).where(H.id == challenge_id, H.state == OPEN, H.sent_at.is_(None))
    values = {
        "code_hash": code_hash, "account": client.id, "email": client.email, "segment": client.segment,
        "language": client.language, "sent_at": now,
    }  # fmt: skip
    return connection.execute(mine.values(**values)).rowcount == 1


def count_wrong(connection: Connection, challenge_id: int, most: int) -> int:
    """One more wrong try; returns how many are left."""
    mine = update(ChallengeRow).where(H.id == challenge_id, H.state == OPEN)
    connection.execute(mine.values(wrong=H.wrong + 1))
    wrong: int = connection.execute(select(H.wrong).where(H.id == challenge_id)).scalar_one()
    return max(most - wrong, 0)


def fail(connection: Connection, challenge_id: int) -> None:
    """End a challenge: its tries, or those of who types, are used up."""
    mine = update(ChallengeRow).where(H.id == challenge_id, H.state == OPEN)
    connection.execute(mine.values(state=FAILED))


def match(connection: Connection, challenge_id: int) -> bool:
    """Use a challenge up; False when somebody else has."""
    mine = update(ChallengeRow).where(H.id == challenge_id, H.state == OPEN)
    return connection.execute(mine.values(state=MATCHED)).rowcount == 1


def untold_failures(connection: Connection, limit: int = 50) -> list[int]:
    """Failed challenges of clients who were not told of it yet."""
    query = select(H.id).where(H.state == FAILED, H.told_at.is_(None)).limit(limit)
    return list(connection.execute(query).scalars())


def told(connection: Connection, challenge_id: int, now: datetime) -> bool:
    """The client knows; False when somebody else has told them."""
    mine = update(ChallengeRow).where(H.id == challenge_id, H.told_at.is_(None))
    return connection.execute(mine.values(told_at=now)).rowcount == 1


def subject(connection: Connection, kind: str, value: str | int) -> str:
    """The name of a subject, which says nothing about it to who has the database alone."""
    return f"{kind}:{ring_of(connection).mac(INDEX_KEY, f'code_limits.{kind}:{value}')}"


def allowances(connection: Connection, subjects: Iterable[str], now: datetime) -> dict[str, Allowance]:
    """What each subject has used, locked until the transaction ends, always in the same order."""
    return {each: _allowance(connection, each, now) for each in sorted(set(subjects))}


def set_allowances(connection: Connection, changed: Mapping[str, Allowance], now: datetime) -> None:
    """Write down what subjects that are locked have used."""
    for name, allowance in changed.items():
        values: dict[str, Any] = {
            "sends": [each.isoformat() for each in allowance.sends], "failures": allowance.failures,
            "locked_until": allowance.locked_until, "last_at": allowance.last_at or now,
        }  # fmt: skip
        connection.execute(update(CodeLimitRow).where(A.subject == name).values(**values))


def day_of(now: datetime) -> str:
    """The subject under which all wrong codes of a day are counted."""
    return f"wrong:{now:%Y-%m-%d}"


def _allowance(connection: Connection, name: str, now: datetime) -> Allowance:
    query = select(table(CodeLimitRow)).where(A.subject == name).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        first = {"subject": name, "sends": [], "failures": 0, "last_at": now, "locked_until": None}
        try:
            with connection.begin_nested():
                connection.execute(insert(table(CodeLimitRow)).values(**first))
        except IntegrityError:  # somebody else was first: wait for them
            row = connection.execute(query).one_or_none()
    if row is None:
        return Allowance()
    sends = tuple(datetime.fromisoformat(each) for each in row.sends)
    return Allowance(sends, row.failures, row.last_at, row.locked_until)
