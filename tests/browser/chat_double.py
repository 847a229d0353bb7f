"""A stand-in for the chat server: the widget's protocol with a small script of replies and faults on demand.

It keeps everything in memory and knows no database, so that the widget's behaviour on a bad network can be tested apart
from the service. `python tests/browser/chat_double.py PORT` serves it with the demo page for work on the widget.
"""

import asyncio
import json
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

WIDGET = Path(__file__).parents[2] / "service" / "widget"
SCRIPT: dict[str, Any] = json.loads(Path(__file__).with_name("chat_script.json").read_text("utf-8"))


@dataclass
class Faults:
    """What is broken now; a test changes it at any time."""

    refuse_status: int = 0  # every message answers this status
    refuse_times: int = -1  # how many more times; -1 is for ever
    retry_after_seconds: int = 0
    lose_answers: int = 0  # take this many messages, then drop the connection before answering
    delay_seconds: float = 0.0
    duplicate_events: bool = False
    silent: bool = False  # the bot says nothing


@dataclass
class Visitor:
    """One visitor's history and open streams."""

    language: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    by_client_id: dict[str, int] = field(default_factory=dict)
    streams: list[asyncio.Queue[str]] = field(default_factory=list)
    state: str = "bot"
    seen: int = 0


@dataclass
class ChatDouble:
    """The server's memory. Methods that push events are safe to call from the test's thread."""

    faults: Faults = field(default_factory=Faults)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    received: list[str] = field(default_factory=list)  # texts in the order they were first accepted
    attempts: list[dict[str, Any]] = field(default_factory=list)  # every message request, repeats too
    stream_requests: list[str] = field(default_factory=list)
    files: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None
    with_greeting: bool = True

    def on_loop(self, work: Any, *arguments: Any) -> None:
        """Runs a callable on the server's loop and waits for it."""
        assert self.loop is not None
        done = threading.Event()
        self.loop.call_soon_threadsafe(work, *arguments)
        self.loop.call_soon_threadsafe(done.set)
        assert done.wait(5)

    def add(self, visitor: Visitor, author: str, text: str, minutes: float = 0, **extra: Any) -> dict[str, Any]:
        """Appends a message (`minutes` ago) and pushes it to the visitor's open tabs."""
        seq = len(visitor.messages) + 1
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        message = {"seq": seq, "id": f"m{seq}", "author": author, "text": text, "buttons": [], "article": None}
        message |= {"state": "sent" if author == "client" else None, "at": at.isoformat(), "name": None} | extra
        visitor.messages.append(message)
        for _ in range(2 if self.faults.duplicate_events else 1):
            self.push(visitor, "message", message, seq)
        return message

    def keep(self, name: str, content: bytes) -> dict[str, Any]:
        """Keeps a file; returns what messages say of it."""
        key, picture = secrets.token_hex(16), content.startswith(b"\x89PNG")
        about = {"key": key, "name": name, "type": "image/png" if picture else "application/pdf"}
        self.files[key] = (about | {"size": len(content), "picture": picture}, content)
        return self.files[key][0]

    def push(self, visitor: Visitor, event: str, data: Any, seq: int | None = None) -> None:
        """Sends one event to every open tab of a visitor."""
        for stream in visitor.streams:
            stream.put_nowait(sse(event, data, seq))

    def drop_streams(self) -> None:
        """Ends every open event stream, as a restarted proxy would."""
        for visitor in self.visitors.values():
            for stream in visitor.streams:
                stream.put_nowait("")

    def forget_everyone(self) -> None:
        """As after a restart on an empty database: every token is unknown."""
        self.drop_streams()
        self.visitors.clear()

    def set_state(self, visitor: Visitor, state: str, position: int | None = None) -> None:
        """Moves the conversation and tells the open tabs."""
        visitor.state = state
        self.push(visitor, "conversation", {"state": state, "position": position})

    async def reply(self, visitor: Visitor, message: dict[str, Any]) -> None:
        """The script: an answer, a hand-off for those who ask for a person, silence when told so."""
        self.push(visitor, "state", {"seq": message["seq"], "state": "delivered"})
        if self.faults.silent or visitor.state != "bot":
            return
        message["state"] = "delivered"
        self.push(visitor, "typing", {"author": "bot", "on": True})
        await asyncio.sleep(0.25)
        words = SCRIPT[visitor.language]
        message["state"] = "seen"
        self.push(visitor, "state", {"seq": message["seq"], "state": "seen"})
        if message["text"] in (words["menu"][2], words["feedback"][1]):
            self.add(visitor, "bot", words["handoff"])
            self.set_state(visitor, "queued", 2)
            return
        yes, no = words["feedback"]
        buttons = [button(yes, "feedback:yes"), button(no, "feedback:no")]
        buttons += [button(text, f"intent:{number}") for number, text in enumerate(words["next"])]
        self.add(visitor, "bot", words["answer"], article={"id": "card_block", "title": "-"}, buttons=buttons)


def button(text: str, payload: str) -> dict[str, Any]:
    """A choice under a message."""
    return {"text": text, "payload": payload, "url": None}


def sse(event: str, data: Any, seq: int | None = None) -> str:
    """One server-sent event."""
    head = f"id: {seq}\n" if seq else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def problem(status: int, code: str, **headers: str) -> JSONResponse:
    """An RFC 9457 problem."""
    body = {"type": f"https://otklik.example/errors/{code}", "title": code, "status": status, "code": code}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


async def broken_off() -> AsyncIterator[str]:
    """A body that ends in a closed connection."""
    yield "{"
    raise ConnectionAbortedError


def create_app(double: ChatDouble) -> FastAPI:
    """The protocol over the double's memory, with the widget's files at `/`."""
    app = FastAPI()
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["Retry-After"]
    )

    def visitor_of(request: Request) -> Visitor | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return double.visitors.get(token or request.query_params.get("token", ""))

    @app.post("/chat/v1/sessions", status_code=201)
    async def open_session(request: Request) -> Any:
        language = (await request.json())["language"]
        token = secrets.token_urlsafe(12)
        double.visitors[token] = Visitor(language)
        words = SCRIPT[language]
        menu = [button(text, f"intent:{number}") for number, text in enumerate(words["menu"])]
        greeting = {"text": words["greeting"], "buttons": menu} if double.with_greeting else None
        session = {"token": token, "visitor": token[:6], "language": language, "greeting": greeting}
        return session | {"links": SCRIPT["links"]}

    @app.post("/chat/v1/messages")
    async def take_message(request: Request) -> Any:
        body, faults = await request.json(), double.faults
        double.attempts.append(body)
        await asyncio.sleep(faults.delay_seconds)
        if faults.refuse_status and faults.refuse_times:
            faults.refuse_times -= 1
            wait = {"Retry-After": str(faults.retry_after_seconds)} if faults.retry_after_seconds else {}
            return problem(faults.refuse_status, "refused", **wait)
        visitor = visitor_of(request)
        if visitor is None:
            return problem(401, "token_unknown")
        known = visitor.by_client_id.get(body["id"])
        if known is not None and visitor.messages[known]["text"] != body["text"]:
            return problem(409, "id_reused")
        if known is None:
            visitor.by_client_id[body["id"]] = len(visitor.messages)
            double.received.append(body["text"])
            files = [double.files[key][0] for key in body.get("files") or ()]
            message = double.add(visitor, "client", body["text"], id=body["id"], files=files)
            request.app.state.jobs = [asyncio.create_task(double.reply(visitor, message))]
        else:
            message = visitor.messages[known]
        if faults.lose_answers:
            faults.lose_answers -= 1
            return StreamingResponse(broken_off(), 202)  # the message is taken, the client never hears of it
        return JSONResponse({"message": message, "state": visitor.state}, 202 if known is None else 200)

    @app.get("/chat/v1/messages")
    async def history(request: Request, after: int = 0) -> Any:
        visitor = visitor_of(request)
        if visitor is None:
            return problem(401, "token_unknown")
        return {"messages": visitor.messages[after:], "typing": False, "state": visitor.state}

    @app.get("/chat/v1/events")
    async def events(request: Request, after: int = 0) -> Any:
        visitor = visitor_of(request)
        if visitor is None:
            return problem(401, "token_unknown")
        after = int(request.headers.get("Last-Event-ID", after))
        double.stream_requests.append(f"after={after}")
        queue: asyncio.Queue[str] = asyncio.Queue()
        for message in visitor.messages[after:]:
            queue.put_nowait(sse("message", message, message["seq"]))
        visitor.streams.append(queue)

        async def feed() -> AsyncIterator[str]:
            yield ": here\n\n"
            try:
                while event := await queue.get():
                    yield event
            finally:
                visitor.streams.remove(queue)

        return StreamingResponse(feed(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @app.post("/chat/v1/files", status_code=201)
    async def keep(request: Request) -> Any:
        if visitor_of(request) is None:
            return problem(401, "token_unknown")
        async with request.form() as form:
            part: Any = form["file"]
            content = await part.read()
        if len(content) > 100_000:
            return problem(413, "file_too_large")
        return double.keep(part.filename, content)

    @app.get("/chat/v1/files/{key}")
    async def file(request: Request, key: str, inline: bool = False) -> Response:
        if visitor_of(request) is None:
            return problem(401, "token_unknown")
        about, content = double.files[key]
        kind = "image/png" if inline and about["picture"] else "application/octet-stream"
        return Response(content, media_type=kind)

    @app.post("/chat/v1/seen", status_code=204)
    async def seen(request: Request) -> Response:
        visitor, body = visitor_of(request), await request.json()
        if visitor is not None:
            visitor.seen = max(visitor.seen, body["seq"])
        return Response(status_code=204)

    @app.post("/chat/v1/typing", status_code=204)
    async def typing(request: Request) -> Response:
        return Response(status_code=204)

    @app.get("/chat/v1/explain")
    async def explain(request: Request, seq: int) -> Any:
        visitor = visitor_of(request)
        if visitor is None or not 0 < seq <= len(visitor.messages):
            return problem(404, "not_available")
        return SCRIPT["explanation"] | {"ranking": SCRIPT[visitor.language]["ranking"]}

    @app.get("/")
    async def demo() -> FileResponse:
        return FileResponse(WIDGET / "demo.html")

    app.mount("/", StaticFiles(directory=WIDGET))
    return app


class RunningDouble:
    """The double on a real port, in a thread; `stop` and `start` again on the same port is a restart."""

    def __init__(self, double: ChatDouble, port: int = 0) -> None:
        self.double, self.port = double, port
        self.start()

    def start(self) -> None:
        """Returns once the port answers."""
        config = uvicorn.Config(create_app(self.double), port=self.port, log_level="critical", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.ready = threading.Event()
        self.thread.start()
        assert self.ready.wait(10)

    def serve(self) -> None:
        """Runs in the thread: a loop of its own until stopped."""

        async def main() -> None:
            self.double.loop = asyncio.get_running_loop()
            serving = asyncio.create_task(self.server.serve())
            while not self.server.started:
                await asyncio.sleep(0.01)
            self.port = self.server.servers[0].sockets[0].getsockname()[1]
            self.ready.set()
            await serving

        asyncio.run(main())

    def stop(self) -> None:
        """Ends the streams and frees the port."""
        self.double.on_loop(self.double.drop_streams)
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(10)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


if __name__ == "__main__":
    running = RunningDouble(ChatDouble(), int(sys.argv[1]))
    sys.stdout.write(f"{running.url}\n")
    running.thread.join()
