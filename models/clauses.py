"""The clauses of a message, and which of them carry the request.

«Вчера банкомат съел карту, но её вернули, подскажите, какой кешбэк на аптеки»: most of the words are about a card and
an ATM, the request is about cashback. The clause that asks (the last such, or the last of all) is therefore
also read by itself, and the two readings are averaged.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.intent import Scores

SHARE: Final = 0.2
"""Weight of the clause beside the whole message. Chosen out of fold on the shipped examples, where 0.15..0.3 are equal;
reading all clauses, weighted, is equal too and costs twice as much."""
MOST: Final = 6
"""Clauses that are told apart; what comes after stays with the last."""

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


def request_of(text: str) -> str | None:
    """The clause that carries the request: the last that asks and ends the message, else the last that does either.

    None for a text of one clause.
    """
    clauses = split_clauses(text)
    if len(clauses) < 2:
        return None
    return max(
        enumerate(clauses), key=lambda item: (bool(_ASKS.search(item[1])) + (item[0] == len(clauses) - 1), item[0])
    )[1]


@dataclass(frozen=True)
class Reading:
    """Texts, and after them the request clauses of those that have several.

    `texts`: `count` messages, then clauses. `owners`: which message each clause is of, shape (clauses,), ascending.
    """

    texts: list[str]
    count: int
    owners: NDArray[np.int64]

    def subset(self, rows: NDArray[np.int64]) -> tuple["Reading", NDArray[np.int64]]:
        """The reading of some messages (ascending numbers), and where its texts stand among those of this one."""
        chosen = np.flatnonzero(np.isin(self.owners, rows))
        places = np.concatenate([rows, self.count + chosen])
        owners = np.searchsorted(rows, self.owners[chosen])
        return Reading([self.texts[i] for i in places], len(rows), owners), places

    def blend(self, scores: Scores) -> Scores:
        """Scores of the messages, shape (count, classes), from those of all `texts`: the clauses' share mixed in."""
        blended = scores[: self.count].copy()
        blended[self.owners] += np.float32(SHARE) * (scores[self.count :] - blended[self.owners])
        return blended


def read(texts: Sequence[str]) -> Reading:
    """What is to be encoded and scored for some messages."""
    requests = [(number, clause) for number, text in enumerate(texts) if (clause := request_of(text)) is not None]
    owners = np.array([number for number, _ in requests], dtype=np.int64)
    return Reading([*texts, *(clause for _, clause in requests)], len(texts), owners)
