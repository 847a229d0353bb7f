"""How often is the same asked, and what is asked more than it used to be: the worth of waiting messages, made anew."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import numpy as np

from service.domain.labels import Guess, event_from_json
from service.labelling.collecting import lead_of
from service.office import Office
from service.policies.review_worth import Signals, judge, risen
from service.policies.weak_labels import is_doubted
from service.storage import records, understood
from service.vectors import Vector

MOST: Final = 3000
"""Waiting messages that are compared with each other, the newest; half a second on one core."""
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
    alike = _alike([office.vectors.unpack(row.vector, row.encoder) for row in rows])
    with office.database.write() as connection:
        records.set_note(connection, MARK, f"{newest} {now.timestamp()}")
        for row, count in zip(rows, alike, strict=True):
            worth, worries = judge(
                Signals(
                    lead=lead_of([Guess(str(intent), float(share)) for intent, share in row.ranking]),
                    in_scope=row.in_scope,
                    automatic=False,
                    disagreement=row.disagreement,
                    alike=count,
                    doubted=is_doubted([event_from_json(each) for each in row.happened]),
                    drifted=row.intent in drifted,
                )
            )
            reasons = [worry.value for worry in worries]
            if (worth, count, reasons) != (row.worth, row.alike, row.reasons):
                understood.change(connection, row.id, worth=worth, alike=count, reasons=reasons)
    return len(rows)


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
