"""The settings: every one explained, and a mistake in one said clearly."""

import re
from datetime import time
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.commands.settings import markdown_table
from service.settings import PROJECT, Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("OTKLIK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert len(description) >= 15


def test_the_defaults_are_good_without_any_configuration() -> None:
    settings = Settings()
    assert settings.taxonomy.is_file()
    assert settings.articles.is_dir()
    assert settings.facts.is_file()
    assert settings.model == Path("var/model")
    assert settings.database.startswith("sqlite:////")
    assert settings.database.endswith("/var/otklik.db")


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_PORT", "9090")
    monkeypatch.setenv("OTKLIK_STAFF_OPENS", "09:00")
    monkeypatch.setenv("OTKLIK_LINKS", '{"telegram": "https://t.me/bank"}')
    monkeypatch.setenv("OTKLIK_INTENT_MODES", '{"cashback": "suggest"}')
    monkeypatch.setenv("OTKLIK_LANGUAGES", '["en", "ru"]')
    settings = Settings()
    assert settings.port == 9090
    assert settings.staff_opens == time(9, 0)
    assert settings.links == {"telegram": "https://t.me/bank"}
    assert settings.intent_modes == {"cashback": "suggest"}
    assert settings.languages == ("en", "ru")


def test_a_setting_comes_from_a_dotenv_file_in_the_working_folder() -> None:
    Path(".env").write_text("OTKLIK_BURST_SECONDS=0\nOTHER_PROGRAM=1\n", encoding="utf-8")
    assert Settings().burst_seconds == 0


def test_what_is_given_in_code_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_PORT", "9090")
    assert Settings(port=1234).port == 1234


def test_the_database_and_the_model_may_lie_elsewhere(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql+psycopg://user@host/db", model_dir=tmp_path / "model")
    assert settings.database == "postgresql+psycopg://user@host/db"
    assert settings.model == tmp_path / "model"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "99999", "less than or equal to 65535"),
        ("port", "eighty", "valid integer"),
        ("burst_seconds", "-1", "greater than or equal to 0"),
        ("burst_seconds", "31", "less than or equal to 30"),
        ("burst_seconds", "nan", "burst_seconds"),
        ("repeat_minutes", "-5", "greater than or equal to 0"),
        ("max_message_chars", "10", "greater than or equal to 100"),
        ("staff_opens", "nine", "staff_opens"),
        ("staff_zone", "Mars/Olympus", "no such time zone: Mars/Olympus; write one like Europe/Moscow"),
        ("staff_zone", "../../etc/passwd", "no such time zone"),
        ("staff_zone", "", "no such time zone"),
        ("intent_modes", '{"cashback": "never"}', "'auto', 'suggest' or 'off'"),
        ("log_level", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("log_format", "xml", "'json' or 'text'"),
        ("sqlite_synchronous", "OFF", "'NORMAL' or 'FULL'"),
        ("threads", "0", "greater than or equal to 1"),
        ("visitor_days", "0", "greater than or equal to 1"),
        ("visitor_messages_per_minute", "0", "greater than or equal to 1"),
        ("explain", "maybe", "valid boolean"),
        ("reply_minutes_urgent", "-3", "reply_minutes_urgent"),
        ("languages", "[]", "languages"),
        ("languages", '["de"]', "languages"),
    ],
)
def test_a_bad_value_is_refused_with_the_name_of_the_setting_and_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"OTKLIK_{name.upper()}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert name in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["links", "intent_modes", "languages", "allowed_origins"])
def test_a_list_that_is_not_json_is_refused_with_the_name_of_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"OTKLIK_{name.upper()}", "{not json")
    with pytest.raises(SettingsError, match=name):
        Settings()


def test_settings_do_not_change_after_they_were_read() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_the_documentation_lists_every_setting_with_default_and_meaning() -> None:
    rows = markdown_table().splitlines()
    named = [match[1] for row in rows if (match := re.match(r"\| `(OTKLIK_\w+)` \| .+ \| .+ \|", row))]
    assert named == [f"OTKLIK_{name.upper()}" for name in Settings.model_fields]
    assert rows[:2] == ["| variable | default | meaning |", "|---|---|---|"]
    assert str(PROJECT) not in markdown_table()
