"""E-mail: an SMTP server, or the demo's mailbox. Letters lie in the database until they are sent: see `posting`."""

from collections.abc import Callable
from datetime import datetime

from service.errors import SetupError
from service.mail.base import Postman
from service.mail.mailbox import Mailbox
from service.mail.smtp import SmtpPostman
from service.settings import Settings


def open_mail(settings: Settings, clock: Callable[[], datetime]) -> Postman | None:
    """Who sends e-mail by the settings; None when nobody does. SetupError names what is missing."""
    match settings.mail:
        case "demo":
            return Mailbox(clock)
        case "smtp":
            missing = [name for name in ("smtp_host", "mail_from") if not getattr(settings, name)]
            if missing:
                names = ", ".join(f"OTKLIK_{name.upper()}" for name in missing)
                raise SetupError(f"OTKLIK_MAIL is smtp, but {names} is not set")
            return SmtpPostman(settings)
        case _:
            return None
