"""Every operation from a stranger's first word to its end, in two languages, by buttons and by a numbered list.

One client of the bank for all of them, and nobody remembers in one story what was tried in another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest

from service import desk
from service.domain.channels import ButtonKind, ButtonRules
from service.domain.messages import InboundMessage
from service.errands import perform_due
from service.inbox import handle_message
from service.mail.mailbox import Mailbox
from service.model_shelf import Model
from service.owners import tell_failures
from service.posting import post_due
from service.receiving import read_choice
from service.settings import Settings
from service.storage import staff
from service.storage.staff import Role
from tests.scenarios.bank_stage import BankClient, Stage, open_stage
from tests.service.conftest import Clock
from tests.service.small_office import sandbox_of

PHONE, MAIL = "8 (913) 555-01-05", "d.volkova@example.org"
ASIDE = {"ru": "как поменять пин-код карты?", "en": "how do I change my card PIN?"}


@dataclass(frozen=True)
class Operation:
    """What a client says for it by language, what to choose meanwhile, and what they read at the end only."""

    says: dict[str, str]
    reads: dict[str, str]
    chooses: dict[str, str] = field(default_factory=dict)
    known_first: bool = False
    """A stranger in a hurry is given to a person; the operation itself is for who is linked already."""


OPERATIONS = {
    "balance": Operation(
        {"ru": "сколько денег у меня на карте?", "en": "How much money is on my account?"},
        {"ru": "22\u00a0981,40", "en": "22,981.40"},
    ),
    "next payment": Operation(
        {"ru": "когда следующий платёж по кредиту и сколько платить?",
         "en": "When is my next loan payment due and how much is it?"},
        {"ru": "41\u00a0270", "en": "41,270"},
    ),
    "loan application": Operation(
        {"ru": "что с моей заявкой на кредит?", "en": "Has my loan application been approved yet?"},
        {"ru": "3\u00a0600\u00a0000", "en": "3,600,000"},
    ),
    "account details": Operation(
        {"ru": "пришлите реквизиты моего счёта", "en": "I need the details of my account"},
        {"ru": "40817810700005560218", "en": "40817810700005560218"},
    ),
    "statement": Operation(
        {"ru": "пришлите выписку по счёту", "en": "Please send me a bank statement for the last month"},
        {"ru": "Отправил выписку", "en": "I've sent the statement"},
        {"ru": "За год"},
    ),
    "block a card": Operation(
        {"ru": "потерял карту, заблокируйте её срочно", "en": "I lost my card, please block it right now"},
        {"ru": "Готово: карта Мир ··3365", "en": "Done: Mir ··3365"},
        {"ru": "Да, заблокировать", "en": "Yes, block it"},
        known_first=True,
    ),
}  # fmt: skip
RENDERINGS = (("ru", "web"), ("en", "web"), ("ru", "sandbox"), ("en", "sandbox"))
"""The web chat has buttons; the messenger of these tests shows numbered lists."""
operation = pytest.mark.parametrize("name", OPERATIONS)
in_each = pytest.mark.parametrize(("language", "channel"), RENDERINGS)


@dataclass
class Story(BankClient):
    """A client who wants one thing; chooses by button or by number, as the channel shows it."""

    wants: Operation = field(default_factory=lambda: OPERATIONS["balance"])

    def said(self) -> str:
        """All that we have said so far."""
        return "\n".join(each.text for each in self.history() if each.author != "client")

    @property
    def served(self) -> bool:
        """Whether they have read what they came for."""
        return self.wants.reads[self.language] in self.said()

    def begin(self) -> None:
        """Say what they want and who they claim to be; the letter with the code is on its way."""
        if self.wants.known_first:
            self.ask("привязать чат к кабинету", button="intent:link_account")
        else:
            self.ask(self.wants.says[self.language])
        self.ask(PHONE)

    def go_on(self) -> None:
        """What remains once the code was right."""
        if self.wants.known_first:
            self.ask(self.wants.says[self.language])
        if label := self.wants.chooses.get(self.language):
            self.choose(label)

    def choose(self, label: str) -> None:
        """Take one of the choices below our last message."""
        if self.channel == "web":
            self.press(label)
            return
        number = next(place for place, each in enumerate(self.buttons, 1) if each == label)
        typed = InboundMessage(self.channel, uuid4().hex, self.id, str(number), None, self.language)
        handle_message(read_choice(typed, self.office), self.office)
        self.pause()


@dataclass
class Town:
    """The bank and its mailbox."""

    stage: Stage

    def client(self, name: str, language: str, channel: str, **fields: str) -> Story:
        """Somebody new."""
        return Story(self.stage.office, self.stage.clock, language=language, channel=channel, wants=OPERATIONS[name],
                     **fields)  # fmt: skip

    def code(self) -> str:
        """The code in the newest letter."""
        tell_failures(self.stage.office)
        post_due(self.stage.office)
        box = self.stage.office.postman
        assert isinstance(box, Mailbox)
        letter = next(each.letter for each in box.letters() if each.letter.kind == "code")
        found = re.search(r"^(\d{3}) (\d{3})$", letter.text, re.MULTILINE)
        assert found is not None
        assert letter.to == MAIL
        return "".join(found.groups())

    def take_over(self, client: Story) -> None:
        """An operator takes the client."""
        with self.stage.office.database.write() as connection:
            login = f"anna-{uuid4().hex[:8]}"
            operator, _token = staff.add(connection, login, "Анна", Role.OPERATOR, [], self.stage.office.clock())
        client.ask("оператор" if client.language == "ru" else "operator")
        desk.take(self.stage.conversation(client).id, operator, self.stage.office)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Stage]:
    settings = Settings(var_dir=tmp_path_factory.mktemp("town"), log_level="WARNING")
    with open_stage(settings, Clock(), model) as stage:
        messenger = sandbox_of(stage.office)
        messenger.rules = replace(messenger.rules, buttons=ButtonRules(ButtonKind.NUMBERED))
        yield stage


@pytest.fixture
def town(opened: Stage) -> Town:
    """The town as it is at the beginning of a story: the card works, the counters are empty."""
    opened.bank.is_away = False
    with opened.office.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM demo_bank_blockings WHERE card_id = 'k-1005-1'")
        connection.exec_driver_sql("DELETE FROM code_limits")
    return Town(opened)


@operation
@in_each
def test_it_succeeds(town: Town, name: str, language: str, channel: str) -> None:
    client = town.client(name, language, channel)
    client.begin()
    assert not client.served
    client.ask(town.code())
    client.go_on()
    assert client.served
    assert client.state == "bot"


@operation
@in_each
def test_three_wrong_codes_end_it(town: Town, name: str, language: str, channel: str) -> None:
    client = town.client(name, language, channel)
    client.begin()
    right = town.code()
    for step in (1, 2, 3):
        client.ask(f"{(int(right) + step) % 1_000_000:06d}")
    client.ask(right)
    assert town.stage.conversation(client).link is None
    assert not client.served


@operation
@in_each
def test_an_expired_code_does_nothing_and_one_sent_again_does(
    town: Town, name: str, language: str, channel: str
) -> None:
    client = town.client(name, language, channel)
    client.begin()
    old = town.code()
    town.stage.clock.move(minutes=10)
    client.ask(old)
    assert town.stage.conversation(client).link is None
    client.choose("Отправить ещё раз" if language == "ru" else "Send it again")
    assert town.code() != old
    client.ask(town.code())
    client.go_on()
    assert client.served


@operation
@in_each
def test_a_changed_mind_and_another_question_in_the_middle(town: Town, name: str, language: str, channel: str) -> None:
    client = town.client(name, language, channel)
    client.begin()
    answered = client.ask(ASIDE[language])
    assert any(each.article == "card-pin" for each in answered)
    client.ask("отмена" if language == "ru" else "cancel")
    assert town.stage.conversation(client).dialogue is None
    client.ask(town.code())
    assert town.stage.conversation(client).link is None
    town.stage.clock.move(hours=2)
    client.begin()
    client.ask(ASIDE[language])
    client.ask(town.code())
    client.go_on()
    assert client.served, "after another question it goes on"


@operation
@in_each
def test_an_operator_takes_over_in_the_middle(town: Town, name: str, language: str, channel: str) -> None:
    client = town.client(name, language, channel)
    client.begin()
    town.take_over(client)
    code = town.code()
    client.news()
    assert client.ask(code) == [], "a person speaks now"
    assert code not in str(client.history())
    assert not client.served


@operation
@in_each
def test_two_devices_at_once_and_a_restart_in_the_middle(town: Town, name: str, language: str, channel: str) -> None:
    telephone = town.client(name, language, channel)
    telephone.begin()
    town.stage.office = replace(town.stage.office)  # the same database, another process
    computer = town.client(name, language, channel, id=telephone.id)
    code = town.code()
    for device in (telephone, computer):
        device.say(code)
    computer.pause()
    computer.go_on()
    assert computer.served
    once = "Спасибо, это вы" if language == "ru" else "Thank you, it's you"
    assert computer.said().count(once) == 1
    assert computer.said().count(computer.wants.reads[language]) == 1


@operation
@in_each
def test_a_bank_that_is_away_leads_to_a_person(town: Town, name: str, language: str, channel: str) -> None:
    client = town.client(name, language, channel)
    client.begin()
    code = town.code()
    town.stage.bank.is_away = True
    client.ask(code)
    if client.wants.known_first:
        client.ask(client.wants.says[language])
    assert client.state == "queued"
    assert town.stage.summary(client)["reason"] == "operation_failed"
    assert not client.served


def test_nobody_but_the_linked_is_served_at_the_end_of_all_this(town: Town) -> None:
    for language, channel in RENDERINGS:
        for name in OPERATIONS:
            client = town.client(name, language, channel)
            client.ask(OPERATIONS[name].says[language])
            assert not client.served
    assert perform_due(town.stage.office) == 0
