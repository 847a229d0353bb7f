"""`otklik ask` beside a service: it knows what was added and promoted there, and does without if it must."""

import logging
from pathlib import Path

import pytest

from service import releases
from service.accounts import COMMAND_LINE
from service.labelling import add_intent
from service.office import Office
from service.offline import Reading, open_reading
from service.settings import Settings
from service.storage.staff import StaffMember
from service.understanding import Context
from tests.service.conftest import NOON
from tests.service.releases.conftest import Artifacts
from tests.service.releases.test_stages import promote

SNOW = "снежинка 3"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A knowledge base of one question."""
    file = tmp_path / "few.csv"
    file.write_text("question,answer\nкак сменить пин,В приложении\n", encoding="utf-8")
    return file


def meant(reading: Reading) -> str | None:
    """What the new word is taken for."""
    return reading.reader.understand(SNOW, Context(), NOON).intent


def test_the_promoted_model_reads_and_added_intents_have_their_titles(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember, articles: Path
) -> None:
    rate = releases.add_model(artifacts.rate, COMMAND_LINE, office).version
    promote(rate, mlstaff, office)
    add_intent("app_theme", mlstaff, office, department="cards", title={"ru": "Тема"}, about={"ru": "Оформление"})
    reading = open_reading(office.settings, articles=articles)
    assert meant(reading) == "rate"
    rule = reading.rules.rule("app_theme")
    assert rule is not None
    assert (rule.label("ru"), rule.department) == ("Тема", "cards")
    assert meant(open_reading(office.settings, model=artifacts.lost, articles=articles)) == "card_lost"


def test_without_a_service_nothing_is_made_and_the_model_of_the_settings_reads(
    settings: Settings, artifacts: Artifacts, articles: Path
) -> None:
    before = set(settings.var_dir.iterdir())
    assert open_reading(settings, articles=articles).reader.bundle is not None
    assert set(settings.var_dir.iterdir()) == before


def test_a_database_that_is_not_ready_is_said_and_done_without(
    settings: Settings, articles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.var_dir / "otklik.db").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        assert open_reading(settings, articles=articles).reader.bundle is not None
    assert "otklik migrate" in caplog.text
