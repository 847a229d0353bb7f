"""E-mail against servers nobody here wrote: mail-devel, an SMTP and IMAP server in memory.

It runs from an environment of its own, in OTKLIK_MAIL_DEVEL or ~/.cache/otklik-judges/mail-devel; CONTRIBUTING.md says
how to make it. Without it these tests are skipped.
"""

import os
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.channels.base import AccountBroken, Delivery, MessageCame, OutFile
from service.channels.email import EmailChannel
from service.domain.messages import Author

HOME = Path(os.environ.get("OTKLIK_MAIL_DEVEL", Path.home() / ".cache/otklik-judges/mail-devel"))
PROGRAM = HOME / "bin/mail_devel"
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="mail-devel is not installed in an environment of its own")
BANK, IVAN = "help@bank.example", "ivan@client.example"
PASSWORD = "password-of-every-mailbox"
PATIENCE_SECONDS = 20.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            continue
        return
    pytest.fail("mail-devel did not begin to listen")


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """The ports of SMTP and IMAP of a server with a mailbox for everybody."""
    smtp, imap = free_port(), free_port()
    command = [
        str(PROGRAM), "--host", "127.0.0.1", "--user", BANK, "--password", PASSWORD, "--no-http", "--multi-user",
        "--imap-port", str(imap), "--smtp-port", str(smtp), "--smtps-port", str(free_port()),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for port in (smtp, imap):
                wait_for(port, server)
            yield smtp, imap
        finally:
            server.terminate()


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
