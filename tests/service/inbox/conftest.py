"""A small office on either database, and how its inbox is looked at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from service.domain.messages import InboundMessage, StoredMessage
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage import conversations, messages
from service.storage.staff import StaffMember
from service.storage.tables import table
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.small_office import OPERATOR, hire, open_small_office

UNFINISHED = "у меня тут такой вопрос,"
"""Ends with a comma, so the bot waits for more whatever the model makes of it."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def office(request: pytest.FixtureRequest, tmp_path: Path, clock: Any, model: Model) -> Iterator[Office]:
    """The service on either database."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    settings = Settings(var_dir=tmp_path, database_url=url, log_level="WARNING")
    opened = open_small_office(settings, clock, model)
    yield opened
    opened.close()


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator of every department."""
    return hire(office, "anna")[0]


@pytest.fixture
def boris(office: Office) -> StaffMember:
    """Another one."""
    return hire(office, "boris")[0]


def sent(who: str, text: str, *, button: str | None = None, key: str | None = None) -> InboundMessage:
    """A message of the web chat."""
    return InboundMessage("web", key or uuid4().hex, who, text, button, "ru")


def timeline(office: Office, conversation_id: int) -> list[StoredMessage]:
    """Everything said."""
    with office.database.read() as connection:
        return messages.timeline(connection, conversation_id)


def count(office: Office, row: Any) -> int:
    """How many rows a table has."""
    with office.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table(row))).scalar_one()


def is_whole(office: Office, conversation_id: int) -> bool:
    """The numbers of the timeline have no gap, and the conversation knows the last of them."""
    seqs = [message.seq for message in timeline(office, conversation_id)]
    with office.database.read() as connection:
        last = conversations.get(connection, conversation_id).last_seq
    return seqs == list(range(1, last + 1))


def ask_for_person(office: Office, who: str = "client") -> int:
    """A conversation in the queue."""
    return handle_message(sent(who, "Позвать специалиста", button=OPERATOR), office).message.conversation_id
