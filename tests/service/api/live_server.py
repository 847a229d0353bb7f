"""The application on a real socket, and a client that listens to its events: a stream is nothing without a wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from tests.service.threads import wait_until

PATIENCE_SECONDS = 10.0


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address at which `app` answers during the block."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="live-server", daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), "the server starts")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.closing.set()
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "the server did not stop"


@dataclass
class Event:
    """One server-sent event."""

    kind: str = "message"
    id: str | None = None
    data: Any = None


@dataclass
class Stream:
    """An open stream: what has come so far, and waiting for more."""

    response: httpx.Response
    events: list[Event] = field(default_factory=list)
    _reading: AsyncIterator[Event] | None = None

    async def until(self, enough: Callable[[list[Event]], Any], what: str = "enough events") -> list[Event]:
        """Read until `enough(events so far)`; fails naming `what` when that never comes."""
        self._reading = self._reading or self._read()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not enough(self.events):
                    self.events.append(await anext(self._reading))
        except (TimeoutError, StopAsyncIteration) as error:
            raise AssertionError(f"never came: {what}; so far {self.events}") from error
        return self.events

    async def until_seq(self, seq: int) -> list[int]:
        """Read until the message with this number has come; the numbers of all messages so far."""
        await self.until(lambda _: seq in self.seqs, f"message {seq}")
        return self.seqs

    @property
    def seqs(self) -> list[int]:
        """The numbers of the messages so far, as they came."""
        return [event.data["seq"] for event in self.events if event.kind == "message"]

    def of(self, kind: str) -> list[Any]:
        """The data of the events of this kind so far."""
        return [event.data for event in self.events if event.kind == kind]

    async def _read(self) -> AsyncIterator[Event]:
        event = Event()
        async for line in self.response.aiter_lines():
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line and event.data is not None:
                yield event
                event = Event()
            elif name == "event":
                event.kind = value
            elif name == "id":
                event.id = value
            elif name == "data":
                event.data = json.loads(value)


@asynccontextmanager
async def listening(url: str, token: str, last_event: str | None = None, **query: Any) -> AsyncIterator[Stream]:
    """Open the stream of a visitor, resuming after the event with the id `last_event`."""
    headers: dict[str, str | bytes] = {"Authorization": f"Bearer {token}"}
    headers |= {"Last-Event-ID": last_event.encode()} if last_event is not None else {}
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client,
        client.stream("GET", f"{url}/chat/v1/events", headers=headers, params=query) as response,
    ):
        assert response.status_code == httpx.codes.OK, await response.aread()
        yield Stream(response)
