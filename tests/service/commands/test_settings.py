"""`otklik settings`: all of them, no secret, and bad ones named."""

from pathlib import Path

import pytest

from service.settings import Settings
from tests.service.commands.conftest import Run


def test_settings_as_markdown_list_every_setting(otklik: Run) -> None:
    shown = otklik("settings", "--markdown").stdout
    for name in Settings.model_fields:
        assert f"`OTKLIK_{name.upper()}`" in shown


def test_settings_show_values_in_force_and_no_secret(otklik: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_PORT", "9191")
    monkeypatch.setenv("OTKLIK_SECRET", "do-not-show-me")
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql+psycopg://user:do-not-show-me@host/db")
    shown = otklik("settings").stdout
    assert "9191" in shown
    assert "do-not-show-me" not in shown
    for name in Settings.model_fields:
        assert f"OTKLIK_{name.upper()}" in shown


@pytest.mark.parametrize(
    ("name", "value"), [("OTKLIK_PORT", "banana"), ("OTKLIK_LINKS", "{not json"), ("OTKLIK_STAFF_ZONE", "Mars")]
)
@pytest.mark.parametrize("command", ["settings", "migrate"])
def test_a_bad_setting_is_one_clear_error_and_no_trace(
    otklik: Run, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    result = otklik(command, status=1)
    assert name.lower() in result.stderr.lower()
    assert "Traceback" not in result.output


def test_a_mode_for_an_intent_that_is_not_there_is_named(
    otklik: Run, monkeypatch: pytest.MonkeyPatch, few_articles: Path
) -> None:
    monkeypatch.setenv("OTKLIK_INTENT_MODES", '{"cash_back": "off"}')
    otklik("ask", "кешбэк", "--articles", few_articles, status=1, says="unknown intents: cash_back")
