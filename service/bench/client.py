"""python -m service.bench.client URL TEXTS.json SECONDS VISITORS RATE: write as many visitors do, time each answer.

RATE 0 sends the next message when the last is answered (closed loop). Otherwise messages leave at that rate whatever
the answers do (open loop), and the delay counts from the moment a message should have left, so that a slow server
can't hide its own queue.
"""

import asyncio
import json
import random
import sys
import time
import uuid
from dataclasses import dataclass, field

import httpx

WARM_UP_SECONDS = 2.0
VISITOR_MESSAGES = 6
"""After so many messages a visitor leaves and a new one comes, as in life."""


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


class Crowd:
    """Visitors who write one after another over shared connections."""

    def __init__(self, client: httpx.AsyncClient, texts: list[str]) -> None:
        self._client = client
        self._texts = texts
        self._random = random.Random(7)
        self._visitors: list[tuple[str, int]] = []
        self.figures = Figures()

    async def write_once(self, due: float | None = None) -> None:
        """One message of some visitor; counts from `due` (perf_counter) or from now."""
        token, written = self._visitors.pop() if self._visitors else (await self._arrive(), 0)
        body = {"id": str(uuid.uuid4()), "text": self._random.choice(self._texts)}
        started = due or time.perf_counter()
        answer = await self._client.post("/chat/v1/messages", json=body, headers={"Authorization": f"Bearer {token}"})
        ended = time.perf_counter()
        if answer.status_code != httpx.codes.ACCEPTED:
            self.figures.failed += 1
        elif started >= self.figures.began > 0:
            self.figures.delays.append((ended - started) * 1000)
        if written + 1 < VISITOR_MESSAGES:
            self._visitors.append((token, written + 1))

    async def _arrive(self) -> str:
        answer = await self._client.post("/chat/v1/sessions", json={"language": "ru"})
        token: str = answer.raise_for_status().json()["token"]
        return token


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
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        crowd = Crowd(client, texts)
        if rate > 0:
            await open_loop(crowd, seconds, rate)
        else:
            await closed_loop(crowd, seconds, visitors)
    return crowd.figures.summary()


if __name__ == "__main__":
    address, file, duration, crowd_size, wanted = sys.argv[1:6]
    with open(file, encoding="utf-8") as source:
        loaded = json.load(source)
    print(json.dumps(asyncio.run(main(address, loaded, float(duration), int(crowd_size), float(wanted)))))
