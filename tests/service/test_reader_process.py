"""Understanding in processes of its own: the same results, and nothing lost when a process is."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.articles import load_any
from service.importing import import_articles
from service.metrics import Metrics
from service.model_shelf import Model
from service.office import Office
from service.reader_process import FORKS, ReaderPool, default_processes
from service.settings import Settings
from service.storage.database import Database
from service.storage.migrate import migrate
from service.understanding import Context, Question
from tests.service.conftest import NOON, Clock
from tests.service.small_office import open_small_office
from tests.service.threads import at_once, unexpected, wait_until

pytestmark = pytest.mark.skipif(not FORKS, reason="reader processes need Linux's fork")

TEXTS = (
    "Как сменить пин-код карты?",
    "ghbdtn rfr gthtdtcnb ltymub",
    "сколько стоит снять в чужом банкомате? и как перевести по номеру телефона?",
    "",
    "погода завтра",
)


def open_on_new_database(settings: Settings, clock: Clock, model: Model, readers: int) -> Office:
    database = Database(settings.database)
    migrate(database)
    database.close()
    return open_small_office(settings, clock, model, readers)


@pytest.fixture
def shared(settings: Settings, clock: Clock, model: Model) -> Iterator[Office]:
    """An office with two reader processes."""
    opened = open_on_new_database(settings, clock, model, 2)
    yield opened
    opened.close()


def pool_of(office: Office) -> ReaderPool:
    """Its readers."""
    assert isinstance(office.reader, ReaderPool)
    return office.reader


def test_readers_understand_as_the_serving_process_does(shared: Office) -> None:
    questions = [Question(text, Context()) for text in TEXTS]
    pool = pool_of(shared)
    assert pool.understand_all(questions, NOON) == pool.local.understand_all(questions, NOON)
    assert pool.understand(TEXTS[0], Context(), NOON).intent == "card_pin"
    assert pool.lost == 0


def test_many_threads_each_get_their_own_answer(shared: Office) -> None:
    pool = pool_of(shared)
    expected = {text: pool.local.understand_all([Question(text)], NOON)[0].ranking[:1] for text in TEXTS}
    results = at_once(*(lambda text=text: (text, pool.understand(text, Context(), NOON)) for text in TEXTS * 4))
    assert not unexpected(results)
    for text, understood in results:
        assert [scored.intent for scored in understood.ranking[:1]] == [s.intent for s in expected[text]]


def test_when_readers_die_the_serving_process_goes_on(shared: Office, caplog: pytest.LogCaptureFixture) -> None:
    pool = pool_of(shared)
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    with caplog.at_level(logging.ERROR):
        results = at_once(*(lambda: pool.understand(TEXTS[0], Context(), NOON) for _ in range(6)))
    assert [each.intent for each in results] == ["card_pin"] * 6
    wait_until(lambda: pool.understand(TEXTS[0], Context(), NOON) and pool.lost == 2, "both are found lost")
    assert "a reader process is lost" in caplog.text
    assert pool.trouble == "2 of 2 reader processes are lost; restart the service"


def test_a_stuck_reader_is_given_up(shared: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.reader_process.PATIENCE_SECONDS", 0.05)
    pool = pool_of(shared)
    for pid in pool.pids:
        os.kill(pid, signal.SIGSTOP)
    assert pool.understand(TEXTS[0], Context(), NOON).intent == "card_pin"
    assert pool.lost == 1


def test_what_readers_count_is_counted_here(shared: Office) -> None:
    def helped() -> float:
        value = shared.metrics.registry.get_sample_value("otklik_keyword_fallbacks_total", {"reason": "not_sure"})
        return value or 0.0

    pool = pool_of(shared)
    unsure = "блокировать карту или нет не знаю вообще ничего не понимаю снежинка"
    alone = Metrics()
    used = pool.local.counting(alone).understand_all([Question(unsure)], NOON)[0].keywords_used
    assert pool.understand(unsure, Context(), NOON).keywords_used == used
    assert helped() == (1.0 if used else 0.0)


def test_readers_notice_new_articles(shared: Office, settings: Settings) -> None:
    pool = pool_of(shared)
    few = [a for a in load_any(settings.articles, settings.facts) if a.id == "card-pin"]
    import_articles(shared.database, few, NOON)
    shared.knowledge.load()

    def found() -> set[str]:
        return {a.id for a in pool.understand("сколько стоит перевод", Context(), NOON).articles}

    wait_until(lambda: found() <= {"card-pin"}, "the reader serves the new articles")


def test_closing_ends_the_processes(settings: Settings, clock: Clock, model: Model) -> None:
    office = open_on_new_database(settings, clock, model, 1)
    (pid,) = pool_of(office).pids
    office.close()
    assert not Path(f"/proc/{pid}").exists()


def test_one_core_is_left_for_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, readers in ((1, 1), (2, 1), (4, 3), (64, 4)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert default_processes() == readers
