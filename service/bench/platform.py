"""python -m service.bench.platform URL TEXTS.json SECONDS RATE: send signed webhooks as a busy platform does.

The secret is in OTKLIK_WEBHOOK_SECRET. Messages leave at that rate whatever the answers do, each signed over its bytes,
each with a connection to itself while it waits; the delay counts from the moment a message should have left.
"""

import asyncio
import json
import os
import sys
import time
from http.client import OK
from typing import Any

from uvicorn import Config

from service.bench.wire import Wire
from service.channels.reading import hmac_sha256

PATH = "/channels/v1/webhook"
CLIENTS = 1000


def signed(secret: str, run: str, number: int, text: str) -> tuple[bytes, dict[str, str]]:
    """One message of a client as the `webhook` channel takes it: body and headers."""
    event = {"type": "message", "id": f"{run}-{number}", "client": {"id": f"{run}-{number % CLIENTS}"}, "text": text}
    body = json.dumps(event, ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    signature = "sha256=" + hmac_sha256(secret, stamp.encode() + b"." + body)
    return body, {"Content-Type": "application/json", "X-Otklik-Timestamp": stamp, "X-Otklik-Signature": signature}


async def send_at(url: str, secret: str, texts: list[str], rate: float, seconds: float) -> dict[str, Any]:
    """Milliseconds from due to answered of each message, and how many were not answered with 200."""
    free: list[Wire] = []
    took: list[float] = []
    refused: list[int] = []
    run = f"{time.time():.0f}"

    async def send(number: int, due: float) -> None:
        body, headers = signed(secret, run, number, texts[number % len(texts)])
        wire = free.pop() if free else None
        if wire is None or wire.is_closed:  # the server hangs up on those that rest for long
            wire = await Wire.connect(url)
        status, _ = await wire.send(PATH, body, headers)
        took.append((time.perf_counter() - due) * 1000)
        free.append(wire)
        if status != OK:
            refused.append(status)

    began = time.perf_counter() + 0.2
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(send(number, due))
    for wire in free:
        wire.close()
    return {"took_ms": took, "refused": len(refused)}


if __name__ == "__main__":
    address, file, duration, wanted = sys.argv[1:5]
    with open(file, encoding="utf-8") as source:
        loaded = json.load(source)
    work = send_at(address, os.environ["OTKLIK_WEBHOOK_SECRET"], loaded, float(wanted), float(duration))
    with asyncio.Runner(loop_factory=Config("", loop="auto").get_loop_factory()) as runner:
        print(json.dumps(runner.run(work)))
