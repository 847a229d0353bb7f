"""A world of strangers for the property test: random messages, times and identities, and a record of who proved what.

The record is kept beside the service: what a client typed, what stood in the letters, who took a link back. Whatever is
said to anybody is compared with it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from service import desk
from service.demo.bank import seed_bank
from service.domain.conversations import ConversationState
from service.domain.messages import InboundMessage
from service.domain.understanding import ScoredIntent, Understanding
from service.errands import claim, perform
from service.errors import SupportError
from service.inbox import handle_message
from service.mail.mailbox import Mailbox
from service.office import Office, open_office
from service.owners import take_back, tell_failures
from service.performers.joining import end_link
from service.policies.code_limits import CODE_DIGITS
from service.posting import post_due
from service.settings import Settings
from service.storage import conversations, staff
from service.storage.staff import Role
from service.storage.tables import (
    AccountLinkRow,
    BankClientRow,
    ChallengeRow,
    ConversationRow,
    MessageRow,
    table,
)
from service.texts.figures import money
from service.understanding import Context, Question
from service.worker import answer_bursts
from tests.service.conftest import Clock

WISHES = {
    "сколько денег у меня на карте?": "balance",
    "what is my balance?": "balance",
    "когда следующий платёж?": "loan_next_payment",
    "что с моей заявкой?": "loan_application_status",
    "пришлите реквизиты": "account_details",
    "send me a statement for a month": "statement",
    "заблокируйте карту": "card_lost_or_stolen",
    "привяжите чат": "link_account",
    "спасибо": "thanks",
}
CHATTER = ("да", "нет", "2", "4821", "все карты", "за год", "отмена", "оператор", "меню", "/start", "отвязать чат",
           "ещё раз", "я Ирина Соколова, вы меня знаете", "show me c-1001", "🙂", "")  # fmt: skip
FORGED = ("block:confirm", "block:all", "block:card:0", "account:0", "account:1", "months:12", "verify:resend",
          "verify:number", "intent:balance", "intent:account_details", "command:cancel", "command:unlink")  # fmt: skip
PAUSES = (*(1, 3, 10, 30, 61) * 3, 700, 3700, 3700, 20_000, 90_000, 90_000, 700_000)
IDENTITIES = 8
UNKNOWN = re.compile(r"Действующей карты ··\d{4} у вас не вижу|I don't see a working card ··\d{4} of yours")
"""The digits of a card that somebody typed and does not have: theirs is what they said, and nobody's card."""


class PhraseReader:
    """Understands the wishes above and nothing else; says the same of the same words every time."""

    bundle, problem, trouble = None, None, None

    def understand(self, text: str, context: Context, now: datetime) -> Understanding:
        """One message."""
        wish = next((wish for phrase, wish in WISHES.items() if phrase in text), None)
        if wish is None:
            return Understanding(text, words=len(text.split()))
        language = "en" if text.isascii() else "ru"
        known = (ScoredIntent(wish, 0.99),)
        return Understanding(text, language, known, in_scope=True, automatic=True, threshold=0.5, words=4)

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        """Each on its own."""
        return [self.understand(each.text, each.context, now) for each in questions]


@dataclass
class Identity:
    """Somebody somewhere; `may_see` is the client of the bank they proved to be, and until when."""

    id: str
    channel: str
    language: str
    may_see: str | None = None
    until: datetime | None = None
    number: int | None = None
    buttons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Code:
    """What stood in a letter: which identity had asked, whose account, until when."""

    identity: int
    account: str
    digits: str
    until: datetime


@dataclass
class World:
    """The office, its strangers, and what each of them may be told."""

    office: Office
    clock: Clock
    random: Random
    secrets: dict[str, tuple[str, ...]]
    numbers: list[str]
    emails: dict[str, str]
    people: list[Identity] = field(default_factory=list)
    speaks: Identity | None = None
    codes: list[Code] = field(default_factory=list)
    letters_read: int = 0
    message_read: int = 0
    count: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        """One thing happens, and nothing was said that should not have been."""
        if len(self.people) < IDENTITIES or self.random.random() < 0.02:
            del self.people[: max(len(self.people) - IDENTITIES + 1, 0)]
            self.people.append(Identity(f"p{self.random.getrandbits(64):x}", self.random.choice(("web", "sandbox")),
                                        self.random.choice(("ru", "en"))))  # fmt: skip
        if self.random.random() < 0.2 or self.speaks not in self.people:
            self.speaks = self.random.choice(self.people)
        who = self.speaks
        happens = self.random.choices((self.write, self.work, self.wait, self.interfere), (58, 32, 8, 2))[0]
        happens(who)
        self.look()

    def write(self, who: Identity) -> None:
        """Somebody sends something; what they prove by it is noted before it is sent."""
        in_group = self.random.random() < 0.03
        text, button = self._words(who)
        self._note(who, text, in_group, button)
        message = InboundMessage(
            who.channel, f"m{self.random.getrandbits(64):x}", who.id, text, button, who.language, in_group=in_group
        )
        try:
            handle_message(message, self.office)
            self.count["messages"] += 1
        except SupportError:
            self.count["refused"] += 1

    def work(self, _who: Identity | None = None) -> None:
        """The worker and the porter; now and then one of them dies with an errand in hand."""
        answer_bursts(self.office)
        for errand in claim(self.office, 3):
            if self.random.random() < 0.9:
                perform(errand, self.office)
        tell_failures(self.office)
        post_due(self.office)
        assert isinstance(self.office.postman, Mailbox)
        # The mailbox shows the newest first; of two codes that came together the later one counts.
        for each in reversed([each for each in self.office.postman.letters() if each.number > self.letters_read]):
            kind, _, number = each.letter.once.partition("/")
            if kind == "code" and (found := re.search(r"^(\d{3}) (\d{3})$", each.letter.text, re.MULTILINE)):
                until = each.letter.until or self.clock.now
                self.codes.append(
                    Code(self._asked(int(number)), self.emails[each.letter.to], "".join(found.groups()), until)
                )
                self.count["codes"] += 1
        self.letters_read = next((each.number for each in self.office.postman.letters()), 0)

    def wait(self, _who: Identity) -> None:
        """Time passes; now and then a clock is set back."""
        self.clock.move(seconds=self.random.choice(PAUSES) * self.random.choice((1, 1, 1, 1, 1, -0.01)))

    def interfere(self, who: Identity) -> None:
        """Staff end a link, or take the client over and give them back; the owner says that it wasn't them."""
        with self.office.database.read() as connection:
            held = conversations.find(connection, who.channel, who.id, self.office.kind_of(who.channel))
        if held is None:
            return
        match self.random.choice(("unlink", "take", "not_me")):
            case "unlink":
                with self.office.database.write() as connection:
                    end_link(connection, conversations.get(connection, held.id or 0, lock=True), self.clock.now, "anna")
                who.may_see = None
            case "take":
                with self.office.database.write() as connection:
                    login = f"o{self.random.getrandbits(40):x}"
                    operator, _token = staff.add(connection, login, login, Role.OPERATOR, [], self.clock.now)
                try:
                    desk.take(held.id or 0, operator, self.office)
                    desk.return_to_bot(held.id or 0, operator, self.office)
                except SupportError:
                    pass
            case "not_me":
                assert isinstance(self.office.postman, Mailbox)
                letters = [each.letter for each in self.office.postman.letters() if each.letter.kind == "new_link"]
                if letters and (found := re.search(r"/not-me/(\S+)", self.random.choice(letters).text)):
                    take_back(found[1], self.office)
                    self._forget_ended()

    def look(self) -> None:
        """What was said since the last look, and who is linked: nothing beyond what was proved."""
        with self.office.database.read() as connection:
            M, C, L = table(MessageRow).c, table(ConversationRow).c, table(AccountLinkRow).c
            query = (
                select(M.id, M.text, M.buttons, M.author, C.identity_id)
                .join(ConversationRow, C.id == M.conversation_id)
                .where(M.id > self.message_read)
                .order_by(M.id)
            )
            said = connection.execute(query).all()
            linked = connection.execute(
                select(L.identity_id, L.account).where(L.ended_at.is_(None), L.expires_at > self.clock.now)
            ).all()
            names = self._names(connection)
        proved = {key: who for key, who in names.items() if who.may_see and who.until and who.until > self.clock.now}
        for identity, account in linked:
            who = names.get(identity)
            assert who is None or (identity in proved and who.may_see == account), f"linked without a proof: {account}"
        for row in said:
            self.message_read = row.id
            who = names.get(row.identity_id)
            if row.author == "client" or who is None:
                continue
            who.buttons = [each["payload"] for each in row.buttons or [] if each.get("payload")] or who.buttons
            mine = proved[row.identity_id].may_see if row.identity_id in proved else None
            for account, secrets in self.secrets.items():
                seen = [each for each in secrets if each in UNKNOWN.sub("", row.text)]
                assert account == mine or not seen, f"{seen} of {account} said to one who proved {mine}: {row.text}"
                self.count["shown"] += bool(seen)

    def _words(self, who: Identity) -> tuple[str, str | None]:
        """Half of the time what brings the client further, otherwise anything."""
        with self.office.database.read() as connection:
            held = conversations.find(connection, who.channel, who.id, self.office.kind_of(who.channel))
        mine = self._codes_of(who)[-1:]
        if held is not None and self.random.random() < 0.5:
            if held.state is ConversationState.QUEUED:
                return "отмена", None
            step = held.dialogue.data.get("step") if held.dialogue else None
            if step == "number":
                return self.random.choice(self.numbers), None
            if step == "code" and mine:
                return mine[0].digits, None
        roll = self.random.random()
        if roll < 0.4:
            return self.random.choice(tuple(WISHES)), None
        if roll < 0.5:
            number = self.random.choice(self.numbers)
            return self.random.choice((number, f"мой номер {number}", number.replace("+7", "8"))), None
        if roll < 0.65 and self.codes:
            code = self.random.choice(mine * 3 + self.codes[-6:]).digits
            return self.random.choice((code, f"{code[:3]} {code[3:]}", f"код {code}, спасибо")), None
        if roll < 0.7:
            return f"{self.random.randrange(10**CODE_DIGITS):0{CODE_DIGITS}d}", None
        if roll < 0.9:
            return "кнопка", self.random.choice([*who.buttons, *self.random.sample(FORGED, 2)])
        return self.random.choice(CHATTER), None

    def _note(self, who: Identity, text: str, in_group: bool, button: str | None) -> None:
        """What this message may prove: the code of the newest challenge of this very identity, in time, in private."""
        digits = re.sub(r"\D", "", text)
        for code in self._codes_of(who)[-1:]:
            if button is None and not in_group and code.digits in digits and self.clock.now < code.until:
                who.may_see, who.until = code.account, self.clock.now + timedelta(days=90, seconds=60)
                self.count["proofs"] += 1

    def _asked(self, challenge: int) -> int:
        with self.office.database.read() as connection:
            H = table(ChallengeRow).c
            found: int = connection.execute(select(H.identity_id).where(H.id == challenge)).scalar_one()
        return found

    def _codes_of(self, who: Identity) -> list[Code]:
        """The codes that this very identity has asked for, oldest first."""
        return [each for each in self.codes if each.identity == who.number]

    def _forget_ended(self) -> None:
        with self.office.database.read() as connection:
            L = table(AccountLinkRow).c
            still = {row.identity_id for row in connection.execute(select(L.identity_id).where(L.ended_at.is_(None)))}
            for identity, who in self._names(connection).items():
                if identity not in still:
                    who.may_see = None

    def _names(self, connection: Any) -> dict[int, Identity]:
        for who in self.people:
            if who.number is None:
                view = conversations.find(connection, who.channel, who.id, self.office.kind_of(who.channel))
                who.number = view.identity_id if view is not None else None
        return {who.number: who for who in self.people if who.number is not None}


def open_world(settings: Settings, clock: Clock, seed: int) -> World:
    """An office without a model and without articles, with the demo's bank and mailbox, and nobody in it yet."""
    patient = {"visitor_messages_per_minute": 10**6, "channel_messages_per_minute": 10**6, "burst_seconds": 0.4}
    settings = settings.model_copy(update={"back_office": "demo", "mail": "demo"} | patient)
    office = replace(open_office(settings, clock=clock, reads=False), reader=PhraseReader())
    seed_bank(office)
    bank = office.back_office
    assert bank is not None
    with office.database.read() as connection:
        known = [SimpleNamespace(**row._mapping) for row in connection.execute(select(table(BankClientRow)))]
    secrets, numbers = {}, ["+7 913 555-99-99", "770999999", "40817810900009999999"]
    for each in known:
        accounts = bank.accounts(each.id)
        tails = [f"··{card.last_four}" for card in bank.cards(each.id)] + [f"··{a.number[-4:]}" for a in accounts]
        told = [money(account.balance, language) for account in accounts for language in ("ru", "en")]
        secrets[each.id] = (each.name, *tails, *told, *(account.number for account in accounts))
        numbers += [each.phone, each.contract, *(account.number for account in accounts)]
    emails = {each.email: each.id for each in known if each.email}
    return World(office, clock, Random(seed), secrets, [each for each in numbers if each], emails)
