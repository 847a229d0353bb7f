"""How often is the same asked, and what is asked more than it used to be: the worth of waiting messages, made anew."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Row

from models import selection
from service.domain.labels import Guess, Worry, event_from_json
from service.labelling.collecting import lead_of
from service.office import Office
from service.policies.review_worth import Signals, judge, risen
from service.policies.weak_labels import is_doubted
from service.storage import records, understood
from service.vectors import Vector

MOST: Final = 5000
"""Waiting messages that are compared with each other, the newest; a second on one core."""
NOTICED: Final = 0.01
"""A worth that changes by less is left as it is."""
ALIKE: Final = 0.8
"""Cosine from which two messages ask the same."""
WEEK: Final = timedelta(days=7)
MARK: Final = "understood_weighed"
EVERY: Final = timedelta(minutes=5)


def weigh_due(office: Office) -> int:
    """Weigh the waiting messages when new ones came and five minutes have passed; returns how many were weighed."""
    now = office.clock()
    with office.database.read() as connection:
        newest = understood.newest(connection)
        before, _, at = (records.get_note(connection, MARK) or "0 0").partition(" ")
        if newest == int(before) or now.timestamp() - float(at) < EVERY.total_seconds():
            return 0
        rows = understood.waiting(connection, MOST)
        last_week = understood.by_intent(connection, now - WEEK, now)
        long_ago = understood.by_intent(connection, now - 5 * WEEK, now - WEEK)
    drifted = risen(last_week, long_ago)
    vectors = [office.vectors.unpack(row.vector, row.encoder) for row in rows]
    alike = _alike(vectors)
    judged = [_judge(row, count, row.intent in drifted) for row, count in zip(rows, alike, strict=True)]
    worth = _among_neighbours([each for each, _ in judged], vectors)
    changed = [
        {"row": row.id, "worth": whole, "alike": count, "reasons": [worry.value for worry in worries]}
        for row, count, whole, (_, worries) in zip(rows, alike, worth, judged, strict=True)
        if abs(whole - row.worth) > NOTICED or count != row.alike or [worry.value for worry in worries] != row.reasons
    ]
    with office.database.write() as connection:
        records.set_note(connection, MARK, f"{newest} {now.timestamp()}")
        understood.weigh(connection, changed)
    return len(rows)


def _judge(row: Row[*tuple[Any, ...]], alike: int, drifted: bool) -> tuple[float, tuple[Worry, ...]]:
    return judge(
        Signals(
            lead=lead_of([Guess(str(intent), float(share)) for intent, share in row.ranking]),
            in_scope=row.in_scope,
            automatic=False,
            disagreement=row.disagreement,
            alike=alike,
            doubted=is_doubted([event_from_json(each) for each in row.happened]),
            drifted=drifted,
        )
    )


def _among_neighbours(worth: Sequence[float], vectors: Sequence[Vector | None]) -> list[float]:
    """The worth with that of what lies around it; its own where there is nothing to compare by."""
    places = [place for place, vector in enumerate(vectors) if vector is not None]
    whole = list(worth)
    if places:
        around = selection.neighbourhood(np.stack([vector for vector in vectors if vector is not None]))
        own = np.array([worth[place] for place in places], dtype=np.float32)
        for place, counted in zip(places, selection.with_neighbours(own, around).tolist(), strict=True):
            whole[place] = round(counted, 4)
    return whole


def _alike(vectors: Sequence[Vector | None]) -> list[int]:
    """How many messages say nearly the same, each counted itself; 1 where there is nothing to compare by."""
    places = [place for place, vector in enumerate(vectors) if vector is not None]
    counts = [1] * len(vectors)
    if not places:
        return counts
    stacked = np.stack([vector for vector in vectors if vector is not None])
    for start in range(0, len(places), 500):
        near = (stacked[start : start + 500] @ stacked.T >= ALIKE).sum(axis=1).tolist()
        for place, count in zip(places[start : start + 500], near, strict=True):
            counts[place] = count
    return counts
