"""A small office, three operators, and clients who wait for a person."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from service import desk
from service.domain.messages import InboundMessage
from service.inbox import Outcome, handle_message
from service.model_shelf import Model
from service.office import Office
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Clock
from tests.service.small_office import LOST, OPERATOR, hire, small_office_in


@pytest.fixture
def office(tmp_path: Path, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office on a fresh file."""
    with small_office_in(tmp_path, clock, model, file_max_mb=1) as opened:
        yield opened


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator of every department."""
    return hire(office, "anna")[0]


@pytest.fixture
def boris(office: Office) -> StaffMember:
    """Another one."""
    return hire(office, "boris")[0]


@pytest.fixture
def vera(office: Office) -> StaffMember:
    """An operator of the loans department only."""
    return hire(office, "vera", "loans")[0]


@pytest.fixture
def chief(office: Office) -> StaffMember:
    """A supervisor of every department."""
    return hire(office, "chief", role=Role.SUPERVISOR)[0]


class Caller:
    """A client of the small office."""

    def __init__(self, office: Office, name: str | None = None, channel: str = "web") -> None:
        self.office, self.name, self.channel, self.id = office, name, channel, uuid4().hex

    def say(self, text: str, *, button: str | None = None, files: tuple[str, ...] = (), key: str = "") -> Outcome:
        """Send a message."""
        message = InboundMessage(
            self.channel, key or uuid4().hex, self.id, text, button, "ru", self.name, files
        )  # fmt: skip
        return handle_message(message, self.office)


@pytest.fixture
def caller(office: Office) -> Callable[..., Caller]:
    """Makes clients."""
    return lambda name=None, channel="web": Caller(office, name, channel)


@pytest.fixture
def waiting(caller: Callable[..., Caller]) -> Callable[..., int]:
    """Makes a client who waits for a person (in «general», or urgently in «cards»); returns the conversation."""

    def make(*, urgent: bool = False, channel: str = "web", name: str | None = "Пётр") -> int:
        text, button = ("Карту украли", LOST) if urgent else ("Оператор", OPERATOR)
        return caller(name, channel).say(text, button=button).message.conversation_id

    return make


@pytest.fixture
def held(waiting: Callable[..., int], anna: StaffMember, office: Office) -> int:
    """A conversation that Anna has taken."""
    conversation_id = waiting()
    desk.take(conversation_id, anna, office)
    return conversation_id
