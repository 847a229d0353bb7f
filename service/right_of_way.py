"""Who goes first: a platform that waits for its answer, before those who work on what it has told us.

Python runs one thread at a time, and a thread that has let go (every statement of the database does) gets back in only
after the others who want to run. Were all threads equal, an answer would wait for each of them at each of its steps.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 0.02
"""So long a turn waits for those who go first: however many come, the work behind them goes on."""


class RightOfWay:
    """One a process. Those behind (reception, couriers) take turns, one at a time and in order; a turn begins when
    nobody who goes first is here, or after a short wait."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._changing = threading.Lock()
        self._first = 0
        self._nobody_first = threading.Event()
        self._nobody_first.set()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()
        self._mine = threading.local()

    @contextmanager
    def first(self) -> Iterator[None]:
        """For who is waited for: no turn begins meanwhile. Never waits."""
        with self._changing:
            self._first += 1
            self._nobody_first.clear()
        try:
            yield
        finally:
            with self._changing:
                self._first -= 1
                if not self._first:
                    self._nobody_first.set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """For a piece of work behind: one thread at a time is in here, those who came earlier before the later."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within a turn: others may have theirs while this thread waits for something outside. Else nothing."""
        if not getattr(self._mine, "turn", False):
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        with self._changing:
            woken = threading.Event() if self._taken else None
            self._taken = True
            if woken is not None:
                self._waiting.append(woken)
        if woken is not None:
            woken.wait()
        self._mine.turn = True
        self._nobody_first.wait(self._patience)

    def _give(self) -> None:
        self._mine.turn = False
        with self._changing:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
