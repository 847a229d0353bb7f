"""The HTTP application on a small office, called in process; and a visitor and staff who call it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from service.app import create_app
from service.domain.conversations import ChannelKind
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage import conversations
from service.storage.tables import Base
from tests.service.conftest import Clock
from tests.service.databases import sqlite_url
from tests.service.small_office import hire, open_small_office


@dataclass
class VisitorOverHttp:
    """One who writes in the widget."""

    http: httpx.Client
    token: str
    id: str

    @property
    def conversation(self) -> int:
        """The number that staff know the conversation by."""
        office: Office = self.http.app.state.office  # type: ignore[attr-defined]
        with office.database.read() as connection:
            found = conversations.find(connection, "web", self.id, ChannelKind.WEB)
        assert found is not None
        return found.id or 0

    @property
    def headers(self) -> dict[str, str]:
        """What every call of theirs carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str, *, button: str | None = None, key: str | None = None) -> httpx.Response:
        """Send a message."""
        body = {"id": key or str(uuid4()), "text": text} | ({"button": button} if button else {})
        return self.http.post("/chat/v1/messages", json=body, headers=self.headers)

    def messages(self, after: int = 0, **query: Any) -> list[dict[str, Any]]:
        """The timeline."""
        answer = self.http.get("/chat/v1/messages", params={"after": after} | query, headers=self.headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found


def post_raw(visitor: VisitorOverHttp, body: bytes, content_type: str = "application/json") -> httpx.Response:
    """A message whose bytes are what they are."""
    return visitor.http.post(
        "/chat/v1/messages", content=body, headers=visitor.headers | {"Content-Type": content_type}
    )


def body_with(text: str) -> bytes:
    """The JSON of a message; lone surrogates are written as escapes."""
    return json.dumps({"id": str(uuid4()), "text": text}).encode()


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock that stands still, one a file of tests."""
    return Clock()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office with the explanations a demo shows, one a file of tests; every test brings its own visitors."""
    folder = tmp_path_factory.mktemp("office")
    sqlite_url(folder)
    settings = Settings(var_dir=folder, log_level="WARNING", explain=True, sessions_per_minute=100_000)
    opened = open_small_office(settings, clock, model)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def http(office: Office) -> Iterator[TestClient]:
    """The API; what it fails at is an answer, as it is over a wire."""
    with TestClient(create_app(office, with_worker=False), raise_server_exceptions=False) as client:
        yield client


def arrive(http: httpx.Client, language: str = "ru") -> VisitorOverHttp:
    """Open a chat."""
    answer = http.post("/chat/v1/sessions", json={"language": language})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return VisitorOverHttp(http, answer.json()["token"], answer.json()["visitor"])


@pytest.fixture
def visitor(http: TestClient) -> VisitorOverHttp:
    """A Russian visitor."""
    return arrive(http)


@pytest.fixture
def sign_in(office: Office) -> Callable[..., dict[str, str]]:
    """Hires somebody and gives the headers of their calls."""

    def make(login: str, *departments: str, **fields: Any) -> dict[str, str]:
        _, token = hire(office, f"{login}-{uuid4().hex[:8]}", *departments, **fields)
        return {"Authorization": f"Bearer {token}"}

    return make


def rows(office: Office) -> dict[str, int]:
    """How many rows each table has."""
    with office.database.read() as connection:
        return {
            each.name: connection.execute(select(func.count()).select_from(each)).scalar_one()
            for each in Base.metadata.sorted_tables
        }


@pytest.fixture
def nothing_written(office: Office) -> Iterator[None]:
    """The database has as many rows after the test as before it."""
    before = rows(office)
    yield
    assert rows(office) == before
