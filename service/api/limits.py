"""Guards round every request: a body that is too large is refused early, every answer is timed."""

import json
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics

LARGEST_BODY = 64 * 1024
LARGEST_CONSOLE_FILE = 60 * 2**20
"""A file that staff upload on a page of the console: a roster, a log of calls."""


class BodyLimit:
    """Refuses bodies above 64 KiB with 413, whether announced or streamed.

    Only uploads may be bigger: POST to a path that ends in /files, up to `largest_upload` bytes, and files that are
    given to a page of the console.
    """

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY, largest_upload: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest
        self._largest_upload = largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass small requests on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest_of(scope)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > largest:
            await self._refuse(send, largest)
            return
        received, refused = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > largest:
                raise _TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal refused
            if received <= largest:
                await send(message)
            elif not refused:  # whatever the application made of the broken body
                refused = True
                await self._refuse(send, largest)

        try:
            await self._app(scope, counted, sent)
        except _TooLarge:
            if not refused:
                await self._refuse(send, largest)

    def _largest_of(self, scope: Scope) -> int:
        path: str = scope["path"]
        if scope["method"] != "POST":
            return self._largest
        if path.startswith("/console/_nicegui/client/") and "/upload/" in path:
            return LARGEST_CONSOLE_FILE + LARGEST_BODY
        return self._largest_upload if path.endswith("/files") else self._largest

    async def _refuse(self, send: Send, largest: int) -> None:
        body = {
            "type": "https://otklik.dev/errors/too_large",
            "title": "The request is too large",
            "status": 413,
            "detail": f"at most {largest} bytes are taken",
            "code": "too_large",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


class _TooLarge(Exception):
    pass


class Timing:
    """Counts and times every answer by route, not by path: paths hold ids."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Time until the answer begins (a stream of events stays open for hours)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                labels = (scope["method"], route, str(message["status"]))
                self._metrics.requests.labels(*labels).observe(perf_counter() - started)
            await send(message)

        await self._app(scope, receive, timed)
