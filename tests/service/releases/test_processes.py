"""A release reaches every process by the database: other offices, and readers forked before it."""

import threading

import pytest

from service import releases
from service.accounts import COMMAND_LINE
from service.reader_process import FORKS, ReaderPool
from service.settings import Settings
from service.understanding import Context
from tests.service.conftest import NOON, Clock
from tests.service.releases.conftest import Artifacts, open_with
from tests.service.threads import wait_until

SNOW = "снежинка 3"


def test_another_process_takes_up_what_was_released(settings: Settings, clock: Clock, artifacts: Artifacts) -> None:
    here, there = open_with(settings, clock), open_with(settings, clock)
    there.models.follow()
    rate = releases.add_model(artifacts.rate, COMMAND_LINE, here).version
    releases.promote(rate, COMMAND_LINE, here, override="a test")
    wait_until(lambda: there.reader.understand(SNOW, Context(), NOON).model_version == rate, "the other one follows")
    releases.roll_back(COMMAND_LINE, here)
    wait_until(lambda: there.reader.understand(SNOW, Context(), NOON).model_version != rate, "and goes back")
    there.close()
    here.close()


@pytest.mark.skipif(not FORKS, reason="reader processes need Linux's fork")
def test_readers_take_up_a_new_model_and_miss_no_message(
    settings: Settings, clock: Clock, artifacts: Artifacts
) -> None:
    office = open_with(settings, clock, readers=2)
    pool = office.reader
    assert isinstance(pool, ReaderPool)
    pids = pool.pids
    rate = releases.add_model(artifacts.rate, COMMAND_LINE, office).version
    done = threading.Event()
    seen: list[tuple[str | None, str | None]] = []

    def keep_asking() -> None:
        while not done.is_set():
            understood = pool.understand(SNOW, Context(), NOON)
            seen.append((understood.model_version, understood.problem))

    askers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for asker in askers:
        asker.start()
    releases.promote(rate, COMMAND_LINE, office, override="a test")
    try:
        wait_until(lambda: {version for version, _ in seen[-30:]} == {rate}, "every reader has the new model")
        releases.roll_back(COMMAND_LINE, office)
        wait_until(lambda: rate not in {version for version, _ in seen[-30:]}, "and the old one again")
    finally:
        done.set()
        for asker in askers:
            asker.join()
    assert {problem for _, problem in seen} == {None}
    assert (pool.pids, pool.lost) == (pids, 0)
    office.close()
