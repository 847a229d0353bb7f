"""One keep-alive HTTP connection that posts and costs its own process next to nothing.

A load generator shares the machine with the server it measures: with a comfortable client a quarter of the processor
goes into the client, and the figure is about the client.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import httptools


class Wire(asyncio.Protocol):
    """Sends one request at a time and reads its answer."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""

    @classmethod
    async def connect(cls, url: str) -> "Wire":
        """An open connection to `url` (http://host:port). Raises OSError when nobody listens there."""
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: cls(parts.netloc), parts.hostname or "", parts.port or 80)
        return wire

    @property
    def is_closed(self) -> bool:
        """Whether the server or we have hung up."""
        return self._transport is None or self._transport.is_closing()

    async def post(self, path: str, body: Any, token: str = "") -> tuple[int, Any]:
        """Status and decoded JSON of the answer. Raises ConnectionError when the server hangs up."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        content = json.dumps(body, ensure_ascii=False).encode()
        status, answer = await self.send(path, content, {"Content-Type": "application/json", **bearer})
        return status, json.loads(answer)

    async def send(self, path: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """POST these bytes: status and body of the answer. Raises ConnectionError when the server hangs up."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection is closed")
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\n{said}Content-Length: {len(content)}\r\n\r\n"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + content)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the server hung up, or we did."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """httptools: the answer is whole; the next one gets a parser of its own."""
        answer, status, body = self._answer, self._parser.get_status_code(), self._body
        self._body, self._parser = b"", httptools.HttpResponseParser(self)
        if answer is not None and not answer.done():
            answer.set_result((status, body))
