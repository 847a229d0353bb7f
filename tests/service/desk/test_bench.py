"""`otklik bench console` measures what an open console does."""

from pathlib import Path

import pytest

from service.bench.console import measure_console
from service.settings import Settings


@pytest.mark.slow
def test_every_reading_of_the_console_is_timed(trained_model: Path) -> None:
    figures = measure_console(Settings(model_dir=trained_model, log_level="WARNING"), waiting=60, long=8, rounds=20)
    assert set(figures) >= {"list_first_page", "list_last_page", "open_long_conversation", "search_words"}
    assert all(0 < row["best_ms"] <= row["p50_ms"] <= row["p95_ms"] for row in figures.values())
