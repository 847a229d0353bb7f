"""The office with the demo's bank, clients linked to it, and errands that are done when the client pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from service import desk
from service.backoffice.base import BackOffice, BackOfficeUnavailable
from service.demo.bank import fill_bank
from service.domain.messages import StoredMessage
from service.domain.verification import Link
from service.errands import perform_due
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage import conversations, links, messages, queue, staff
from service.storage.audit import AuditEntry, AuditFilter, entries
from service.storage.staff import Role
from tests.service.conftest import Client, Clock
from tests.service.databases import make_tables
from tests.service.small_office import open_small_office

IRINA, PAVEL, NINA, TIMUR, DARIA, JAMES, ARTEM, OLGA = (f"c-100{number}" for number in range(1, 9))


class Unreliable:
    """The demo's bank, and away while it is told to be."""

    def __init__(self, bank: BackOffice) -> None:
        self.bank, self.is_away = bank, False

    def __getattr__(self, name: str) -> Any:
        if self.is_away:
            raise BackOfficeUnavailable("the line is cut")
        return getattr(self.bank, name)


@dataclass
class BankClient(Client):
    """A client whose messages are answered with what their procedures brought from the bank."""

    def ask(self, text: str, *, button: str | None = None) -> list[StoredMessage]:
        """Say something, and let the burst, the errands and their repetitions have their time."""
        self.news()
        self.say(text, button=button)
        self.pause()
        return self.news()

    def pause(self, seconds: float = 5.0) -> None:
        """Let time pass: the worker answers, the porter goes to the bank as often as it takes."""
        super().pause(seconds)
        for _ in range(6):
            perform_due(self.office)
            self.clock.move(seconds=12)

    def told(self, text: str) -> str:
        """What comes back, as one text."""
        return "\n".join(message.text for message in self.ask(text))

    def tap(self, label: str) -> str:
        """Press a button; what comes back, as one text."""
        return "\n".join(message.text for message in self.press(label))

    def history(self) -> list[StoredMessage]:
        """The whole timeline, whatever the channel."""
        with self.office.database.read() as connection:
            found = conversations.find(connection, self.channel, self.id, self.office.kind_of(self.channel))
            return messages.timeline(connection, found.id or 0, 0, 500) if found is not None else []

    @property
    def state(self) -> str:
        """Who holds the conversation."""
        with self.office.database.read() as connection:
            found = conversations.find(connection, self.channel, self.id, self.office.kind_of(self.channel))
        assert found is not None
        return found.state.value

    @property
    def buttons(self) -> list[str]:
        """The buttons below our last message."""
        ours = [message for message in self.history() if message.author != "client"]
        return [button.text for button in ours[-1].buttons]


@dataclass
class Stage:
    """The office, its bank and what of it one wants to look at."""

    office: Office
    bank: Unreliable
    clock: Clock
    clients: list[BankClient] = field(default_factory=list)

    def client(self, account: str | None, *, language: str = "ru", channel: str = "web") -> BankClient:
        """A client who has greeted; linked to this client of the bank, unless it is None."""
        client = BankClient(self.office, self.clock, language=language, channel=channel)
        client.ask("спасибо" if language == "ru" else "thank you")
        if account is not None:
            self.link(client, account)
        self.clients.append(client)
        return client

    def link(self, client: Client, account: str) -> None:
        """Link the client's identity, as verification does."""
        now = self.office.clock()
        until = now + timedelta(days=90)
        with self.office.database.write() as connection:
            found = conversations.find(connection, client.channel, client.id, self.office.kind_of(client.channel))
            assert found is not None
            links.begin(connection, found.identity_id or 0, Link(account, now, now, until, "i***@example.com"))

    def unlink(self, client: Client) -> None:
        """End the link."""
        with self.office.database.write() as connection:
            links.end(connection, self.conversation(client).identity_id, self.office.clock(), "anna")

    def conversation(self, client: Client) -> Any:
        """The conversation as it is stored."""
        with self.office.database.read() as connection:
            return conversations.find(connection, client.channel, client.id, self.office.kind_of(client.channel))

    def take(self, client: Client) -> None:
        """An operator takes the client over."""
        with self.office.database.write() as connection:
            operator, _token = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], self.office.clock())
        desk.take(self.conversation(client).id, operator, self.office)

    def summary(self, client: Client) -> dict[str, Any]:
        """What the operator reads first."""
        with self.office.database.read() as connection:
            found = queue.open_summary(connection, self.conversation(client).id)
        assert found is not None
        return found

    def trail(self, operation: str) -> list[AuditEntry]:
        """The lines of the audit trail about an operation."""
        with self.office.database.read() as connection:
            return entries(connection, AuditFilter(action=operation))

    def restart(self) -> None:
        """The same database, another process."""
        self.office = replace(self.office)
        for client in self.clients:
            client.office = self.office


@pytest.fixture
def stage(settings: Settings, clock: Clock, model: Model) -> Iterator[Stage]:
    """The office with the demo's bank."""
    with open_stage(settings, clock, model) as opened:
        yield opened


@contextmanager
def open_stage(settings: Settings, clock: Clock, model: Model) -> Iterator[Stage]:
    """The same, for those that keep it for longer than a test."""
    settings = settings.model_copy(update={"back_office": "demo", "mail": "demo"})
    make_tables(settings)
    opened = open_small_office(settings, clock, model)
    fill_bank(opened.database, clock.now.date())
    assert opened.back_office is not None
    bank = Unreliable(opened.back_office)
    yield Stage(replace(opened, back_office=bank), bank, clock)  # type: ignore[arg-type]
    opened.close()
