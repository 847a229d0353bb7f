"""The clauses of a message, and which of them carry the request.

«Вчера банкомат съел карту, но её вернули, подскажите, какой кешбэк на аптеки»: most of the words are about a card and
an ATM, the request is about cashback. A message of several clauses is therefore also read clause by clause, and the
readings are averaged, weighted towards clauses that ask and towards the last one, where requests usually stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.intent import Scores

SHARE: Final = 0.2
"""Weight of the clauses beside the whole message. Chosen out of fold on the shipped examples: 0.15..0.3 are equal."""
MOST: Final = 6
"""Clauses of one message that are read; what comes after stays with the last."""
_ASKING: Final = 1.0
_LAST: Final = 1.0
"""Logarithms of how many times more such a clause weighs."""

_CUT = re.compile(
    r"(?<=[.!?;\n])\s+|\s+[-–—]\s+"
    r"|,\s+(?=(?:а|но|и|мне|подскажите|скажите|как|где|можно|хочу|надо|нужно|почему|когда|сколько|помогите|"
    r"or|but|and|how|what|where|can|could|please|so|i want|i need)\b)"
    r"|\s+(?=(?:подскажите|скажите|мне надо|мне нужно|хочу узнать)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:как|где|когда|почему|зачем|сколько|какой|какая|какие|какую|можно|могу|хочу|хотел|хотела|надо|нужно|нужен|"
    r"нужна|подскажите|скажите|помогите|дайте|сделайте|верните|закройте|пришлите|"
    r"how|what|where|when|why|can|could|want|need|please|help)\b",
    re.IGNORECASE,
)


def split_clauses(text: str) -> tuple[str, ...]:
    """The clauses of a text, in order, at most `MOST`; none of a single word. Total; one element when there is one."""
    clauses: list[str] = []
    for piece in _CUT.split(text):
        piece = piece.strip()
        if clauses and (" " not in piece or " " not in clauses[-1] or len(clauses) == MOST):
            clauses[-1] = f"{clauses[-1]} {piece}".strip()
        elif piece:
            clauses.append(piece)
    return tuple(clauses) or (text,)


@dataclass(frozen=True)
class Reading:
    """Texts, and after them the clauses of those that have several.

    `texts`: `count` messages, then clauses. `owners`: which message each clause is of, shape (clauses,). `weights`:
    shape (clauses,); those of one message sum to 1.
    """

    texts: list[str]
    count: int
    owners: NDArray[np.int64]
    weights: NDArray[np.float32]

    def subset(self, rows: NDArray[np.int64]) -> tuple["Reading", NDArray[np.int64]]:
        """The reading of some messages (ascending numbers), and where its texts stand among those of this one."""
        chosen = np.flatnonzero(np.isin(self.owners, rows))
        places = np.concatenate([rows, self.count + chosen])
        owners = np.searchsorted(rows, self.owners[chosen])
        return Reading([self.texts[i] for i in places], len(rows), owners, self.weights[chosen]), places

    def blend(self, scores: Scores) -> Scores:
        """Scores of the messages, shape (count, classes), from those of all `texts`: the clauses' share mixed in."""
        whole = scores[: self.count]
        if not len(self.owners):
            return whole
        weighted = self.weights[:, None] * scores[self.count :]
        blended = whole.copy()
        messages, starts = np.unique(self.owners, return_index=True)
        blended[messages] += np.float32(SHARE) * (np.add.reduceat(weighted, starts, axis=0) - whole[messages])
        return blended


def read(texts: Sequence[str]) -> Reading:
    """What is to be encoded and scored for some messages."""
    everything = list(texts)
    owners: list[int] = []
    weights: list[float] = []
    for number, text in enumerate(texts):
        clauses = split_clauses(text)
        if len(clauses) < 2:
            continue
        raw = [exp(_ASKING * (_ASKS.search(c) is not None) + _LAST * (c is clauses[-1])) for c in clauses]
        total = sum(raw)
        everything += clauses
        owners += [number] * len(clauses)
        weights += [value / total for value in raw]
    return Reading(everything, len(texts), np.array(owners, dtype=np.int64), np.array(weights, dtype=np.float32))
