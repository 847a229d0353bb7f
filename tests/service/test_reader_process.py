"""Understanding in processes of its own: the same results, and nothing lost when a process is."""

import logging
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.articles import load_any
from service.importing import import_articles
from service.metrics import Metrics
from service.model_shelf import Model
from service.office import Office
from service.reader_process import FORKS, ReaderPool, default_processes
from service.settings import Settings
from service.understanding import Context, Question
from service.vectors import encode
from tests.service.conftest import NOON, Clock
from tests.service.databases import make_tables
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


def open_on_new_database(
    settings: Settings, clock: Clock, model: Model, readers: int, core: int | None = None
) -> Office:
    make_tables(settings)
    return open_small_office(settings, clock, model, readers, core)


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


def test_readers_encode_for_whoever_compares_meanings(shared: Office) -> None:
    pool, encoder = pool_of(shared), pool_of(shared).bundle.encoder  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "encode", lambda texts: pytest.fail(f"{texts} were encoded in the serving process"))
        found = shared.vectors.of(TEXTS * 5)
    assert found is not None
    assert np.allclose(found, encode(encoder, TEXTS * 5), atol=1e-6)
    assert pool.encode(TEXTS, "another encoder") is None


def test_a_client_is_not_answered_at_the_time_of_an_encoding(shared: Office) -> None:
    """Who asks for vectors tells no time; a question in the same batch keeps its own."""
    pool = pool_of(shared)
    asked = at_once(
        *(lambda: pool.encode(TEXTS, "use") for _ in range(8)),
        *(lambda: pool.understand("вчера списали 500 рублей", Context(), NOON) for _ in range(8)),
    )
    assert not unexpected(asked)
    alone = pool.local.understand("вчера списали 500 рублей", Context(), NOON).entities
    assert [each.entities for each in asked if not isinstance(each, np.ndarray)] == [alone] * 8
    assert any(each.kind == "date" for each in alone), "which depends on the time"


def test_without_readers_vectors_are_had_here(shared: Office, caplog: pytest.LogCaptureFixture) -> None:
    for pid in pool_of(shared).pids:
        os.kill(pid, signal.SIGKILL)
    with caplog.at_level(logging.ERROR):
        found = shared.vectors.one(TEXTS[0])
    assert found is not None
    assert np.allclose(found, encode(pool_of(shared).bundle.encoder, TEXTS[:1])[0], atol=1e-6)  # type: ignore[union-attr]


def test_an_encoder_that_fails_in_a_reader_leaves_the_reader_alive(
    settings: Settings, clock: Clock, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model.bundle is not None
    good = model.bundle.encoder.encode

    def broken(texts: Sequence[str]) -> object:
        if len(texts) == 1 and "пин" in texts[0]:
            raise RuntimeError(f"no meaning in {texts!r}")
        return good(texts)

    with monkeypatch.context() as patch:
        patch.setattr(model.bundle.encoder, "encode", broken)
        office = open_on_new_database(settings, clock, model, 1)  # the reader is forked with the broken one
    try:
        found = office.vectors.one(TEXTS[0])
        assert found is not None, "the serving process encodes it itself"
        assert pool_of(office).lost == 0
    finally:
        office.close()


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


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core")
def test_readers_leave_the_core_of_the_serving_process(settings: Settings, clock: Clock, model: Model) -> None:
    all_of_them = os.sched_getaffinity(0)
    core = min(all_of_them)
    office = open_on_new_database(settings, clock, model, 1, core)
    try:
        pool_of(office).understand(TEXTS[0], Context(), NOON)  # it is at work
        (reader,) = pool_of(office).pids
        assert os.sched_getaffinity(reader) == all_of_them - {core}
        assert os.sched_getaffinity(0) == all_of_them
    finally:
        office.close()
