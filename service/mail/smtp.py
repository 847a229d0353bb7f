"""E-mail through an SMTP server, with STARTTLS or TLS; certificates are checked."""

import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from service.domain.letters import Letter
from service.mail.base import NotNow, Refused
from service.settings import Settings

TIMEOUT_SECONDS = 15
LASTING = range(500, 600)
"""Replies that say no for good; 4xx ask to come again."""


class SmtpPostman:
    """Opens a connection a letter: letters are few, and a server that was restarted is no special case."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> None:
        """Hand the letter to the server."""
        try:
            with self._connection() as server:
                if self._settings.smtp_user:
                    server.login(self._settings.smtp_user, self._settings.smtp_password)
                server.send_message(as_message(letter, self._settings.mail_from))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _translated(min(codes, default=550), "the address was refused") from error
        except smtplib.SMTPResponseException as error:
            raise _translated(error.smtp_code, f"the server said {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotNow(f"{type(error).__name__}: the server can't be used") from error

    def _connection(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=self._trust())
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        if self._settings.smtp_security == "starttls":
            try:
                server.starttls(context=self._trust())
            except BaseException:
                server.close()
                raise
        return server

    def _trust(self) -> ssl.SSLContext:
        """Read at each letter: certificates are renewed while the service runs."""
        return ssl.create_default_context(cafile=self._settings.smtp_ca)


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as a MIME message. Its Message-ID is the same at each try, so that programs show it once."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate(localtime=False)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{hashlib.sha256(letter.once.encode()).hexdigest()[:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    for enclosure in letter.enclosures:
        kind, _, subkind = enclosure.media_type.partition("/")
        message.add_attachment(enclosure.content, maintype=kind, subtype=subkind, filename=enclosure.name)
    return message


def _translated(code: int, what: str) -> NotNow | Refused:
    return Refused(what) if code in LASTING else NotNow(what)
