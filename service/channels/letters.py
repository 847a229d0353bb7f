"""Letters as they come: who wrote, what, in answer to which; and which of them nobody ever answers (RFC 3834)."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from service.channels.base import Malformed
from service.channels.quotes import strip_quotes, text_of_html

LONGEST_TEXT = 20_000
MOST_REFERENCES = 10
LEAST_PICTURE = 8 * 2**10
"""Pictures within the words that are smaller are logos of a signature."""
ROBOTS = ("mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply", "do-not-reply", "bounce", "bounces")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?")
_ID = re.compile(r"<[^<>\s]{1,300}>")
_ANSWER = re.compile(r"^\s*(?:(?:re|fwd?|aw|отв|ответ|на)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Enclosed:
    """A file in a letter; `number` counts the parts of the letter, `size` is in bytes."""

    number: int
    name: str
    size: int


@dataclass(frozen=True)
class Letter:
    """A client's letter. `message_id` is never empty: a letter without one gets the same made one every time."""

    sender: str
    sender_name: str | None
    message_id: str
    references: tuple[str, ...]
    subject: str
    text: str
    files: tuple[Enclosed, ...]


@dataclass(frozen=True)
class Bounce:
    """A mail system's word that a letter of ours was not delivered; `lasting` is False while it goes on trying."""

    message_id: str | None
    reason: str
    lasting: bool


def open_letter(raw: bytes) -> Message:
    """The letter; Malformed for what has no sender at all."""
    letter = message_from_bytes(raw)
    if not letter.get("From"):
        raise Malformed("the letter has no sender")
    return letter


def robot(letter: Message) -> str | None:
    """Why this letter was written by a program and must not be answered; None for one of a person."""
    sent = _first(letter, "Auto-Submitted").partition(";")[0].strip().lower()
    if sent and sent != "no":
        return "an automatic reply"
    if _first(letter, "Return-Path").strip() == "<>":
        return "a letter without a way back"
    if _first(letter, "Precedence").strip().lower() in ("bulk", "list", "junk", "auto_reply"):
        return "a mass letter"
    names = {name.lower() for name in letter}
    if any(name.startswith("list-") for name in names):
        return "a letter of a mailing list"
    if names & {"x-autoreply", "x-autorespond", "x-auto-reply"}:
        return "an automatic reply"
    local = (_address(letter)[1] or "").partition("@")[0]
    return "a letter of a mail system" if local.partition("+")[0] in ROBOTS else None


def read_bounce(letter: Message) -> Bounce | None:
    """What a delivery report says; None for any other letter."""
    if letter.get_content_type() != "multipart/report":
        return None
    status, reason, message_id = "", "", None
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in _blocks(part):
                status = _first(block, "Status").strip() or status
                reason = _first(block, "Diagnostic-Code") or reason
        elif kind in ("text/rfc822-headers", "message/rfc822"):
            found = _ID.search(_original(part))
            message_id = found[0] if found else message_id
    if not status:
        return Bounce(None, "a report of another kind", lasting=False)
    said = " ".join((reason or status).split())[:200]
    return Bounce(message_id, said, lasting=status.startswith("5"))


def _blocks(part: Message) -> Iterator[Message]:
    content = part.get_payload()
    yield from (each for each in content if isinstance(each, Message)) if isinstance(content, list) else ()


def _original(part: Message) -> str:
    """The Message-ID line of the letter that a report gives back."""
    content = part.get_payload()
    if isinstance(content, list):
        return next((_first(each, "Message-ID") for each in content if isinstance(each, Message)), "")
    words = _decoded(part)
    return _first(message_from_bytes(words.encode("utf-8", "replace")), "Message-ID")


def read_letter(letter: Message, raw: bytes) -> Letter:
    """What a client has written; Malformed where the sender has no address to answer to."""
    name, address = _address(letter)
    if address is None:
        raise Malformed("the sender has no address that could be answered")
    found = _ID.search(_first(letter, "Message-ID"))
    references = list(dict.fromkeys(_ID.findall(_first(letter, "References") + " " + _first(letter, "In-Reply-To"))))
    subject = " ".join(_first(letter, "Subject").split())[:300]
    text = _words(letter)
    if not references and subject and not _ANSWER.match(subject) and subject.lower() not in text.lower():
        text = f"{subject}\n\n{text}".strip()
    return Letter(
        sender=address,
        sender_name=name,
        message_id=found[0] if found else f"<{hashlib.sha256(raw).hexdigest()}@without.id>",
        references=tuple(references[-MOST_REFERENCES:]),
        subject=_ANSWER.sub("", subject),
        text=text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "\n[…]",
        files=tuple(_files(letter)),
    )


def content_of(letter: Message, number: int) -> bytes | None:
    """The content of the part with this number; None when there is none."""
    part = next((each for at, each in enumerate(letter.walk()) if at == number), None)
    return _content(part) if part is not None else None


def _address(letter: Message) -> tuple[str | None, str | None]:
    """Name and address of the sender. Only From counts: who forges it must not choose where the answer goes."""
    for name, address in getaddresses([_first(letter, "From")])[:1]:
        plain = address.strip().lower()
        if len(plain) <= 200 and _ADDRESS.fullmatch(plain):
            return " ".join(name.split())[:200] or None, plain
    return None, None


def _first(letter: Message, name: str) -> str:
    """A header in plain letters; "" when there is none."""
    value = letter.get(name)
    if value is None:
        return ""
    try:
        words = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        words = str(value)
    return words.encode("utf-8", "replace").decode().replace("\0", "")


def _words(letter: Message) -> str:
    plain, html = [], []
    for part in letter.walk():
        if part.is_multipart() or _is_file(part):
            continue
        if part.get_content_type() == "text/plain":
            plain.append(_decoded(part))
        elif part.get_content_type() == "text/html":
            html.append(text_of_html(_decoded(part)))
    written = "\n".join(plain).strip() or "\n".join(html)
    return strip_quotes(written.replace("\0", ""))


def _files(letter: Message) -> Iterator[Enclosed]:
    for number, part in enumerate(letter.walk()):
        if part.is_multipart() or not _is_file(part):
            continue
        content = _content(part)
        within = part.get_content_disposition() != "attachment" and part.get_content_maintype() == "image"
        if content and not (within and part.get("Content-ID") and len(content) < LEAST_PICTURE):
            yield Enclosed(number, _name(part), len(content))


def _is_file(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_maintype() not in ("text", "multipart", "message")


def _name(part: Message) -> str:
    written = part.get_filename() or ""
    with suppress(HeaderParseError, LookupError, ValueError):
        written = str(make_header(decode_header(written)))
    if not written:
        written = f"file.{part.get_content_subtype()}"
    return " ".join(written.split())[:200]


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _decoded(part: Message) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
