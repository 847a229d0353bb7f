"""A stage for verification: the demo's bank, its mailbox, and clients who read their letters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.demo.bank import seed_bank
from service.dialogues import DIALOGUES
from service.errands import perform_due
from service.mail.mailbox import Mailbox
from service.office import Office, open_office
from service.owners import tell_failures
from service.performers import OUTSIDE
from service.performers.base import Performer
from service.posting import post_due
from service.settings import Settings
from service.storage import conversations, staff
from service.storage.staff import Role, StaffMember
from tests.scenarios.procedure_samples import AskBank, AskTwice, Bank
from tests.service.conftest import Client, Clock
from tests.service.databases import prepare_database_with_articles

IRINA, PAVEL = "+7 913 555-01-01", "+7 913 555-01-02"
IRINA_MAIL, PAVEL_MAIL = "irina.sokolova@example.com", "p.kuznetsov@example.org"
NOBODY = "+7 913 555-99-99"
BALANCE, DETAILS = "сколько денег у меня на карте?", "пришлите реквизиты моего счёта"
SECRET = "сто рублей"
"""What the sample bank says of an account: nobody but a linked client may ever see it."""


@dataclass
class Verifying:
    """The office, its bank and its mailbox."""

    office: Office
    clock: Clock
    bank: Bank
    operator: StaffMember

    @property
    def mailbox(self) -> Mailbox:
        """Where letters end up."""
        assert isinstance(self.office.postman, Mailbox)
        return self.office.postman

    def work(self) -> None:
        """What the porter does: errands, owners, letters."""
        while perform_due(self.office):
            pass
        tell_failures(self.office)
        post_due(self.office)

    def letters(self, kind: str | None = None, to: str | None = None) -> list[Any]:
        """The letters that were sent, newest first."""
        self.work()
        sent = [each.letter for each in self.mailbox.letters()]
        return [each for each in sent if kind in (None, each.kind) and to in (None, each.to)]

    def code(self, to: str = IRINA_MAIL) -> str:
        """The code in the newest letter."""
        found = re.search(r"^(\d{3} \d{3})$", self.letters("code", to)[0].text, re.MULTILINE)
        assert found is not None
        return found[1].replace(" ", "")

    def conversation(self, client: Client) -> Any:
        """The conversation as it is stored."""
        with self.office.database.read() as connection:
            return conversations.find(connection, client.channel, client.id, self.office.kind_of(client.channel))

    def verified(self, client: Client, number: str = IRINA, to: str = IRINA_MAIL) -> None:
        """The client proves who they are."""
        client.ask("привязать чат к кабинету", button="intent:link_account")
        client.ask(number)
        client.ask(self.code(to))
        assert self.conversation(client).link is not None


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.fixture
def verifying(
    settings: Settings, clock: Clock, model: Any, article_vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Verifying]:
    """An office where clients can prove who they are, and two operations that ask the sample bank."""
    bank = Bank()
    for sample in (AskBank(), AskTwice()):
        monkeypatch.setitem(DIALOGUES, sample.name, sample)
    monkeypatch.setitem(OUTSIDE, "ask_bank", Performer(bank))
    prepare_database_with_articles(settings, article_vectors)
    opened = open_office(settings.model_copy(update={"back_office": "demo", "mail": "demo"}), clock=clock, model=model)
    seed_bank(opened)
    with opened.database.write() as connection:
        operator, _token = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], opened.clock())
    yield Verifying(opened, clock, bank, operator)
    opened.close()


@pytest.fixture
def someone(verifying: Verifying, clock: Clock) -> Callable[..., Client]:
    """Makes clients of this office."""

    def make(language: str = "ru", **fields: str) -> Client:
        return Client(verifying.office, clock, language=language, **fields)

    return make
