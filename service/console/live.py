"""Pages that follow what happens: one task an open page, woken by events, never more often than a person can see."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nicegui import background_tasks, ui
from nicegui.client import Client

from service.events import Events

SAFETY_SECONDS = 5.0
"""Events may be lost on their way from another process: a page looks this often anyway."""

SHORTEST_PAUSE_SECONDS = 0.1
"""Between two looks: a hundred messages a second still mean ten looks."""


class Live:
    """Calls `look` at once, when one of `topics()` changes and every few seconds, until the page closes."""

    def __init__(
        self,
        events: Events,
        topics: Callable[[], Sequence[str]],
        look: Callable[[], Awaitable[None]],
        *,
        pause: float = SHORTEST_PAUSE_SECONDS,
    ) -> None:
        """`pause`: seconds between two looks, for a look that does not set its own pace."""
        self._events = events
        self._topics = topics
        self._look = look
        self._pause = pause
        self._client: Client = ui.context.client
        task = background_tasks.create(self._follow(), name="live page", context=ui.context.slot.parent)
        self._client.on_delete(lambda: task.cancel())

    async def _follow(self) -> None:
        await self._client.connected()
        while True:
            topics = tuple(self._topics())
            with self._events.watch(*topics) as watcher:
                await self._look()
                await asyncio.sleep(self._pause)
                if tuple(self._topics()) == topics:  # otherwise what is shown has changed: watch that
                    await watcher.wait(SAFETY_SECONDS)
