"""What doubles of platforms share: a real HTTP server on loopback that notes requests and misbehaves as told."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Asked:
    """A request as the platform got it; `fields` are those of its JSON, form or multipart body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """What the platform answers."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Fault = Callable[[Asked], "Answered | str | None"]


class PlatformDouble:
    """Answers with `answer`, which each platform's double implements; on a free port while the block lasts.

    `faults` are asked first, one a request, in order: an Answered is given instead, "drop" hangs up without reading on
    (nothing was accepted), "accept_and_drop" accepts and hangs up, "hang" accepts and is silent until the end of the
    block, None lets the request pass. A fault set with `always` is asked for every request.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                double._handle(self)

            do_GET = do_POST
            do_PUT = do_POST
            do_DELETE = do_POST

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def let_go(self) -> None:
        """Hang up on those who are kept waiting."""
        self._over.set()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.let_go()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answered:
        """What the platform does and says."""
        raise NotImplementedError

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        asked = _read(handler)
        with self._lock:
            self.asked.append(asked)
            fault = self.faults.pop(0) if self.faults else self.always
        said = fault(asked) if fault is not None else None
        if said == "drop":
            _hang_up(handler)
            return
        answered = said if isinstance(said, Answered) else None
        if answered is None:
            with self._lock:
                answered = self.answer(asked)
        if said in ("accept_and_drop", "hang"):
            if said == "hang":
                self._over.wait(PATIENCE_SECONDS)
            _hang_up(handler)
            return
        _send(handler, answered)


def always(answered: Answered | str) -> Fault:
    """A fault that is the same for every request."""
    return lambda _asked: answered


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    split = urlsplit(handler.path)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    return Asked(handler.command, split.path, query, headers, body, _fields(headers.get("content-type", ""), body))


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        read = json.loads(body or b"{}")
        return read if isinstance(read, dict) else {"": read}
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if kind.startswith("multipart/form-data"):
        return _multipart(kind, body)
    return {}


def _multipart(kind: str, body: bytes) -> dict[str, Any]:
    """Fields as text, files as (name, content)."""
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    found: dict[str, Any] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        disposition = head.decode("utf-8", "replace")
        name = disposition.partition('name="')[2].partition('"')[0]
        filename = disposition.partition('filename="')[2].partition('"')[0]
        found[name] = (filename, content) if "filename=" in disposition else content.decode()
    return found


def _send(handler: BaseHTTPRequestHandler, answered: Answered) -> None:
    plain = answered.body if isinstance(answered.body, bytes) else None
    body = plain if plain is not None else json.dumps(answered.body).encode()
    handler.send_response(answered.status)
    for name, value in answered.headers.items():
        handler.send_header(name, value)
    if "Content-Type" not in answered.headers:
        handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()
