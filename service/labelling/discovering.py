"""New topics: what was not understood, in groups of alike messages that a person makes an intent of, or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from models.discovery import central, group, learn_noise, typical_words
from service.domain.labels import ReviewItem
from service.domain.staff import StaffMember
from service.errors import NotFound
from service.events import TOPICS_TOPIC
from service.labelling.neighbours import known_examples
from service.labelling.reviewing import item_of
from service.office import Office
from service.ongoing import Begun
from service.permits import must
from service.policies.permissions import Action
from service.storage import topics
from service.storage.audit import record_audit
from service.storage.staff import must_work
from service.vectors import Vector

LOOK_BACK: Final = timedelta(days=60)
MOST: Final = 5000
"""Messages that are grouped at once, the newest; takes about two seconds on one core."""
RECENT: Final = timedelta(days=7)


@dataclass(frozen=True)
class Topic:
    """A group of messages that were not understood. `words` are typical of it, `examples` its most typical messages.

    `recent` came in the last seven days, `before` in the seven days before. `nearest` is the intent that the model
    took most of them for, if any.
    """

    id: int
    words: tuple[str, ...]
    size: int
    recent: int
    before: int
    nearest: str | None
    examples: tuple[str, ...]
    made_at: datetime

    @property
    def growth(self) -> int:
        """How many more came in the last week than in the one before."""
        return self.recent - self.before


SEARCH: Final = "search for topics"


def begin_search(staff: StaffMember, office: Office) -> Begun:
    """Have the topics looked for whether or not somebody waits for them; the search that goes on, if one does.

    The first one encodes the training set and takes a minute. TOPICS_TOPIC tells when it has ended.
    """
    must(staff, Action.LABEL_MESSAGES)
    begun = Begun(staff.login, office.clock())
    work, changed = partial(find_topics, staff, office), partial(office.events.publish, TOPICS_TOPIC)
    return office.ongoing.begin(SEARCH, begun, work, changed)


def search_in_progress(staff: StaffMember, office: Office) -> Begun | None:
    """The search that goes on, or that has failed; None otherwise."""
    must(staff, Action.LABEL_MESSAGES)
    return office.ongoing.of(SEARCH)


def find_topics(staff: StaffMember, office: Office) -> int:
    """Look for topics among what was not understood and has no label; returns how many there are now.

    What was found before and nobody decided on is found anew.
    """
    must(staff, Action.LABEL_MESSAGES)
    now = office.clock()
    with office.database.read() as connection:
        rows = topics.not_understood(connection, now - LOOK_BACK, MOST)
    known = [(row, vector) for row in rows if (vector := office.vectors.unpack(row.vector, row.encoder)) is not None]
    groups = _group([vector for _, vector in known], office) if known else np.zeros(0, dtype=np.int64)
    count = int(groups.max(initial=-1)) + 1
    found = [[known[place] for place in np.flatnonzero(groups == each)] for each in range(count)]
    examples = known_examples(office)
    # Against the background of the training set, so that «как» and «можно» name nothing.
    background = [examples.texts] if examples is not None else []
    words = typical_words([*([row.text for row, _ in members] for members in found), *background])[:count]
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        topics.clear(connection)
        for members, named in zip(found, words, strict=True):
            order = central(np.stack([vector for _, vector in members])).tolist()
            topics.add(connection, [members[place][0].id for place in order], {
                "words": list(named), "size": len(members), "state": "open", "made_at": now,
                "recent": sum(row.created_at > now - RECENT for row, _ in members),
                "before": sum(now - 2 * RECENT < row.created_at <= now - RECENT for row, _ in members),
                "nearest": _nearest([row for row, _ in members]),
            })  # fmt: skip
        record_audit(connection, who.login, "look_for_topics", "topic", len(found), {"messages": len(known)}, now)
    return len(found)


def list_topics(staff: StaffMember, office: Office) -> list[Topic]:
    """The topics that nobody has decided on, largest first, with their three most typical messages."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        rows = topics.open_topics(connection)
        examples = {row.id: [each.text for each in topics.messages_of(connection, row.id, 3)] for row in rows}
    return [
        Topic(
            row.id, tuple(row.words), row.size, row.recent, row.before, row.nearest, tuple(examples[row.id]),
            row.made_at,
        )
        for row in rows
        if examples[row.id]
    ]  # fmt: skip


def messages_of(topic_id: int, staff: StaffMember, office: Office, *, limit: int = 200) -> list[ReviewItem]:
    """The messages of a topic, the most typical first."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        return [item_of(row) for row in topics.messages_of(connection, topic_id, limit)]


def settle(topic_id: int, how: str, staff: StaffMember, office: Office) -> None:
    """Take a topic off the list: "intent", "joined", "outside" or "dismissed". NotFound when it is gone already."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        if not topics.settle(connection, topic_id, how):
            raise NotFound("this topic was decided on already, or the topics were looked for again; look at the list")
        record_audit(connection, who.login, "settle_topic", "topic", topic_id, {"how": how}, office.clock())


def _group(vectors: Sequence[Vector], office: Office) -> NDArray[np.int64]:
    examples = known_examples(office)
    noise = learn_noise(examples.vectors, examples.labels) if examples is not None else None
    return group(np.stack(vectors), noise)


def _nearest(rows: Sequence[Row[*tuple[object, ...]]]) -> str | None:
    """The intent the model thought of most often, if it did for a third of them."""
    thought = [row.intent for row in rows if row.intent]
    if not thought:
        return None
    best = max(sorted(set(thought)), key=thought.count)
    return str(best) if thought.count(best) * 3 >= len(rows) else None
