"""An office on a fresh database with the shipped articles and the trained model, and a clock that tests move."""

import fcntl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from models.taxonomy import load_taxonomy
from service.domain.messages import InboundMessage, StoredMessage
from service.errands import perform_due
from service.inbox import Outcome, handle_message
from service.model_shelf import Model, load_model
from service.office import Office, open_office
from service.settings import Settings
from service.visits import read_visit
from service.worker import answer_bursts
from tests.conftest import folder_of_the_run
from tests.service.databases import NOON, prepare_database_with_articles


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class Client:
    """A client of the web chat, for scenarios: says something, presses a button, reads what came."""

    office: Office
    clock: Clock
    id: str = field(default_factory=lambda: uuid4().hex)
    language: str = "ru"
    channel: str = "web"
    outcomes: list[Outcome] = field(default_factory=list)
    _read: int = 0

    def say(self, text: str, *, button: str | None = None, key: str | None = None) -> Outcome:
        """Send a message; the burst window is not waited for."""
        message = InboundMessage(self.channel, key or uuid4().hex, self.id, text, button, self.language)
        outcome = handle_message(message, self.office)
        self.outcomes.append(outcome)
        return outcome

    def ask(self, text: str, *, button: str | None = None) -> list[StoredMessage]:
        """Send a message, let the burst window pass and return what came back."""
        self.news()
        self.say(text, button=button)
        self.pause()
        return self.news()

    def press(self, label: str) -> list[StoredMessage]:
        """Press a button of the last message that has it."""
        for message in reversed(self.history()):
            for button in message.buttons:
                if button.text == label:
                    return self.ask(button.text, button=button.payload)
        raise AssertionError(f"there is no button {label!r}")

    def pause(self, seconds: float = 5.0) -> None:
        """Let time pass, the worker answer and errands be done."""
        self.clock.move(seconds=seconds)
        answer_bursts(self.office)
        perform_due(self.office)

    def news(self) -> list[StoredMessage]:
        """Messages of ours since the last look."""
        fresh = [m for m in self.history() if m.seq > self._read]
        self._read = max((m.seq for m in fresh), default=self._read)
        return [m for m in fresh if m.author != "client"]

    def history(self) -> list[StoredMessage]:
        """The whole timeline."""
        return read_visit(self.id, self.office).messages

    @property
    def state(self) -> str:
        """Who holds the conversation."""
        return read_visit(self.id, self.office).state.value


@pytest.fixture(scope="session")
def model(trained_model: Path) -> Model:
    """The default model, loaded once."""
    return load_model(trained_model, load_taxonomy(Settings().taxonomy))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that write into a temporary folder only."""
    return Settings(var_dir=tmp_path, log_level="WARNING")


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at a Friday noon."""
    return Clock()


@pytest.fixture(scope="session")
def article_vectors(trained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which the service keeps its articles encoded: made once a run, three seconds each time otherwise."""
    run = folder_of_the_run(tmp_path_factory)
    settings = Settings(var_dir=run / "articles", log_level="WARNING")
    kept = settings.var_dir / "article_vectors.npz"
    with (run / "articles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            prepare_database_with_articles(settings)
            open_office(settings, model=load_model(trained_model, load_taxonomy(settings.taxonomy))).close()
    return kept


@pytest.fixture
def office(settings: Settings, clock: Clock, model: Model, article_vectors: Path) -> Iterator[Office]:
    """The whole service without HTTP."""
    prepare_database_with_articles(settings, article_vectors)
    opened = open_office(settings, clock=clock, model=model)
    yield opened
    opened.close()


@pytest.fixture
def new_client(office: Office, clock: Clock) -> Callable[..., Client]:
    """Makes clients of this office."""

    def make(language: str = "ru", **fields: str) -> Client:
        return Client(office, clock, language=language, **fields)

    return make


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    """One Russian client of the web chat."""
    return new_client()
