"""Start `otklik serve` as a process of its own, on a fresh database."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx

from models.encoders.unpacked import keep_tables_in
from service.errors import SetupError
from service.office import open_office
from service.preparation import prepare_database
from service.settings import Settings

PATIENCE_SECONDS = 60.0
_LISTENING = re.compile(r"listening on (http://\S+)")


@dataclass(frozen=True)
class Server:
    """A running server: where it listens and how long it took from start to ready."""

    url: str
    pid: int
    ready_seconds: float

    def memory_mb(self) -> int:
        """Memory of the server and its reader processes now, in megabytes: what they share counts once (Linux)."""
        return sum(_memory_kb(pid) for pid in _family(self.pid)) // 1024

    def bursts(self) -> tuple[int, float]:
        """How many bursts of short messages were answered so far, and how late together, in seconds."""
        told = httpx.get(f"{self.url}/metrics", timeout=5).text
        count, late = (re.search(rf"^otklik_burst_late_seconds_{what} (\S+)", told, re.M) for what in ("count", "sum"))
        return (int(float(count[1])), float(late[1])) if count and late else (0, 0.0)


def lateness(before: tuple[int, float], after: tuple[int, float]) -> dict[str, float]:
    """What `Server.bursts` says of the time between two looks: how many, and how late in the mean."""
    bursts, late = after[0] - before[0], after[1] - before[1]
    return {"bursts": bursts, "burst_late_ms": round(late * 1000 / bursts, 1) if bursts else 0.0}


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    born = children.read_text().split() if children.exists() else []
    return [pid, *(member for child in born for member in _family(int(child)))]


def _memory_kb(pid: int) -> int:
    shares = Path(f"/proc/{pid}/smaps_rollup")
    found = re.search(r"^Pss:\s+(\d+) kB", shares.read_text(), re.MULTILINE) if shares.exists() else None
    return int(found[1]) if found else 0


@contextmanager
def running_server(settings: Settings, folder: Path, **extra: str) -> Iterator[Server]:
    """`otklik serve` on a free port with a new SQLite database in `folder`; stopped at the end of the block.

    `extra`: more environment variables, OTKLIK_... .
    """
    fresh = settings.model_copy(update={"var_dir": folder, "model_dir": settings.model.resolve()})
    prepare_database(fresh)
    keep_tables_in(folder)
    open_office(fresh).close()  # encodes the articles, unpacks the encoder's table: as the first start does
    environment = os.environ | {
        "OTKLIK_VAR_DIR": str(folder),
        "OTKLIK_MODEL_DIR": str(fresh.model_dir),
        "OTKLIK_VISITOR_MESSAGES_PER_MINUTE": "1000000",
        "OTKLIK_ADDRESS_MESSAGES_PER_MINUTE": "1000000",
        "OTKLIK_CHANNEL_MESSAGES_PER_MINUTE": "1000000",
        "OTKLIK_SESSIONS_PER_MINUTE": "1000000",
        "OTKLIK_LOG_LEVEL": "WARNING",
        **extra,
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--port", "0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = _wait_until_ready(process, started)
        yield Server(url, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stderr is not None:
            process.stderr.close()


def _wait_until_ready(process: subprocess.Popen[str], started: float) -> str:
    assert process.stderr is not None  # noqa: S101 - asked for above
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        found = _LISTENING.search(line)
        if found:
            Thread(target=_drain, args=(process,), daemon=True).start()
            _ask_until_ready(found[1], started)
            return found[1]
    raise SetupError("the server did not start:\n" + "".join(seen[-20:]))


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None  # noqa: S101 - asked for above
    with suppress(ValueError):  # closed when the server has ended
        for line in process.stderr:
            sys.stderr.write(line)


def _ask_until_ready(url: str, started: float) -> None:
    while time.perf_counter() - started < PATIENCE_SECONDS:
        if httpx.get(f"{url}/health/ready", timeout=5).status_code == httpx.codes.OK:
            return
        time.sleep(0.02)
    raise SetupError("the server did not become ready in time")
