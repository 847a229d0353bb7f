"""The demo's mail: nothing leaves the process, a page shows what would have been sent."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.domain.letters import Letter

KEPT = 100


@dataclass(frozen=True)
class Received:
    """A letter as it lies in the mailbox."""

    number: int
    at: datetime
    letter: Letter


class Mailbox:
    """Everybody's mailbox at once, the newest hundred letters, in memory only."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._letters: deque[Received] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._count = 0

    def send(self, letter: Letter) -> None:
        """Put the letter into the box, once."""
        with self._lock:
            if all(each.letter.once != letter.once for each in self._letters):
                self._count += 1
                self._letters.append(Received(self._count, self._clock(), letter))

    def letters(self) -> list[Received]:
        """What lies there, newest first."""
        with self._lock:
            return list(self._letters)[::-1]
