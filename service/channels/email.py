"""E-mail: letters are read over IMAP and answered over SMTP, in the client's thread. See email.md beside this file."""

import hashlib
import json
import smtplib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, parseaddr
from pathlib import Path
from typing import Any, ClassVar

from service.channels.base import (
    AccountBroken,
    Delivery,
    DeliveryReported,
    Event,
    FateUnknown,
    Ignored,
    Inbound,
    Malformed,
    MessageCame,
    Polled,
    Receipt,
    RemoteFile,
    RetryLater,
    Setting,
    SignatureRefused,
    Undeliverable,
    WebhookRequest,
)
from service.channels.imap import Mailbox
from service.channels.letters import Letter, content_of, open_letter, read_bounce, read_letter, robot
from service.channels.mail_servers import MailServer, open_smtp
from service.channels.reading import hmac_sha256, json_object, words_of
from service.domain.channels import ChannelKind, ChannelRules
from service.domain.messages import Author, DeliveryState, InboundMessage

LOOK_SECONDS = 4.0
"""How often an open mailbox is looked into."""
LONGEST_SUBJECT = 200
SENDER_REFUSED_SIZE = 552


class EmailChannel:
    """One mailbox. Letters are told apart by Message-ID; ours have one that is the same at every attempt."""

    name = "email"
    kind = ChannelKind.EMAIL
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=100_000,
        caption_length=100_000,
        files_at_once=10,
        per_second=5.0,
        chat_per_second=1.0,
        slots=2,
        has_idempotency_key=True,  # mail systems and programs show letters of one Message-ID once
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("address"),
        Setting("user", required=False),
        Setting("password", secret=True),
        Setting("imap_url"),
        Setting("smtp_url"),
        Setting("folder", required=False, default="INBOX"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._name, self._address = parseaddr(settings["address"])
        user = settings["user"] or self._address
        self._password = settings["password"]
        self._smtp = MailServer(settings["smtp_url"], user, self._password)
        self._mailbox = Mailbox(MailServer(settings["imap_url"], user, self._password), settings["folder"])

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """Letters are fetched by us; nobody brings them."""
        raise SignatureRefused("e-mail has no webhook: letters are read from the mailbox")

    def parse(self, request: WebhookRequest) -> Inbound:
        """The body is one letter, as it lies in the mailbox."""
        return Inbound((self._event(request.body, "0/0"),))

    def _event(self, raw: bytes, place: str) -> Event:
        """What a letter means; `place` is where it lies, for its files."""
        letter = open_letter(raw)
        bounce = read_bounce(letter)
        if bounce is not None:
            if not bounce.lasting or bounce.message_id is None:
                return Ignored("a delivery report")
            return DeliveryReported(DeliveryState.FAILED, platform_id=bounce.message_id[:200], error=bounce.reason)
        why = robot(letter)
        if why is not None:
            return Ignored(why)
        read = read_letter(letter, raw)
        if read.sender == self._address.lower():
            return Ignored("a letter of our own")
        if not read.text and not read.files:
            return Ignored("a letter without words or files")
        files = tuple(RemoteFile(f"{place}/{each.number}", each.name, each.size) for each in read.files)
        return MessageCame(
            InboundMessage(
                channel=self.name,
                external_id=_short(read.message_id),
                client_external_id=read.sender,
                text=read.text,
                client_name=read.sender_name,
                thread=_thread(read),
            ),
            files,
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        """One letter in the client's thread."""
        letter = self._letter(delivery)
        with self._sending() as server:
            _accepted(server.mail(self._address), "the sender")
            _accepted(server.rcpt(delivery.recipient), "the recipient")
            try:
                code, said = server.data(letter.as_bytes())
            except smtplib.SMTPDataError as error:
                code, said = error.smtp_code, _bytes(error.smtp_error)
            except (smtplib.SMTPServerDisconnected, OSError):
                raise FateUnknown("the mail server hung up in the middle; the letter may have arrived") from None
            _accepted((code, said), "the letter")
        return Receipt(letter["Message-ID"])

    def _letter(self, delivery: Delivery) -> EmailMessage:
        kept = _kept(delivery.thread)
        letter = EmailMessage(SMTP.clone(max_line_length=900))  # else long ids are folded into encoded words
        letter["From"] = formataddr((self._name, self._address)) if self._name else self._address
        letter["To"] = delivery.recipient
        letter["Subject"] = f"Re: {kept['subject']}" if kept["subject"] else self._name or self._address
        letter["Date"] = formatdate(localtime=False)
        domain = self._address.rpartition("@")[2] or "localhost"
        once = hmac_sha256(self._password, f"{delivery.recipient} {delivery.key}".encode())
        letter["Message-ID"] = f"<{once[:40]}@{domain}>"
        if kept["id"]:
            letter["In-Reply-To"] = kept["id"]
            letter["References"] = " ".join((*kept["references"], kept["id"]))
        if delivery.author is not Author.OPERATOR:
            letter["Auto-Submitted"] = "auto-replied"
            letter["X-Auto-Response-Suppress"] = "All"
        letter.set_content(delivery.text or "\n", cte="base64")
        for file in delivery.files:
            kind, _, subkind = file.media_type.partition("/")
            letter.add_attachment(file.path.read_bytes(), maintype=kind, subtype=subkind, filename=file.name)
        return letter

    @contextmanager
    def _sending(self) -> Iterator[smtplib.SMTP]:
        """A connection that may send; whatever breaks before a letter is handed over surely did not send it."""
        server = open_smtp(self._smtp)
        try:
            yield server
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise RetryLater(f"the mail server hung up ({type(error).__name__})", platform_away=True) from None
        finally:
            server.close()

    def check(self) -> str:
        """Sign in to both servers; how many letters lie in the folder."""
        with self._mailbox.open() as folder:
            count = folder.count
        open_smtp(self._smtp).close()
        return f"{self._address}: {count} letters in {folder.name}; both servers let us in"

    def polls(self) -> bool:
        """Always: there is no other way."""
        return True

    def poll(self, cursor: str | None, wait_seconds: float) -> Polled:
        """Letters that have come after `cursor`; the first time what lies there already is left to people."""
        until = time.monotonic() + wait_seconds
        with self._mailbox.open() as folder:
            if cursor is None:
                return Polled((), f"{folder.validity}/{folder.last_uid()}")
            while True:
                found, following = folder.after(cursor)
                left = until - time.monotonic()
                if found or following != cursor or left <= 0:
                    return Polled(tuple(self._safe_event(raw, place) for place, raw in found), following)
                time.sleep(min(LOOK_SECONDS, left))

    def _safe_event(self, raw: bytes, place: str) -> Event:
        try:
            return self._event(raw, place)
        except Malformed as error:  # one broken letter must not hold up the others for ever
            return Ignored(f"a malformed letter ({error})")

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Take the file out of the letter, which still lies in the folder."""
        place, _, number = file.reference.rpartition("/")
        with self._mailbox.open() as folder:
            raw = folder.letter(place)
        content = content_of(open_letter(raw), int(number)) if raw is not None else None
        if content is None:
            raise Undeliverable("the letter is no longer in the mailbox")
        if len(content) > most_bytes:
            raise Undeliverable(f"the file is larger than {most_bytes // 2**20} MB")
        into.write_bytes(content)
        return file.name


def _short(message_id: str) -> str:
    return message_id if len(message_id) <= 200 else f"<{hashlib.sha256(message_id.encode()).hexdigest()}@long.id>"


def _thread(letter: Letter) -> str:
    """What the next letter of ours needs to stand in the client's thread."""
    told = {"id": letter.message_id, "references": letter.references, "subject": letter.subject[:LONGEST_SUBJECT]}
    return json.dumps(told, ensure_ascii=False)


def _kept(thread: str | None) -> dict[str, Any]:
    try:
        told = json_object((thread or "{}").encode())
    except Malformed:
        told = {}
    references = told.get("references")
    return {
        "id": words_of(told, "id", 400),
        "subject": words_of(told, "subject"),
        "references": [each for each in references if isinstance(each, str)] if isinstance(references, list) else [],
    }


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _accepted(answer: tuple[int, bytes], what: str) -> None:
    """Nothing for a yes; what a no of a mail server means for the letter."""
    code, said = answer
    if code in (250, 251):
        return
    words = f"{what} was refused: {code} {said.decode('utf-8', 'replace')[:200]}"
    if code == 421:
        raise RetryLater(words, platform_away=True)
    if code < 500:
        raise RetryLater(words)
    if what == "the sender" and code != SENDER_REFUSED_SIZE:
        raise AccountBroken(words)
    gone = what == "the recipient" and (b"5.1." in said or b"5.2.1" in said or code in (550, 551, 553))
    raise Undeliverable(words, unreachable=gone)
