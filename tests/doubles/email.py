"""A double of a mail provider: an SMTP server that keeps what it took, an IMAP server that gives what was put in."""

import base64
import re
import socketserver
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from types import TracebackType
from typing import Any, Self

from tests.doubles.platform import Answered, Asked, Fault

ADDRESS = "help@bank.example"
PASSWORD = "password-of-the-mailbox"
FOLDER = "&BBoEOwQ4BDUEPQRCBEs-"
"""«Клиенты» as IMAP writes it."""
VALIDITY = 1700000000


def at(command: str, said: Answered | str) -> Fault:
    """A fault at one command of SMTP: `.` is the end of the letter, `HELLO` the moment of connecting."""
    return lambda asked: said if asked.method == command else None


def no(code: int, words: str = "no") -> Answered:
    """A refusal of an SMTP server."""
    return Answered(words, code)


class EmailDouble:
    """`sent` are the letters it took, each as (recipient, letter); `letters` what lies in INBOX, by UID.

    `always` is asked at each command of SMTP, as doubles of other platforms are at each request.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.letters: dict[int, bytes] = {}
        self.validity = VALIDITY
        self.always: Fault | None = None
        self._smtp = _server(self, _smtp_talk)
        self._imap = _server(self, _imap_talk)

    @property
    def url(self) -> str:
        """Where SMTP listens."""
        return f"smtp://127.0.0.1:{self._smtp.server_address[1]}"

    @property
    def imap_url(self) -> str:
        """Where IMAP listens."""
        return f"imap://127.0.0.1:{self._imap.server_address[1]}"

    def put(self, letter: EmailMessage | bytes) -> int:
        """A letter comes; returns its UID."""
        uid = max(self.letters, default=0) + 1
        self.letters[uid] = letter if isinstance(letter, bytes) else letter.as_bytes()
        return uid

    def __enter__(self) -> Self:
        for server in (self._smtp, self._imap):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for server in (self._smtp, self._imap):
            server.shutdown()
            server.server_close()


def _server(
    double: EmailDouble, talk: Callable[[EmailDouble, Any], None]
) -> socketserver.ThreadingTCPServer:  # fmt: skip
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                talk(double, self)
            except (ConnectionError, ValueError):
                return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.daemon_threads = True
    server.server_bind()
    server.server_activate()
    return server


class _HungUp(ConnectionError):
    """The server ends the connection without a word."""


def _smtp_talk(double: EmailDouble, handler: Any) -> None:
    recipient = ""

    def say(words: str) -> None:
        handler.wfile.write(words.encode() + b"\r\n")

    def refused(command: str) -> bool:
        said = double.always(Asked(command, "", {}, {}, b"")) if double.always else None
        if isinstance(said, str):
            raise _HungUp
        if said is not None:
            say(f"{said.status} {said.body}")
        return said is not None

    if not refused("HELLO"):
        say("220 double ESMTP")
    while line := handler.rfile.readline().decode().strip():
        command = line.split()[0].upper()
        if command == "QUIT":
            say("221 bye")
            return
        if refused(command):
            continue
        if command == "EHLO":
            say("250-double\r\n250-8BITMIME\r\n250 AUTH PLAIN")
        elif command == "AUTH":
            given = base64.b64decode(line.split()[2]).decode().split("\0")
            say("235 2.7.0 welcome" if given[1:] == [ADDRESS, PASSWORD] else "535 5.7.8 wrong name or password")
        elif command == "MAIL":
            say("250 2.1.0 ok" if f"<{ADDRESS}>" in line else "553 5.7.1 not your address")
        elif command == "RCPT":
            recipient = line.partition("<")[2].partition(">")[0]
            say("250 2.1.5 ok" if "@" in recipient else "501 5.1.3 no address")
        elif command == "DATA":
            say("354 go on")
            content = b""
            while (line_of_letter := handler.rfile.readline()) != b".\r\n":
                if len(line_of_letter) > 1000 or not line_of_letter.endswith(b"\r\n"):
                    say("500 5.5.2 a line is too long or ends wrongly")
                    raise _HungUp
                content += line_of_letter.removeprefix(b".")
            if not refused("."):
                _keep(double, recipient, content, say)
        else:
            say("250 ok")


def _keep(double: EmailDouble, recipient: str, content: bytes, say: Callable[[str], None]) -> None:
    letter = message_from_bytes(content, policy=default)
    missing = [name for name in ("From", "To", "Date", "Message-ID", "Subject") if not letter[name]]
    if missing:
        say(f"550 5.6.0 missing {', '.join(missing)}")
        return
    if all(each["Message-ID"] != letter["Message-ID"] for _, each in double.sent):
        double.sent.append((recipient, letter))
    say("250 2.0.0 taken")


def _imap_talk(double: EmailDouble, handler: Any) -> None:
    def say(words: str, literal: bytes | None = None) -> None:
        handler.wfile.write(words.encode() + (literal + b")" if literal is not None else b"") + b"\r\n")

    say("* OK double")
    while line := handler.rfile.readline().decode().strip():
        tag, command, *rest = line.split(" ")
        command = command.upper()
        if command == "CAPABILITY":
            say("* CAPABILITY IMAP4rev1")
        elif command == "LOGIN":
            if [each.strip('"') for each in rest] != [ADDRESS, PASSWORD]:
                say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")
                continue
        elif command in ("SELECT", "EXAMINE"):
            if rest[0].strip('"') not in ("INBOX", FOLDER):
                say(f"{tag} NO no such folder")
                continue
            say(f"* {len(double.letters)} EXISTS")
            say(f"* OK [UIDVALIDITY {double.validity}] ok")
        elif command == "UID" and rest[0].upper() == "SEARCH":
            say("* SEARCH " + " ".join(map(str, _found(double, rest[1:]))))
        elif command == "UID" and rest[0].upper() == "FETCH":
            _give(double, int(rest[1]), " ".join(rest[2:]), say)
        elif command == "LOGOUT":
            say("* BYE")
        say(f"{tag} OK done")


def _found(double: EmailDouble, criteria: list[str]) -> list[int]:
    """UIDs from a number on; as the standard has it, `n:*` always finds the last letter."""
    if criteria[0].upper() == "SINCE":
        return sorted(double.letters)
    first = int(criteria[1].partition(":")[0])
    last = max(double.letters, default=0)
    return sorted(uid for uid in double.letters if uid >= min(first, last))


def _give(double: EmailDouble, uid: int, what: str, say: Callable[..., None]) -> None:
    raw = double.letters.get(uid)
    if raw is None:
        return
    if "RFC822.SIZE" in what:
        say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
        return
    part = re.search(r"<(\d+)\.(\d+)>", what)
    given = raw[int(part[1]) : int(part[1]) + int(part[2])] if part else raw
    say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(given)}}}\r\n", given)
