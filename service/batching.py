"""Threads that ask the same thing at the same moment share one call."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Threads that ask at the same moment share one call: a batch costs the model a third of its parts.

    The first thread to find somebody free to answer takes everything that waits, its own question included. Nobody
    waits for a batch to fill: when one thread asks, it is served at once.
    """

    def __init__(self, *answerers: Callable[[Sequence[Q]], list[A]], largest: int = 32) -> None:
        """Each of `answerers` is called by one thread at a time; it gives as many answers as there are questions."""
        self._free: queue.SimpleQueue[Callable[[Sequence[Q]], list[A]]] = queue.SimpleQueue()
        for answer in answerers:
            self._free.put(answer)
        self._largest = largest
        self._changing = threading.Lock()
        self._waiting: list[tuple[list[Q], Future[list[A]]]] = []

    def ask(self, questions: list[Q]) -> list[A]:
        """The answers for `questions`, in order. Raises what the answerer raised."""
        mine: Future[list[A]] = Future()
        with self._changing:
            self._waiting.append((questions, mine))
        while not mine.running() and not mine.done():
            answer = self._free.get()
            try:
                self._serve(answer)
            finally:
                self._free.put(answer)
        return mine.result()

    def _serve(self, answer: Callable[[Sequence[Q]], list[A]]) -> None:
        with self._changing:
            batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
            for _, future in batch:
                future.set_running_or_notify_cancel()
        if not batch:
            return
        try:
            answers = iter(answer([each for asked, _ in batch for each in asked]))
            for asked, future in batch:
                future.set_result([next(answers) for _ in asked])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            raise
