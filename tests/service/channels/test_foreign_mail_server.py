"""E-mail against servers nobody here wrote: mail-devel. Skipped with the reason where it can't be installed."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.channels.base import AccountBroken, Delivery, MessageCame, OutFile
from service.channels.email import EmailChannel
from service.domain.messages import Author
from tests.doubles.foreign_mail_server import PASSWORD, PATIENCE_SECONDS, missing, running_mail_server

BANK, IVAN = "help@bank.example", "ivan@client.example"


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """The ports of SMTP and IMAP of the server."""
    if reason := missing():
        pytest.skip(reason)
    with running_mail_server(BANK) as running:
        yield running


def mailbox(ports: tuple[int, int], address: str = BANK, password: str = PASSWORD) -> EmailChannel:
    """Somebody's mailbox at the server."""
    smtp, imap = ports
    return EmailChannel({
        "address": address, "user": "", "password": password, "folder": "INBOX",
        "smtp_url": f"smtp://127.0.0.1:{smtp}", "imap_url": f"imap://127.0.0.1:{imap}",
    })  # fmt: skip


def write(ports: tuple[int, int], letter: EmailMessage) -> None:
    """The client's program sends a letter."""
    with smtplib.SMTP("127.0.0.1", ports[0]) as server:
        server.send_message(letter)


def test_a_conversation_by_letters_with_files_both_ways(ports: tuple[int, int], tmp_path: Path) -> None:
    bank, client = mailbox(ports), mailbox(ports, IVAN)
    assert BANK in bank.check()
    at_bank, at_client = bank.poll(None, 0).cursor, client.poll(None, 0).cursor

    question = EmailMessage()
    question["From"], question["To"], question["Subject"] = f"Иван <{IVAN}>", BANK, "ПИН-код"
    question["Message-ID"] = "<1@client.example>"
    question.set_content("Как сменить ПИН-код?\n\n-- \nИван")
    question.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="чек.pdf")
    write(ports, question)
    (came,) = bank.poll(at_bank, PATIENCE_SECONDS).events
    assert isinstance(came, MessageCame)
    assert (came.message.text, came.message.client_external_id) == ("Как сменить ПИН-код?", IVAN)
    assert bank.fetch(came.files[0], tmp_path / "came", 1000) == "чек.pdf"
    assert (tmp_path / "came").read_bytes() == b"%PDF-1.4 x"

    path = tmp_path / "key"
    path.write_bytes(b"%PDF-1.4 y")
    said = "Смените его в приложении: «Карты» → «ПИН-код». 🎄\n." + " И ещё одно очень длинное предложение." * 50
    file = OutFile("памятка.pdf", "application/pdf", 10, path)
    bank.deliver(Delivery(IVAN, "✉1/1", said, (), (file,), thread=came.message.thread))
    automatic = client.poll(at_client, PATIENCE_SECONDS)
    assert [type(each).__name__ for each in automatic.events] == ["Ignored"]  # two robots don't talk to each other
    bank.deliver(Delivery(IVAN, "✉1/2", said, (), (file,), Author.OPERATOR, came.message.thread))
    (read,) = client.poll(automatic.cursor, PATIENCE_SECONDS).events
    assert isinstance(read, MessageCame)
    assert read.message.text == said
    assert '"<1@client.example>"' in (read.message.thread or "")
    assert client.fetch(read.files[0], tmp_path / "sent", 1000) == "памятка.pdf"


def test_a_wrong_password_is_told(ports: tuple[int, int]) -> None:
    with pytest.raises(AccountBroken):
        mailbox(ports, password="wrong").poll(None, 0)
