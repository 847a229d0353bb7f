"""A small office on either database, people at work, and clients who wait."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from service.domain.messages import InboundMessage, StoredMessage
from service.domain.presence import PresenceState
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office, open_office
from service.settings import Settings
from service.shifts import presence
from service.storage import messages
from service.storage.staff import Role, StaffMember
from service.storage.tables import ConversationRow, FactRow, HandoffRow, StaffRow, table
from tests.service.conftest import Clock
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.small_office import LOST, OPERATOR, hire

Hire = Callable[..., StaffMember]


@dataclass
class Desk:
    """An office with people in it, for tests."""

    office: Office
    clock: Clock

    def hire(self, login: str, *departments: str, role: Role = Role.OPERATOR, online: bool = False) -> StaffMember:
        """A new member of staff, at work if so wished."""
        member = hire(self.office, login, *departments, role=role)[0]
        if online:
            presence.set_presence(member, self.office, PresenceState.ONLINE)
        return member

    def arrive(self, *, urgent: bool = False, who: str | None = None, language: str = "ru") -> int:
        """A client who waits for a person: for the cards department when urgent, otherwise for the general one."""
        words = {"ru": "Позовите человека", "en": "Please get me a person"}[language]
        return self.say(words, who=who, button=LOST if urgent else OPERATOR, language=language)

    def say(self, text: str, *, who: str | None = None, button: str | None = None, language: str = "ru") -> int:
        """A client's message; the number of the conversation."""
        message = InboundMessage("web", uuid4().hex, who or uuid4().hex, text, button, language)
        return handle_message(message, self.office).message.conversation_id

    def row(self, conversation: int) -> Any:
        """The conversation as it is stored."""
        with self.office.database.read() as connection:
            return connection.execute(
                select(table(ConversationRow)).where(table(ConversationRow).c.id == conversation)
            ).one()

    def handoff(self, conversation: int) -> Any:
        """Its last hand-off as it is stored."""
        H = table(HandoffRow).c
        with self.office.database.read() as connection:
            query = select(table(HandoffRow)).where(H.conversation_id == conversation).order_by(H.id.desc()).limit(1)
            return connection.execute(query).one()

    def facts(self, conversation: int, kind: str) -> list[dict[str, Any]]:
        """What was written down of this kind."""
        F = table(FactRow).c
        with self.office.database.read() as connection:
            query = select(F.data).where(F.conversation_id == conversation, F.kind == kind).order_by(F.id)
            return list(connection.execute(query).scalars())

    def timeline(self, conversation: int) -> list[StoredMessage]:
        """Everything said."""
        with self.office.database.read() as connection:
            return messages.timeline(connection, conversation)

    def dismiss(self, member: StaffMember) -> None:
        """Somebody doesn't work here any more."""
        with self.office.database.write() as connection:
            connection.execute(
                update(StaffRow).where(table(StaffRow).c.id == member.id).values(disabled_at=self.clock.now)
            )


@pytest.fixture
def options() -> dict[str, Any]:
    """Settings of the office; a file of tests may bring its own."""
    return {}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def office(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, options: dict[str, Any]) -> Iterator[Office]:
    """The service on either database, without articles and a model: buttons say what is wanted."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    settings = Settings(var_dir=tmp_path, database_url=url, log_level="WARNING", **options)
    opened = open_office(settings, clock=clock, model=Model(None))
    yield opened
    opened.close()


@pytest.fixture
def desk(office: Office, clock: Clock) -> Desk:
    """The office with a clock to move."""
    return Desk(office, clock)
