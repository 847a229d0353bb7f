"""Threads that ask the same thing at the same moment share one call."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
Answerer = Callable[[Sequence[Q]], list[A]]

ENOUGH = 8
"""A batch of so many waits for no more: beyond that each further question saves little."""


@dataclass(eq=False)
class _Asked(Generic[Q, A]):
    """What one thread asks. It is woken when it has its answers, or to ask for everybody who waits."""

    questions: list[Q]
    woken: threading.Event = field(default_factory=threading.Event)
    leads: Answerer[Q, A] | None = None
    answers: list[A] = field(default_factory=list)
    failure: BaseException | None = None


class Together(Generic[Q, A]):
    """Threads that ask at the same moment share one call: a batch costs the model a third of its parts.

    Dynamic batching without a thread of its own: the first to find somebody free to answer asks for everybody who
    waits, and hands the answerer on to the first of those who came meanwhile. Who asks alone is served at once. Only
    when the question before came less than `linger` seconds ago, a small batch waits that long for more: under load
    that saves more time than it takes.
    """

    def __init__(
        self, *answerers: Answerer[Q, A], largest: int = 32, linger: float = 0.0,
        clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        """Each of `answerers` is called by one thread at a time; it gives as many answers as there are questions."""
        self._free = list(answerers)
        self._largest = largest
        self._linger = linger
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._waiting: list[_Asked[Q, A]] = []
        self._gathers = False
        self._last = -linger
        self._crowded = False

    def ask(self, questions: list[Q]) -> list[A]:
        """The answers for `questions`, in order. Raises what the answerer raised."""
        mine: _Asked[Q, A] = _Asked(questions)
        with self._lock:
            now = self._clock()
            self._crowded, self._last = now - self._last < self._linger, now
            self._waiting.append(mine)
            leads = self._free.pop() if self._free and not self._gathers else None
            self._gathers = self._gathers or leads is not None
        if leads is None:
            mine.woken.wait()
            leads = mine.leads
        if leads is not None:
            self._ask_for_all(leads)
        if mine.failure is not None:
            raise mine.failure
        return mine.answers

    def _ask_for_all(self, answerer: Answerer[Q, A]) -> None:
        """Called by the thread whose own question is the first of those that wait."""
        if self._crowded and len(self._waiting) < ENOUGH:
            self._sleep(self._linger)
        with self._lock:
            batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
            self._gathers = False
            self._hand_on()
        try:
            answers = iter(answerer([each for asked in batch for each in asked.questions]))
            for asked in batch:
                asked.answers = [next(answers) for _ in asked.questions]
        except BaseException as failure:
            for asked in batch:
                asked.failure = failure
        with self._lock:
            self._free.append(answerer)
            self._hand_on()
        for asked in batch:
            asked.woken.set()

    def _hand_on(self) -> None:
        """Let the first of those who wait ask for them, if anybody is free to answer. Holds the lock."""
        if self._waiting and self._free and not self._gathers:
            self._gathers = True
            self._waiting[0].leads = self._free.pop()
            self._waiting[0].woken.set()
