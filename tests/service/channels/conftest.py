"""Offices that are connected to doubles of platforms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from tests.doubles.telegram import SECRET, TOKEN, TelegramDouble
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.small_office import open_small_office


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """The Bot API."""
    with TelegramDouble() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def telegram_office(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Any, model: Model, telegram: TelegramDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:  # fmt: skip
    """An office with a Telegram bot that is called by a webhook; bursts are not waited for."""
    for name, value in (("TOKEN", TOKEN), ("MODE", "webhook"), ("WEBHOOK_SECRET", SECRET), ("API_URL", telegram.url)):
        monkeypatch.setenv(f"OTKLIK_TELEGRAM_{name}", value)
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    settings = Settings(var_dir=tmp_path, database_url=url, log_level="WARNING", burst_seconds=0)
    opened = open_small_office(settings, clock, model)
    yield opened
    opened.close()
