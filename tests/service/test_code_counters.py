"""What codes may be asked for and tried is counted across processes: two that hammer the same counter pass no more.

On SQLite and on PostgreSQL; and whoever is started afterwards goes on counting where they stopped.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.demo.bank import seed_bank
from service.domain.channels import ChannelKind
from service.office import Office, open_office
from service.policies.code_limits import MOST_SENDS, MOST_TRIES
from service.settings import Settings
from service.storage import codes, conversations
from service.storage.tables import LetterRow, table
from tests.service.counting_process import EACH, KINDS, PLACES, Clock, place, tried
from tests.service.databases import postgresql_url, sqlite_url

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
GUESSES_PER_DAY = 10


@dataclass
class Hammer:
    """Two processes on one database, and the service that was there before them."""

    office: Office
    clock: Clock
    processes: list[subprocess.Popen[str]]

    def strikes(self, what: str) -> Counter[str]:
        """What came of all tries of the two, who start at the same moment."""
        self.clock.kind = what
        heard: Counter[str] = Counter()
        for each in self.processes:
            assert each.stdin is not None
            each.stdin.write(f"{what}\n")
            each.stdin.flush()
        for each in self.processes:
            assert each.stdout is not None
            heard.update(json.loads(each.stdout.readline()))
        return heard


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hammer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hammer]:
    """A database with the demo's bank and a conversation for every try, and two processes that wait for a word."""
    folder = tmp_path_factory.mktemp(request.param)
    url = sqlite_url(folder) if request.param == "sqlite" else postgresql_url()
    given = {
        "OTKLIK_VAR_DIR": str(folder), "OTKLIK_DATABASE_URL": url, "OTKLIK_BACK_OFFICE": "demo",
        "OTKLIK_CODE_GUESSES_PER_DAY": str(GUESSES_PER_DAY), "OTKLIK_MAIL": "demo", "OTKLIK_LOG_LEVEL": "ERROR",
        "OTKLIK_SECRET": "a key of the test", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    settings = Settings(
        var_dir=folder, database_url=url, back_office="demo", mail="demo", secret=given["OTKLIK_SECRET"]
    )
    clock = Clock()
    office = open_office(settings, clock=clock, reads=False)
    seed_bank(office)
    with office.database.write() as connection:
        for number in range(len(KINDS) * PLACES):
            conversations.begin(connection, "web", f"visitor {number}", ChannelKind.WEB, "ru", None, clock())
        for kind, count in (("tries", 1), ("day", PLACES - 2)):
            clock.kind = kind
            for number in range(1, count + 1):
                who, until = place(kind, number), clock() + timedelta(minutes=10)
                codes.open_challenge(connection, who, who, f"77000{who:04d}", clock(), until)
    command = [sys.executable, "-m", "tests.service.counting_process"]
    running = [
        subprocess.Popen([*command, str(number)], cwd=ROOT, env=os.environ | given, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for number in range(2)
    ]  # fmt: skip
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    yield Hammer(office, clock, running)
    for each in running:
        each.communicate(timeout=60)
    office.close()


@pytest.mark.parametrize(("what", "allowed"), [("identity", 1), ("number", MOST_SENDS), ("address", MOST_SENDS)])
def test_two_processes_ask_for_no_more_codes_than_one_may(hammer: Hammer, what: str, allowed: int) -> None:
    assert hammer.strikes(what)["done"] == allowed
    assert tried(what, 0, EACH - 1, hammer.office) == "refused", "a third process knows of it"


def test_two_processes_send_an_account_no_more_than_three_letters(hammer: Hammer) -> None:
    assert hammer.strikes("account")["done"] > MOST_SENDS
    with hammer.office.database.read() as connection:
        sent = connection.execute(select(func.count()).select_from(table(LetterRow))).scalar_one()
    assert sent == MOST_SENDS


def test_two_processes_try_one_code_three_times(hammer: Hammer) -> None:
    heard = hammer.strikes("tries")
    assert heard == {"wrong": MOST_TRIES, "over": 2 * EACH - MOST_TRIES}


def test_two_processes_compare_no_more_codes_than_a_day_allows(hammer: Hammer) -> None:
    heard = hammer.strikes("day")
    assert heard == {"wrong": GUESSES_PER_DAY, "paused": 2 * EACH - GUESSES_PER_DAY}
