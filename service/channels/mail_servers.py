"""Connections to mail servers: always encrypted, but on the machine itself; certificates are checked."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from service.channels.base import AccountBroken, RetryLater

TIMEOUT_SECONDS = 20.0
HERE = ("localhost", "127.0.0.1", "::1")
PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}


@dataclass(frozen=True)
class MailServer:
    """Where it is and who we are there.

    `url`: imaps:// and smtps:// are encrypted from the first byte, imap:// and smtp:// by STARTTLS.
    """

    url: str
    user: str
    password: str = field(repr=False)

    def place(self, *schemes: str) -> tuple[str, str, int]:
        """Scheme, host and port; AccountBroken for what is none of `schemes`."""
        try:
            split = urlsplit(self.url)
            scheme, host, port = split.scheme, split.hostname or "", split.port or PORTS.get(split.scheme, 0)
        except ValueError:
            scheme, host, port = "", "", 0
        if scheme not in schemes or not host:
            raise AccountBroken(f"the address of the mail server must be like {schemes[0]}://mail.bank.example")
        return scheme, host, port


def open_smtp(server: MailServer) -> smtplib.SMTP:
    """A connection that may send; RetryLater when the server can't be used now, AccountBroken when it refuses us."""
    scheme, host, port = server.place("smtps", "smtp")
    connection: smtplib.SMTP | None = None
    with _told("SMTP"):
        try:
            if scheme == "smtps":
                context = ssl.create_default_context()
                connection = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
            else:
                connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
                connection.ehlo()
                if connection.has_extn("starttls") or host not in HERE:
                    connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
            if connection.has_extn("auth"):
                connection.login(server.user, server.password)
            return connection
        except BaseException:
            if connection is not None:
                connection.close()
            raise


def open_imap(server: MailServer) -> imaplib.IMAP4:
    """A connection that is signed in; RetryLater and AccountBroken like `open_smtp`."""
    scheme, host, port = server.place("imaps", "imap")
    with _told("IMAP"):
        if scheme == "imaps":
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS
            )
        else:
            connection = imaplib.IMAP4(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if scheme == "imap" and ("STARTTLS" in connection.capabilities or host not in HERE):
                connection.starttls(ssl.create_default_context())
            try:
                connection.login(server.user, server.password)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                raise AccountBroken("the IMAP server does not accept the name and the password") from None
            return connection
        except BaseException:
            connection.shutdown()
            raise


@contextmanager
def _told(protocol: str) -> Iterator[None]:
    """What a failure to get in means."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise RetryLater(f"the SMTP server can't check us now ({error.smtp_code})", platform_away=True) from None
        raise AccountBroken(f"the SMTP server does not accept the name and the password ({error.smtp_code})") from None
    except UnicodeError:
        raise AccountBroken(f"the {protocol} server can't be told a password with other letters than ASCII") from None
    except ssl.SSLCertVerificationError:
        raise AccountBroken(f"the {protocol} server's certificate can't be trusted") from None
    except smtplib.SMTPNotSupportedError:
        raise AccountBroken("the SMTP server offers no encryption or no way to sign in that we know") from None
    except (smtplib.SMTPException, imaplib.IMAP4.error, OSError) as error:
        raise RetryLater(f"the {protocol} server can't be used ({type(error).__name__})", platform_away=True) from None
