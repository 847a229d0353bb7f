"""What operators said to messages like this one: searched by meaning, brought up to date a change at a time."""

import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from service.storage import past_replies
from service.storage.database import Database
from service.vectors import Vectors

log = logging.getLogger(__name__)

ENCODED_AT_ONCE = 512
"""Questions of another encoder that one `load` encodes; the rest come with the next ones."""


@dataclass(frozen=True)
class PastReply:
    """A reply that operators give, with placeholders for names. `operator` is None for one who left."""

    id: int
    reply: str
    language: str
    department: str | None
    operator: str | None
    given: int
    accepted: int
    edited: int
    rejected: int
    given_at: datetime


@dataclass(frozen=True)
class Found:
    """A past reply with the question it answered that is most like the one asked (`likeness`: cosine)."""

    reply: PastReply
    likeness: float
    question: str
    intent: str | None


@dataclass
class _Shelf:
    """What one process knows. Grows at its end only; erasing begins a new one."""

    erased: int = 0
    encoder: str | None = None
    changed: int = 0
    replies: dict[int, PastReply] = field(default_factory=dict)
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    groups: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    questions: list[tuple[int, str, str | None]] = field(default_factory=list)
    group_of: dict[tuple[str, str | None], int] = field(default_factory=dict)
    waiting: list[Row[Any]] = field(default_factory=list)

    def add(self, row: Row[Any], vector: NDArray[np.float32]) -> None:
        """One question. The arrays double, so that adding stays cheap; readers keep the old ones."""
        reply = self.replies.get(row.past_reply_id)
        if reply is None:
            return
        size = len(self.questions)
        if size == len(self.vectors):
            grown = np.zeros((max(256, 2 * size), len(vector)), dtype=np.float32)
            grown[:size] = self.vectors[:size] if size else 0.0
            groups = np.zeros(len(grown), dtype=np.int32)
            groups[:size] = self.groups[:size]
            self.vectors, self.groups = grown, groups
        self.vectors[size] = vector
        self.groups[size] = self.group_of.setdefault((reply.language, reply.department), len(self.group_of))
        self.questions.append((row.past_reply_id, row.question, row.intent))


class PastReplies:
    """Searched by any thread while another brings it up to date."""

    def __init__(self, database: Database, vectors: Vectors) -> None:
        self._database = database
        self._vectors = vectors
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._shelf = _Shelf()

    @property
    def size(self) -> int:
        """How many questions can be found."""
        return len(self._shelf.questions)

    def load(self) -> int:
        """Read what changed since the last time (one cheap look when nothing did); returns `size`."""
        with self._loading:
            with self._database.read() as connection:
                erased, changed = past_replies.version(connection)
                shelf, encoder = self._shelf, self._vectors.encoder
                if (erased, encoder) != (shelf.erased, shelf.encoder):
                    shelf = _Shelf(erased, encoder)
                if shelf.changed != changed:
                    replies = past_replies.changed_replies(connection, shelf.changed)
                    questions = past_replies.changed_questions(connection, shelf.changed)
                else:
                    replies, questions = [], []
            if replies or questions or shelf.waiting or shelf is not self._shelf:
                self._take_in(shelf, replies, questions, changed)
        return self.size

    def _take_in(self, shelf: _Shelf, replies: Sequence[Row[Any]], questions: Sequence[Row[Any]], changed: int) -> None:
        known = [(row, self._vectors.unpack(row.vector, row.encoder)) for row in questions]
        waiting = [*shelf.waiting, *(row for row, vector in known if vector is None)]
        now, later = waiting[:ENCODED_AT_ONCE], waiting[ENCODED_AT_ONCE:]
        fresh = self._vectors.of([row.question for row in now])
        with self._lock:
            shelf.replies.update({row.id: _reply(row) for row in replies})
            for row, vector in known:
                if vector is not None:
                    shelf.add(row, vector)
            for place, row in enumerate(now if fresh is not None else ()):
                shelf.add(row, fresh[place])  # type: ignore[index]
            shelf.waiting = later if fresh is not None else waiting
            shelf.changed = changed
            self._shelf = shelf
        if fresh is not None and now:
            self._keep([(row.id, self._vectors.pack(fresh[place])) for place, row in enumerate(now)])

    def _keep(self, made: list[tuple[int, bytes]]) -> None:
        """Keep vectors made anew, so that the next start finds them; if that fails it makes them again."""
        log.info("questions were encoded anew", extra={"count": len(made)})
        try:
            with self._database.write() as connection:
                past_replies.keep_vectors(connection, made, self._vectors.encoder or "")
        except Exception as error:
            log.warning("vectors can't be kept", extra={"problem": str(error)[:200]})

    def search(
        self,
        vector: NDArray[np.float32] | None,
        *,
        language: str,
        departments: Collection[str] | None = None,
        limit: int = 20,
    ) -> list[Found]:
        """The replies whose questions are most alike, each once, best first. `departments`: only theirs and nobody's.

        An unlimited look is `departments=None`.
        """
        with self._lock:
            shelf = self._shelf
            size = len(shelf.questions)
            vectors, groups, kinds = shelf.vectors[:size], shelf.groups[:size], dict(shelf.group_of)
        allowed = [
            number
            for (spoken, department), number in kinds.items()
            if spoken == language and (departments is None or department is None or department in departments)
        ]
        if vector is None or not size or not allowed or vectors.shape[1] != len(vector):
            return []
        likeness = vectors @ vector
        if len(allowed) < len(kinds):
            likeness = np.where(np.isin(groups, allowed), likeness, np.float32(-2.0))
        best: dict[int, Found] = {}
        taken = min(size, limit * past_replies.MOST_QUESTIONS)
        nearest = np.argpartition(-likeness, taken - 1)[:taken]
        for number in nearest[np.argsort(-likeness[nearest], kind="stable")]:
            reply_id, question, intent = shelf.questions[number]
            if likeness[number] < -1.5 or len(best) == limit:
                break
            if reply_id not in best and (reply := shelf.replies.get(reply_id)) is not None:
                best[reply_id] = Found(reply, float(likeness[number]), question, intent)
        return list(best.values())


def _reply(row: Row[Any]) -> PastReply:
    return PastReply(
        row.id, row.reply, row.language, row.department, row.operator, row.given, row.accepted, row.edited,
        row.rejected, row.given_at,
    )  # fmt: skip
