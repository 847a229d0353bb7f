"""What figures were measured on, and how fast it was just then."""

import os
import platform
import time
from typing import Any

ADDITIONS = 2_000_000
ROUNDS = 5


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(terse=True)}


def loop_ms() -> float:
    """Milliseconds that one core takes for two million additions in Python, the median of five rounds.

    Shared machines are twice as fast in one minute as in the next: figures are compared where this one is alike.
    """
    return round(sorted(_round() for _ in range(ROUNDS))[ROUNDS // 2] * 1000, 1)


def _round() -> float:
    started, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return time.perf_counter() - started
