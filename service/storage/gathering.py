"""Group commit: small pieces of writing that come at the same moment share one transaction and its commit."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from service.batching import Together

Begin = Callable[[], AbstractContextManager[Connection]]
Work = Callable[[Connection], None]


class Gathering:
    """Commits what many threads have to write, a batch a transaction; no thread of its own.

    The first to come commits. Whoever comes meanwhile is gathered, and the first of them commits for all of them. Each
    piece is all or nothing: when one fails, the batch is rolled back and each of it is written by itself, so a piece
    may be called twice. `most` pieces a batch, so that others who write get their turn.
    """

    def __init__(self, begin: Begin, most: int = 32) -> None:
        self._begin = begin
        self._together = Together(self._commit, largest=most)

    def write(self, work: Work) -> None:
        """Returns when `work` is committed; raises what it raised, or what the commit did."""
        [failure] = self._together.ask([work])
        if failure is not None:
            raise failure

    def _commit(self, batch: Sequence[Work]) -> list[BaseException | None]:
        """What each has failed with, None for what is committed."""
        # A savepoint for each would cost two statements more, and hardly ever does anything fail.
        at_work: Work | None = None
        try:
            with self._begin() as connection:
                for at_work in batch:
                    at_work(connection)
                at_work = None
        except BaseException as failure:
            if at_work is None or len(batch) == 1:
                return [failure] * len(batch)
            return [failed for work in batch for failed in self._commit([work])]
        return [None] * len(batch)
