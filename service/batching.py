"""Threads that ask the same thing at the same moment share one call."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Threads that ask at the same moment share one call of the model: a batch costs a third of its parts.

    The first thread to find the model free takes everything that waits, its own question included. Nobody waits for
    a batch to fill: when one thread asks, it is served at once.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], list[A]], largest: int = 32) -> None:
        self._answer = answer
        self._largest = largest
        self._busy = threading.Lock()
        self._adding = threading.Lock()
        self._waiting: list[tuple[list[Q], Future[list[A]]]] = []

    def ask(self, questions: list[Q]) -> list[A]:
        """The answers for `questions`, in order."""
        mine: Future[list[A]] = Future()
        with self._adding:
            self._waiting.append((questions, mine))
        while not mine.done():
            with self._busy:
                if not mine.done():
                    self._serve()
        return mine.result()

    def _serve(self) -> None:
        with self._adding:
            batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        answers = iter(self._answer([each for asked, _ in batch for each in asked]))
        for asked, future in batch:
            future.set_result([next(answers) for _ in asked])
