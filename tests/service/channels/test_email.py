"""E-mail against a double of a mail provider: what comes, what goes, what fails and what that means."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from service.channels import connect
from service.channels.base import (
    AccountBroken,
    Channel,
    Delivery,
    FateUnknown,
    MessageCame,
    OutFile,
    RemoteFile,
    RetryLater,
    Undeliverable,
    WebhookRequest,
)
from service.channels.email import EmailChannel
from service.domain.messages import Author, InboundMessage
from tests.doubles.email import ADDRESS, PASSWORD, EmailDouble, at, no
from tests.service.channels.contract import Captured, Case, ConnectorContract

SETTINGS = {"address": f"Банк <{ADDRESS}>", "user": "", "password": PASSWORD, "folder": "INBOX"}
IVAN = "ivan@client.example"


def letter(number: int, text: str = "Как сменить ПИН-код?", **headers: str) -> EmailMessage:
    """A letter of Ivan."""
    made = EmailMessage()
    made["From"] = "Иван Петров <Ivan@Client.Example>"
    made["To"] = ADDRESS
    made["Subject"] = "Вопрос"
    made["Message-ID"] = f"<{number}@client.example>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def with_file(number: int) -> EmailMessage:
    """A letter with a picture of a cheque and the small logo of a signature."""
    made = letter(number, "вот чек")
    made.add_attachment(b"%PDF-1.4 content", maintype="application", subtype="pdf", filename="чек за ноябрь.pdf")
    made.add_attachment(b"tiny", maintype="image", subtype="png", filename="logo.png", disposition="inline", cid="<l>")
    return made


def request(raw: EmailMessage | bytes) -> WebhookRequest:
    """A letter as `parse` takes it."""
    return WebhookRequest("", {}, {}, raw if isinstance(raw, bytes) else raw.as_bytes())


def came(number: int, text: str, subject: str = "Вопрос", references: str = "") -> InboundMessage:
    """What a letter of Ivan means."""
    thread = f'{{"id": "<{number}@client.example>", "references": [{references}], "subject": "{subject}"}}'
    name = f"<{number}@client.example>"
    return InboundMessage("email", name, IVAN, text, None, None, "Иван Петров", thread=thread)


class TestEmail(ConnectorContract):
    """The contract against the double."""

    KIND = EmailChannel
    RECIPIENT = IVAN
    SETTINGS = SETTINGS
    ADDRESS = "smtp_url"
    GONE = "smtp://127.0.0.1:9"
    SIGNED = False
    COMMON = ()
    CASES = (
        Case("hangs up at once", at("HELLO", "drop"), RetryLater),
        Case("hangs up before the letter", at("RCPT", "drop"), RetryLater),
        Case("hangs up behind the letter", at(".", "drop"), FateUnknown),
        Case("is closing", at("HELLO", no(421)), RetryLater),
        Case("is closing later", at("MAIL", no(421)), RetryLater),
        Case("asks to come again", at("RCPT", no(451, "4.7.1 greylisted")), RetryLater),
        Case("no such recipient", at("RCPT", no(550, "5.1.1 unknown")), Undeliverable),
        Case("no room", at(".", no(452)), RetryLater),
        Case("too large", at(".", no(552)), Undeliverable),
        Case("looks like spam", at(".", no(554, "5.7.1 spam")), Undeliverable),
        Case("a wrong password", at("AUTH", no(535)), AccountBroken),
        Case("can't check the password now", at("AUTH", no(454)), RetryLater),
        Case("may not write from this address", at("MAIL", no(553)), AccountBroken),
    )

    @pytest.fixture
    def double(self) -> Iterator[EmailDouble]:  # type: ignore[override]
        """The provider."""
        with EmailDouble() as running:
            yield running

    @pytest.fixture
    def channel(self, double: EmailDouble) -> Channel:  # type: ignore[override]
        """A mailbox at the double."""
        return connect(EmailChannel, SETTINGS | {"smtp_url": double.url, "imap_url": double.imap_url})

    def captured(self) -> list[Captured]:
        """A first letter, an answer, files; what programs write means nothing to us."""
        answer = letter(
            2, "Спасибо!\n\n> Смените его в приложении.", Subject="Re: Вопрос", In_Reply_To="<a@bank.example>"
        )
        return [
            Captured(request(letter(1)), came(1, "Вопрос\n\nКак сменить ПИН-код?")),
            Captured(request(answer), came(2, "Спасибо!", references='"<a@bank.example>"')),
            Captured(request(with_file(3)), came(3, "Вопрос\n\nвот чек"), ("0/0/2",)),
            Captured(request(letter(4, Auto_Submitted="auto-replied"))),
            Captured(request(letter(5, Precedence="bulk"))),
            Captured(request(letter(6, List_Unsubscribe="<mailto:x@y.example>"))),
            Captured(request(letter(7, From="MAILER-DAEMON@client.example"))),
            Captured(request(letter(8, From=ADDRESS))),
            Captured(request(letter(9, Return_Path="<>"))),
        ]

    def refused(self) -> list[WebhookRequest]:
        """Any: nobody brings us letters."""
        return [request(letter(1)), WebhookRequest("POST", {}, {}, b"{}")]

    def malformed(self) -> list[WebhookRequest]:
        """Letters nobody could answer."""
        return [request(letter(1, From=sender)) for sender in ("Иван", "<>", "Иван <иван@bank.example>")]

    def texts_sent(self, double: Any) -> list[str]:
        """The words of the letters."""
        return [each.get_body().get_content() for _, each in double.sent]


@pytest.fixture
def double() -> Iterator[EmailDouble]:
    """The provider."""
    with EmailDouble() as running:
        yield running


@pytest.fixture
def channel(double: EmailDouble) -> EmailChannel:
    """A mailbox."""
    return EmailChannel(SETTINGS | {"smtp_url": double.url, "imap_url": double.imap_url})


def test_an_answer_stands_in_the_clients_thread(channel: EmailChannel, double: EmailDouble) -> None:
    (event,) = channel.parse(request(letter(1, References="<0@client.example>"))).events
    assert isinstance(event, MessageCame)
    channel.deliver(Delivery(IVAN, "✉1/1", "Смените его в приложении.", thread=event.message.thread))
    ((recipient, sent),) = double.sent
    assert recipient == IVAN
    assert (sent["To"], sent["From"], sent["Subject"]) == (IVAN, f"Банк <{ADDRESS}>", "Re: Вопрос")
    assert (sent["In-Reply-To"], sent["References"]) == ("<1@client.example>", "<0@client.example> <1@client.example>")


def test_only_the_bots_letters_say_that_they_are_automatic(channel: EmailChannel, double: EmailDouble) -> None:
    channel.deliver(Delivery(IVAN, "✉1/1", "Здравствуйте", author=Author.BOT))
    channel.deliver(Delivery(IVAN, "✉1/2", "Здравствуйте", author=Author.OPERATOR))
    assert [each["Auto-Submitted"] for _, each in double.sent] == ["auto-replied", None]


def test_a_long_id_of_the_client_comes_back_as_it_was(channel: EmailChannel, double: EmailDouble) -> None:
    name = f"<{'x' * 280}@client.example>"
    (event,) = channel.parse(request(letter(1, Message_ID=name))).events
    assert isinstance(event, MessageCame)
    assert len(event.message.external_id) <= 200
    channel.deliver(Delivery(IVAN, "✉1/1", "Здравствуйте", thread=event.message.thread))
    assert double.sent[0][1]["In-Reply-To"] == name


def test_files_travel_in_one_letter(channel: EmailChannel, double: EmailDouble, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    files = tuple(OutFile(name, "application/pdf", 7, path) for name in ("справка.pdf", "b.pdf"))
    channel.deliver(Delivery(IVAN, "✉1/1", "Вот", (), files))
    attached = list(double.sent[0][1].iter_attachments())  # type: ignore[attr-defined]
    assert [(each.get_filename(), each.get_content()) for each in attached] == [
        ("справка.pdf", b"content"),
        ("b.pdf", b"content"),
    ]


def test_polling_begins_with_what_comes_next_and_repeats_until_the_cursor_moves(
    channel: EmailChannel, double: EmailDouble
) -> None:
    double.put(letter(1))
    first = channel.poll(None, 0)
    assert first.events == ()
    double.put(letter(2))
    double.put(b"no letter at all")
    double.put(letter(3))
    news = channel.poll(first.cursor, 0)
    assert [type(each).__name__ for each in news.events] == ["MessageCame", "Ignored", "MessageCame"]
    assert channel.poll(first.cursor, 0) == news
    assert channel.poll(news.cursor, 0).events == ()


def test_when_the_server_numbers_anew_nothing_is_lost(channel: EmailChannel, double: EmailDouble) -> None:
    double.put(letter(1))
    cursor = channel.poll(None, 0).cursor
    double.validity += 1
    double.put(letter(2))
    news = channel.poll(cursor, 0)
    assert [each.message.external_id for each in news.events if isinstance(each, MessageCame)] == [
        "<1@client.example>",  # known already, so it changes nothing
        "<2@client.example>",
    ]
    assert channel.poll(news.cursor, 0).events == ()


def test_a_file_is_taken_out_of_the_letter(channel: EmailChannel, double: EmailDouble, tmp_path: Path) -> None:
    cursor = channel.poll(None, 0).cursor
    double.put(with_file(1))
    (event,) = channel.poll(cursor, 0).events
    assert isinstance(event, MessageCame)
    (file,) = event.files
    assert (file.name, file.size) == ("чек за ноябрь.pdf", 16)
    assert channel.fetch(file, tmp_path / "file", 1000) == "чек за ноябрь.pdf"
    assert (tmp_path / "file").read_bytes() == b"%PDF-1.4 content"
    for unwanted in (file, RemoteFile("1/1/2", "x"), RemoteFile(file.reference.replace("/1/", "/9/"), "x")):
        with pytest.raises(Undeliverable):
            channel.fetch(unwanted, tmp_path / "file", 10)


def test_a_folder_may_have_a_russian_name(double: EmailDouble) -> None:
    settings = SETTINGS | {"smtp_url": double.url, "imap_url": double.imap_url, "folder": "Клиенты"}
    assert "Клиенты" in EmailChannel(settings).check()


def test_a_wrong_folder_a_wrong_password_and_a_wrong_address_break_the_account(double: EmailDouble) -> None:
    right = SETTINGS | {"smtp_url": double.url, "imap_url": double.imap_url}
    for wrong in (
        {"folder": "Нет"},
        {"password": "x"},
        {"password": "пароль"},
        {"imap_url": "https://bank.example"},
        {"imap_url": ""},
    ):
        with pytest.raises(AccountBroken):
            EmailChannel(right | wrong).poll(None, 0)
    with pytest.raises(AccountBroken):
        EmailChannel(right | {"password": "x"}).deliver(Delivery(IVAN, "✉1/1", "Здравствуйте"))
    with pytest.raises(RetryLater):
        EmailChannel(right | {"imap_url": "imap://127.0.0.1:9"}).poll(None, 0)
