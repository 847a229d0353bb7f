"""Threads that ask the same thing at the same moment share one call."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
Answerer: TypeAlias = Callable[[Sequence[Q]], list[A]]


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
    waits, and hands the answerer on to the first of those who came meanwhile. Nobody waits for a batch to fill: when
    one thread asks, it is served at once.
    """

    def __init__(self, *answerers: Answerer[Q, A], largest: int = 32) -> None:
        """Each of `answerers` is called by one thread at a time; it gives as many answers as there are questions."""
        self._free = list(answerers)
        self._largest = largest
        self._lock = threading.Lock()
        self._waiting: list[_Asked[Q, A]] = []

    def ask(self, questions: list[Q]) -> list[A]:
        """The answers for `questions`, in order. Raises what the answerer raised."""
        mine: _Asked[Q, A] = _Asked(questions)
        with self._lock:
            answerer = self._free.pop() if self._free else None
            if answerer is None:
                self._waiting.append(mine)
        if answerer is not None:
            self._answer([mine], answerer)
        else:
            mine.woken.wait()
            if mine.leads is not None:
                self._answer(self._those_who_wait(), mine.leads)
        if mine.failure is not None:
            raise mine.failure
        return mine.answers

    def _those_who_wait(self) -> list[_Asked[Q, A]]:
        """A batch of them, oldest first; the first of them is the one who asks here."""
        with self._lock:
            batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
            self._hand_on()
        return batch

    def _answer(self, batch: Sequence[_Asked[Q, A]], answerer: Answerer[Q, A]) -> None:
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
        if self._waiting and self._free and self._waiting[0].leads is None:
            first = self._waiting[0]
            first.leads = self._free.pop()
            first.woken.set()
