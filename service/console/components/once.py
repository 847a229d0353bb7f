"""A double click does nothing twice: a button that waits, a button and Enter together, a method behind keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from nicegui import ui

P = ParamSpec("P")
V = TypeVar("V")
Method = Callable[Concatenate[V, P], Coroutine[Any, Any, None]]

SHOWN_AFTER_SECONDS = 0.4
"""Work that takes longer shows that it goes on."""


@asynccontextmanager
async def busy(button: ui.button, *, shown: bool = True) -> AsyncIterator[None]:
    """The button takes no second press while its work goes on, and (`shown`) shows it when it takes long."""
    button.disable()
    later = asyncio.get_running_loop().call_later(SHOWN_AFTER_SECONDS, lambda: shown and button.props("loading"))
    try:
        yield
    finally:
        later.cancel()
        if not button.is_deleted:
            button.props(remove="loading")
            button.enable()


def once(button: Callable[[], ui.button], work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """`work` for a button and for Enter: while it runs the button is grey, and whatever else asks for it is ignored."""

    async def run() -> None:
        if button().enabled:
            async with busy(button()):
                await work()

    return run


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
