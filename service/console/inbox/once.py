"""A double click does nothing twice."""

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
V = TypeVar("V")


Method = Callable[Concatenate[V, P], Coroutine[Any, Any, None]]


def once_at_a_time(work: Method[V, P]) -> Method[V, P]:
    """A method that is left alone while it is already running for the same object."""
    running: set[int] = set()

    async def guarded(self: V, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if id(self) in running:
            return
        running.add(id(self))
        try:
            await work(self, *args, **kwargs)
        finally:
            running.discard(id(self))

    update_wrapper(guarded, work)
    return guarded
