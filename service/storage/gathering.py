"""Group commit: small pieces of writing that come at the same moment share one transaction and its commit."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy import Connection

Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass
class _Piece:
    """One caller's writing; woken when it is committed or has failed, or to commit for those who wait."""

    work: Callable[[Connection], None]
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    failure: BaseException | None = None


class Gathering:
    """Commits what many threads have to write, a batch a transaction; no thread of its own.

    The first to come commits. Whoever comes meanwhile is gathered, and the first of them commits for all of them. Each
    piece is all or nothing: when one fails, the batch is rolled back and each of it is written by itself, so a piece
    may be called twice. `most` pieces a batch, so that others who write get their turn.
    """

    def __init__(self, begin: Begin, most: int = 32) -> None:
        self._begin = begin
        self._most = most
        self._lock = threading.Lock()
        self._pieces: list[_Piece] = []
        self._busy = False

    def write(self, work: Callable[[Connection], None]) -> None:
        """Returns when `work` is committed; raises what it raised, or what the commit did."""
        piece = _Piece(work)
        with self._lock:
            self._pieces.append(piece)
            leads, self._busy = not self._busy, True
        if not leads:
            piece.woken.wait()
            leads = piece.leads
        if leads:
            self._commit_batch()
        if piece.failure is not None:
            raise piece.failure

    def _commit_batch(self) -> None:
        with self._lock:
            batch, self._pieces = self._pieces[: self._most], self._pieces[self._most :]
        if not self._commit(batch):
            for piece in batch:
                self._commit([piece])
        with self._lock:
            self._busy = bool(self._pieces)
            if self._pieces:
                self._pieces[0].leads = True
                self._pieces[0].woken.set()
        for piece in batch:
            piece.woken.set()

    def _commit(self, batch: Sequence[_Piece]) -> bool:
        """One transaction; False when it must be made piece by piece, as one of several has failed."""
        # A savepoint for each would cost two statements more, and hardly ever does anything fail.
        at_work: _Piece | None = None
        try:
            with self._begin() as connection:
                for at_work in batch:
                    at_work.work(connection)
                at_work = None
        except BaseException as failure:
            if at_work is not None and len(batch) > 1:
                return False
            for piece in batch:
                piece.failure = failure
        return True
