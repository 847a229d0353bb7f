"""python -m service.bench.client URL TEXTS.json SECONDS VISITORS RATE: write as many visitors do, time each answer.

RATE 0 sends the next message when the last is answered (closed loop). Otherwise messages leave at that rate whatever
the answers do (open loop), and the delay counts from the moment a message should have left, so that a slow server
can't hide its own queue.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from http.client import ACCEPTED, CREATED

from uvicorn import Config

from service.bench.wire import Wire

WARM_UP_SECONDS = 2.0
VISITOR_MESSAGES = 6
"""After so many messages a visitor leaves and a new one comes, as in life."""
PAUSE_SECONDS = 3.0
"""Between two messages of one visitor: what comes sooner is one thought in several lines, and answered once."""


@dataclass
class Figures:
    """What was seen: the delay of each answered message in milliseconds, and how many failed."""

    delays: list[float] = field(default_factory=list)
    failed: int = 0
    began: float = 0.0
    ended: float = 0.0

    def summary(self) -> dict[str, float]:
        """Rates and percentiles."""
        ranked = sorted(self.delays)

        def percentile(share: float) -> float:
            return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 2) if ranked else 0.0

        return {
            "messages": len(ranked),
            "failed": self.failed,
            "per_second": round(len(ranked) / max(self.ended - self.began, 0.001), 1),
            "p50_ms": percentile(0.50),
            "p95_ms": percentile(0.95),
            "p99_ms": percentile(0.99),
        }


@dataclass
class Visitor:
    """One who chats: an own connection as a browser has it, the token, how much is written, when to write next."""

    wire: Wire
    token: str
    written: int = 0
    ready_at: float = 0.0


class Crowd:
    """Visitors who come, write a few messages with pauses between them, and leave."""

    def __init__(self, url: str, texts: list[str]) -> None:
        self._url = url
        self._texts = texts
        self._random = random.Random(7)
        self._resting: deque[Visitor] = deque()
        self.figures = Figures()

    async def write_once(self, due: float | None = None) -> None:
        """One message of some visitor; counts from `due` (perf_counter) or from now."""
        visitor = await self._next_visitor()
        body = {"id": str(uuid.uuid4()), "text": self._random.choice(self._texts)}
        started = due or time.perf_counter()
        status = await self._post(visitor, body)
        ended = time.perf_counter()
        if status != ACCEPTED:
            self.figures.failed += 1
        elif started >= self.figures.began > 0:
            self.figures.delays.append((ended - started) * 1000)
        visitor.written += 1
        if visitor.written < VISITOR_MESSAGES:
            visitor.ready_at = ended + PAUSE_SECONDS
            self._resting.append(visitor)
        else:
            visitor.wire.close()

    async def _post(self, visitor: Visitor, body: dict[str, str]) -> int:
        """Status of the answer. The server hangs up on who rests for long: as a widget does, come back and repeat."""
        if not visitor.wire.is_closed:
            with contextlib.suppress(ConnectionError):
                return (await visitor.wire.post("/chat/v1/messages", body, visitor.token))[0]
        visitor.wire = await Wire.connect(self._url)
        return (await visitor.wire.post("/chat/v1/messages", body, visitor.token))[0]

    async def _next_visitor(self) -> Visitor:
        """The one who has rested longest, if that was long enough; somebody new otherwise."""
        if self._resting and self._resting[0].ready_at <= time.perf_counter():
            return self._resting.popleft()
        wire = await Wire.connect(self._url)
        status, session = await wire.post("/chat/v1/sessions", {"language": "ru"})
        if status != CREATED:
            raise ConnectionError(f"no session was opened: {session}")
        return Visitor(wire, session["token"])

    def leave(self) -> None:
        """Everybody hangs up."""
        for visitor in self._resting:
            visitor.wire.close()


async def closed_loop(crowd: Crowd, seconds: float, visitors: int) -> None:
    """`visitors` at once, each waiting for its answer."""
    start = time.perf_counter()
    crowd.figures.began = start + WARM_UP_SECONDS
    end = crowd.figures.began + seconds

    async def write_on() -> None:
        while time.perf_counter() < end:
            await crowd.write_once()

    await asyncio.gather(*(write_on() for _ in range(visitors)))
    crowd.figures.ended = time.perf_counter()


async def open_loop(crowd: Crowd, seconds: float, rate: float) -> None:
    """`rate` messages a second, come what may."""
    start = time.perf_counter()
    crowd.figures.began = start + WARM_UP_SECONDS
    tasks: set[asyncio.Task[None]] = set()
    for number in range(int((seconds + WARM_UP_SECONDS) * rate)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(crowd.write_once(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    crowd.figures.ended = time.perf_counter()


async def main(url: str, texts: list[str], seconds: float, visitors: int, rate: float) -> dict[str, float]:
    """Run one phase and return its figures."""
    crowd = Crowd(url, texts)
    if rate > 0:
        await open_loop(crowd, seconds, rate)
    else:
        await closed_loop(crowd, seconds, visitors)
    crowd.leave()
    return crowd.figures.summary()


if __name__ == "__main__":
    address, file, duration, crowd_size, wanted = sys.argv[1:6]
    with open(file, encoding="utf-8") as source:
        loaded = json.load(source)
    work = main(address, loaded, float(duration), int(crowd_size), float(wanted))
    with asyncio.Runner(loop_factory=Config("", loop="auto").get_loop_factory()) as runner:
        print(json.dumps(runner.run(work)))
