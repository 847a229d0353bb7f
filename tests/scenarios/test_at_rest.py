"""Whoever steals the database alone learns no address, telephone or account number: after conversations everywhere."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect, text

from service import desk, filing, receiving
from service.channels import CHANNELS, is_connector
from service.channels.base import MessageCame
from service.channels.whatsapp import known_as
from service.domain.messages import InboundMessage
from service.domain.suspicion import Level, Scope, Signal, identity_key
from service.errands import perform_due
from service.mail.mailbox import Mailbox
from service.model_shelf import Model
from service.office import Office
from service.posting import post_due
from service.reception import take_due
from service.settings import Settings
from service.storage import conversations, messages, restrictions, staff
from service.storage.conversations import ConversationView
from service.storage.staff import Role
from service.worker import work_once
from tests.scenarios.bank_stage import open_stage
from tests.service.conftest import Clock
from tests.service.databases import postgresql_url

ADDRESS, NUMBER = "anna.belkina@post.example", "79161234567"
NAMES = {"email": ADDRESS, "whatsapp": NUMBER}
DARIA_PHONE, DARIA_MAIL, DARIA_ACCOUNT = "8 (913) 555-01-05", "d.volkova@example.org", "40817810700005560218"
FITTING = {
    "address": "bank@bank.example", "imap_url": "imap://127.0.0.1:1", "smtp_url": "smtp://127.0.0.1:1",
    "token": "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "webhook_secret": "secret-of-the-webhook",
}  # fmt: skip
SOUGHT = re.compile(
    r"anna\.belkina|d\.volkova|9161234567|916 123|55[5 ().-]*01-?05|9135550105|81070000556|OTE2MTIzNDU2N|d3YXRz",
)
"""Addresses and numbers, also in the middle of one, as they were typed, and in the base64 of an id of WhatsApp."""


@dataclass
class Town:
    """An office with every channel, the demo's bank and its mailbox."""

    office: Office
    clock: Clock

    def name_of(self, channel: str) -> str:
        """Who the client is there: an address, a number, or an id like one."""
        return NAMES.get(channel, f"{NUMBER}-{channel}")

    def say(self, channel: str, words: str, button: str | None = None, files: tuple[str, ...] = ()) -> None:
        """A message of the client, through the door of the channel; what follows from it is done."""
        key = uuid4().hex
        message = InboundMessage(
            channel, known_as(f"wamid.{key}") if channel == "whatsapp" else key, self.name_of(channel), words, button,
            "ru", "Анна", thread=f"about {ADDRESS}" if channel == "email" else None, files=files,
        )  # fmt: skip
        receiving.handle(channel, [MessageCame(message)], self.office)
        while take_due(self.office):
            pass
        for _ in range(3):
            self.clock.move(seconds=13)
            perform_due(self.office)
            work_once(self.office)

    def code(self) -> str:
        """The code in the newest letter."""
        post_due(self.office)
        box = self.office.postman
        assert isinstance(box, Mailbox)
        letter = next(each.letter for each in box.letters() if each.letter.kind == "code")
        assert letter.to == DARIA_MAIL
        return re.sub(r"\D", "", re.findall(r"^\d{3} \d{3}$", letter.text, re.MULTILINE)[0])

    def conversation(self, channel: str) -> ConversationView:
        """The client's conversation there."""
        with self.office.database.read() as connection:
            found = conversations.find(
                connection, channel, self.name_of(channel), self.office.kind_of(channel)
            )  # fmt: skip
        assert found is not None
        return found

    def heard(self, channel: str) -> str:
        """All that was said there."""
        with self.office.database.read() as connection:
            said = messages.timeline(connection, self.conversation(channel).id or 0)
        return "\n".join(each.text for each in said)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def town(
    request: pytest.FixtureRequest, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """Every channel is set up; nothing is sent anywhere."""
    for kind in CHANNELS:
        for setting in kind.SETTINGS if is_connector(kind) else ():
            value = FITTING.get(setting.name, setting.default or "7000000001")
            monkeypatch.setenv(f"OTKLIK_{kind.name}_{setting.name}".upper(), value)
    monkeypatch.setattr("service.outbox.deliver_due", lambda *_args, **_fields: 0)
    url = postgresql_url() if request.param == "postgresql" else ""
    settings = Settings(var_dir=tmp_path, database_url=url, log_level="WARNING", burst_seconds=0)
    clock = Clock()
    with open_stage(settings, clock, model) as stage:
        yield Town(stage.office, clock)


def lying_open(office: Office) -> dict[str, set[str]]:
    """Where what was sought is found: columns of tables, and files of the service."""
    found: dict[str, set[str]] = {}
    with office.database.read() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                for column, value in row._mapping.items():
                    said = value.decode("utf-8", "ignore") if isinstance(value, bytes | memoryview) else str(value)
                    if seen := SOUGHT.findall(said):
                        found.setdefault(f"{name}.{column}", set()).update(seen)
    office.database.close()  # what SQLite keeps beside its file goes into it
    for path in office.settings.var_dir.glob("otklik.db*"):
        if seen := SOUGHT.findall(path.read_bytes().decode("latin-1")):
            found[path.name] = set(seen)
    return found


def test_nothing_lies_open_after_conversations_in_every_channel(town: Town) -> None:
    office = town.office
    channels = [kind.name for kind in CHANNELS]
    assert {"email", "whatsapp", "telegram", "web"} <= set(channels)
    with office.database.write() as connection:
        anna, _token = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], office.clock())
    for channel in channels:
        town.say(channel, "привязать чат к кабинету", "intent:link_account")
        town.say(channel, f"мой номер {DARIA_PHONE}")
        town.say(channel, town.code())
        town.say(channel, "пришлите реквизиты моего счёта")
        assert DARIA_ACCOUNT in town.heard(channel), channel
        town.clock.move(hours=2)  # so many codes an hour
        sent = filing.receive_from_client("x.txt", io.BytesIO(b"x"), channel, town.name_of(channel), office)
        town.say(channel, f"пишите на {ADDRESS} или звоните +7 916 123-45-67, позовите оператора", files=(sent.key,))
        number = town.conversation(channel).id or 0
        desk.take(number, anna, office)
        desk.note(number, anna, office, text=f"перезвонить на {NUMBER}", key=uuid4().hex)
        desk.reply(number, anna, office, text=f"Записал: {ADDRESS}", key=uuid4().hex)
        town.clock.move(hours=2)
        with office.database.write() as connection:
            who, now = identity_key(channel, town.name_of(channel)), office.clock()
            restrictions.begin(
                connection, Scope.IDENTITY, who, Level.NOTICE, Signal.FLOOD, 9, now, now + timedelta(hours=1)
            )  # fmt: skip
    waiting = MessageCame(InboundMessage("whatsapp", known_as("wamid.1"), NUMBER, f"на {NUMBER}"), album="7")
    receiving.handle("whatsapp", [waiting], office)
    town.clock.move(hours=1)
    work_once(office)
    assert lying_open(office) == {}
