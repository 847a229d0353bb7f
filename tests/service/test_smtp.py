"""Letters really go to an SMTP server: aiosmtpd, which nobody here wrote, with STARTTLS, TLS and a sign-in."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.domain.letters import Enclosure, Letter
from service.mail.base import NotNow, Refused
from service.mail.smtp import SmtpPostman
from service.office import open_office
from service.posting import post_due
from service.settings import Settings
from service.storage import letters
from service.storage.database import Database
from service.storage.migrate import migrate
from tests.service.conftest import Clock

# The server can't know that the whole connection is encrypted.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")]
USER, PASSWORD = "otklik", "password-of-the-relay"
CODE = Letter(
    "code/7", "code", "irina.sokolova@example.com", "Код для чата с банком", "Вот код:\n\n482 913\n\nВаш банк"
)


class Received:
    """What the server took; `refuses` is a recipient that it won't have, `busy` says 451 to every letter."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage, bool]] = []
        self.busy = False
        self.refuses = "nobody@example.com"

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """A recipient is named."""
        if address == self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """A letter came."""
        if self.busy:
            return "451 come again later"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append((str(envelope.rcpt_tos[0]), message, server.transport.get_extra_info("cipher") is not None))
        return "250 taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for «localhost» with its key, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture(params=["starttls", "tls"])
def relay(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Received, Settings]]:
    """A mail server that wants TLS and a password, and the settings of a client of it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    received = Received()

    def signs_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)  # the server says no itself

    wanted: dict[str, Any] = {"authenticator": signs_in, "auth_required": True}
    if request.param == "starttls":
        wanted |= {"tls_context": context, "require_starttls": True}
    else:
        wanted |= {"ssl_context": context, "auth_require_tls": False}  # the whole connection is encrypted already
    controller = Controller(received, hostname="127.0.0.1", port=free_port(), server_hostname="localhost", **wanted)
    controller.start()
    yield received, Settings(
        mail="smtp", mail_from="Bank <no-reply@bank.example>", smtp_host="localhost", smtp_port=controller.port,
        smtp_security=request.param, smtp_user=USER, smtp_password=PASSWORD, smtp_ca=certificate,
    )  # fmt: skip
    controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_letter_with_a_code_arrives_as_it_was_written(relay: tuple[Received, Settings]) -> None:
    received, settings = relay
    table = Enclosure("выписка.csv", "text/csv", "Дата;Сумма\n".encode())
    SmtpPostman(settings).send(CODE)
    SmtpPostman(settings).send(Letter("s/1", "statement", CODE.to, "Выписка", "Во вложении.", enclosures=(table,)))
    (to, letter, encrypted), (_, statement, _) = received.letters
    assert encrypted
    assert (to, letter["To"], letter["Subject"]) == (CODE.to, CODE.to, CODE.subject)
    assert letter["From"] == settings.mail_from
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == CODE.text.splitlines()
    (attached,) = statement.iter_attachments()
    assert attached.get_filename() == "выписка.csv"
    assert attached.get_payload(decode=True) == table.content


def test_a_recipient_whom_the_server_does_not_know_is_not_tried_again(relay: tuple[Received, Settings]) -> None:
    received, settings = relay
    with pytest.raises(Refused):
        SmtpPostman(settings).send(Letter("x", "code", received.refuses, "s", "t"))
    assert received.letters == []


@pytest.mark.parametrize("wrong", [{"smtp_password": "guessed"}, {"smtp_user": ""}])
def test_a_server_that_wants_a_sign_in_gets_no_letter_without_it(
    relay: tuple[Received, Settings], wrong: dict[str, str]
) -> None:
    received, settings = relay
    with pytest.raises((NotNow, Refused)):
        SmtpPostman(settings.model_copy(update=wrong)).send(CODE)
    assert received.letters == []


def test_nobody_who_can_not_be_trusted_gets_the_letter(relay: tuple[Received, Settings]) -> None:
    """A certificate that nobody we trust has signed, and one for another name: a server in the middle."""
    received, settings = relay
    for wrong in ({"smtp_ca": None}, {"smtp_host": "127.0.0.1"}):
        with pytest.raises(NotNow, match="can't be used"):
            SmtpPostman(settings.model_copy(update=wrong)).send(CODE)
    assert received.letters == []


def test_a_server_that_is_away_busy_or_silent_is_asked_later(
    relay: tuple[Received, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    received, settings = relay
    received.busy = True
    with pytest.raises(NotNow):
        SmtpPostman(settings).send(CODE)
    with pytest.raises(NotNow):
        SmtpPostman(settings.model_copy(update={"smtp_port": free_port()})).send(CODE)
    monkeypatch.setattr("service.mail.smtp.TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotNow):  # takes the call, says nothing
        SmtpPostman(settings.model_copy(update={"smtp_port": silent.getsockname()[1]})).send(CODE)


def test_what_could_not_be_sent_is_sent_when_the_server_is_back_and_a_late_code_is_not(
    relay: tuple[Received, Settings], tmp_path: Path, clock: Clock
) -> None:
    received, settings = relay
    settings = settings.model_copy(update={"var_dir": tmp_path, "log_level": "ERROR"})
    database = Database(settings.database)
    migrate(database)
    database.close()
    office = open_office(settings, clock=clock, reads=False)
    until = clock.now + timedelta(minutes=10)
    with office.database.write() as connection:
        letters.add(connection, CODE, clock.now)
        letters.add(connection, Letter("code/8", "code", CODE.to, "s", "late", until), clock.now)
    received.busy = True
    assert post_due(office) == 0
    received.busy = False
    assert post_due(office) == 0, "it rests a little first"
    clock.move(minutes=11)
    assert post_due(office) == 1
    assert [letter.get_content().split()[2:4] for _, letter, _ in received.letters] == [["482", "913"]]
    office.close()
