"""Counters of `limits` that go by the clock of a test."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest


def count_by(clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the counters in memory see this clock instead of the machine's."""
    fake = SimpleNamespace(time=lambda: clock().timestamp())
    monkeypatch.setattr("limits.storage.memory.time", fake)
    monkeypatch.setattr("service.rates.time", SimpleNamespace(time=fake.time, monotonic=fake.time))
