"""A small office with an operator at work and clients who wait for her."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from service import desk
from service.domain.messages import InboundMessage, StoredMessage
from service.domain.suggestions import Offer
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office
from service.storage import messages
from service.storage.staff import Role, StaffMember
from service.suggesting import current_offer, learn_due
from tests.service.conftest import Clock
from tests.service.small_office import hire, small_office_in


def plain(source: str) -> str:
    """The source of an article without its buttons, which lead to articles that a small office lacks."""
    return re.sub(r"\nbuttons:\n(?:  - .*\n)+", "\n", source)


class Waiting:
    """A client who asked for a person."""

    def __init__(self, office: Office, clock: Clock, name: str | None, channel: str, language: str) -> None:
        self.office, self.clock = office, clock
        self.who, self.name, self.channel, self.language = uuid4().hex, name, channel, language
        self.conversation = self.say("оператор" if language == "ru" else "operator", "command:operator")

    def say(self, text: str, button: str | None = None) -> int:
        """Write; returns the conversation."""
        message = InboundMessage(self.channel, uuid4().hex, self.who, text, button, self.language, self.name)
        return handle_message(message, self.office).message.conversation_id

    def asks(self, text: str, staff: StaffMember) -> Offer:
        """Ask, and what the operator is offered for it."""
        self.say(text)
        offer = current_offer(self.conversation, staff, self.office)
        assert offer is not None
        return offer

    def timeline(self) -> list[StoredMessage]:
        """Everything said."""
        with self.office.database.read() as connection:
            return messages.timeline(connection, self.conversation)

    def heard(self) -> list[str]:
        """What operators said."""
        return [each.text for each in self.timeline() if each.author == "operator"]


@pytest.fixture
def office(tmp_path: Path, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office."""
    with small_office_in(tmp_path, clock, model) as opened:
        yield opened


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator of every department."""
    return hire(office, "ольга")[0]


@pytest.fixture
def boss(office: Office) -> StaffMember:
    """A supervisor."""
    return hire(office, "boss", role=Role.SUPERVISOR)[0]


@pytest.fixture
def client_of(office: Office, clock: Clock) -> Callable[..., Waiting]:
    """Makes clients who wait, or are with an operator."""

    def make(
        staff: StaffMember | None = None,
        *,
        name: str | None = "Анна Петрова",
        channel: str = "web",
        language: str = "ru",
    ) -> Waiting:
        client = Waiting(office, clock, name, channel, language)
        if staff is not None:
            desk.take(client.conversation, staff, office)
        return client

    return make


@pytest.fixture
def teach(office: Office, clock: Clock, anna: StaffMember, client_of: Callable[..., Waiting]) -> Callable[..., Waiting]:
    """A client asked this, the operator replied that, and it was learned from."""

    def one(question: str, reply: str, *, staff: StaffMember | None = None, **fields: str | None) -> Waiting:
        client = client_of(staff or anna, **fields)
        client.say(question)
        desk.reply(client.conversation, staff or anna, office, key=uuid4().hex, text=reply)
        clock.move(seconds=60)
        learn_due(office)
        return client

    return one
