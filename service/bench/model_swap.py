"""What a second model costs a serving process: memory and time of a shadow, of a promotion, of the way back."""

import threading
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import read_manifest
from service import releases
from service.accounts import COMMAND_LINE
from service.office import Office, now_utc, open_office
from service.preparation import prepare_database
from service.settings import Settings
from service.understanding import Context


def measure_swap(
    settings: Settings, folder: Path, candidate: Path, texts: Sequence[str], rounds: int
) -> dict[str, Any]:  # fmt: skip
    """Milliseconds of a message and megabytes of the process: alone, with a shadow, across a promotion and back."""
    fresh = settings.model_copy(
        update={"var_dir": folder, "database_url": "", "model_dir": settings.model.resolve(), "redis_url": ""}
    )
    for cached in ("database", "model"):
        fresh.__dict__.pop(cached, None)
    prepare_database(fresh)
    office = open_office(fresh)
    try:
        version = releases.add_model(candidate, COMMAND_LINE, office).version
        _times(office, texts, rounds)  # what is loaded at the first message
        found: dict[str, Any] = {"alone": _times(office, texts, rounds) | {"memory_mb": _memory_mb()}}
        seconds = _timed(lambda: releases.start_shadow(version, COMMAND_LINE, office))
        found["shadow"] = _times(office, texts, rounds) | {"memory_mb": _memory_mb(), "begins_in_s": seconds}
        releases.stop_trial(version, COMMAND_LINE, office)
        found["promotion"] = _meanwhile(
            office, texts, lambda: releases.promote(version, COMMAND_LINE, office, override="benchmark")
        )
        found["rollback"] = _meanwhile(office, texts, lambda: releases.roll_back(COMMAND_LINE, office))
        names = [entry.name for entry in read_manifest(candidate).encoders]
        same = names == [entry.name for entry in read_manifest(fresh.model).encoders]
        return found | {"same_encoders": same, "rounds": rounds}
    finally:
        office.close()


def _times(office: Office, texts: Sequence[str], rounds: int) -> dict[str, float]:
    seconds = []
    for text, _ in zip(cycle(texts), range(rounds), strict=False):
        seconds.append(_timed(lambda text=text: office.reader.understand(text, Context(key=text), now_utc())))
    return _percentiles(seconds)


def _meanwhile(office: Office, texts: Sequence[str], work: Any) -> dict[str, float]:
    """How long a change takes, and how long messages take that are understood in the meantime."""
    seconds: list[float] = []
    over = threading.Event()

    def ask() -> None:
        for text in cycle(texts):
            began = time.perf_counter()
            office.reader.understand(text, Context(key=text), now_utc())
            seconds.append(time.perf_counter() - began)
            if over.is_set():
                return

    asking = threading.Thread(target=ask)
    asking.start()
    took = _timed(work)
    over.set()
    asking.join()
    worst = round(max(seconds) * 1000, 1)
    return _percentiles(seconds) | {"worst_ms": worst, "takes_s": round(took, 2), "memory_mb": _memory_mb()}


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 5)


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _memory_mb() -> int:
    """What the process has of its own in memory now."""
    with Path("/proc/self/smaps_rollup").open(encoding="ascii") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) // 1024
