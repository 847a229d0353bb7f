"""What codes may be asked for and tried is counted across processes: two that hammer the same counter pass no more.

On SQLite and on PostgreSQL; and whoever is started afterwards goes on counting where they stopped.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.demo.bank import seed_bank
from service.domain.channels import ChannelKind
from service.office import open_office
from service.policies.code_limits import MOST_SENDS, MOST_TRIES
from service.settings import Settings
from service.storage import codes, conversations
from service.storage.tables import LetterRow, table
from tests.service.counting_process import EACH, NOON, tried
from tests.service.databases import postgresql_url, sqlite_url

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
GUESSES_PER_DAY = 10
CONVERSATIONS = 2 * EACH + 2


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A database with the demo's bank and a conversation, with an open challenge, for every try."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    given = Settings(
        var_dir=tmp_path, database_url=url, log_level="ERROR", back_office="demo", mail="demo",
        code_guesses_per_day=GUESSES_PER_DAY, secret="a key of the test",
    )  # fmt: skip
    office = open_office(given, clock=lambda: NOON, reads=False)
    seed_bank(office)
    with office.database.write() as connection:
        for number in range(CONVERSATIONS):
            conversations.begin(connection, "web", f"visitor {number}", ChannelKind.WEB, "ru", None, NOON)
    yield given
    office.close()


def open_challenges(settings: Settings, count: int) -> None:
    """Codes that were asked for, one in each of the first conversations."""
    office = open_office(settings, clock=lambda: NOON, reads=False)
    with office.database.write() as connection:
        for number in range(1, count + 1):
            until = NOON.replace(minute=9)
            codes.open_challenge(connection, number, number, f"77000{number:04d}", NOON, until)
    office.close()


def hammered(what: str, settings: Settings) -> Counter[str]:
    """What came of the tries of two processes that start at the same moment."""
    named = {
        "OTKLIK_VAR_DIR": str(settings.var_dir), "OTKLIK_DATABASE_URL": settings.database_url,
        "OTKLIK_CODE_GUESSES_PER_DAY": str(GUESSES_PER_DAY), "OTKLIK_BACK_OFFICE": "demo", "OTKLIK_MAIL": "demo",
        "OTKLIK_SECRET": settings.secret, "OTKLIK_LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.service.counting_process", what, str(number)],
            cwd=ROOT, env=os.environ | named, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(2)
    ]  # fmt: skip
    heard: Counter[str] = Counter()
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in running:
        said, _ = each.communicate(timeout=60)
        heard.update(json.loads(said))
        assert each.returncode == 0
    return heard


@pytest.mark.parametrize(("what", "allowed"), [("identity", 1), ("number", MOST_SENDS), ("address", MOST_SENDS)])
def test_two_processes_ask_for_no_more_codes_than_one_may(settings: Settings, what: str, allowed: int) -> None:
    assert hammered(what, settings)["done"] == allowed
    office = open_office(settings, clock=lambda: NOON, reads=False)
    assert tried(what, 0, EACH, office) == "refused", "who is started afterwards knows of it"
    office.close()


def test_two_processes_send_an_account_no_more_than_three_letters(settings: Settings) -> None:
    hammered("account", settings)
    office = open_office(settings, clock=lambda: NOON, reads=False)
    with office.database.read() as connection:
        sent = connection.execute(select(func.count()).select_from(table(LetterRow))).scalar_one()
    office.close()
    assert sent == MOST_SENDS


def test_two_processes_try_one_code_three_times(settings: Settings) -> None:
    open_challenges(settings, 1)
    heard = hammered("tries", settings)
    assert heard["wrong"] == MOST_TRIES
    assert heard["over"] == 2 * EACH - MOST_TRIES


def test_two_processes_compare_no_more_codes_than_a_day_allows(settings: Settings) -> None:
    open_challenges(settings, CONVERSATIONS)
    heard = hammered("day", settings)
    assert heard["wrong"] == GUESSES_PER_DAY
    assert heard["paused"] == 2 * EACH - GUESSES_PER_DAY
