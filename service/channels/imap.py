"""A folder of letters over IMAP, looked into without changing anything in it.

A place is UIDVALIDITY/UID: it names a letter for as long as the server keeps its numbers.
"""

import base64
import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from service.channels.base import AccountBroken, RetryLater
from service.channels.mail_servers import MailServer, open_imap

AT_ONCE = 20
LARGEST = 40 * 2**20
BEGINNING = 512 * 2**10
"""Of a letter that is larger than LARGEST only so much is read: its words, but not its files."""
LOOK_BACK_DAYS = 3
"""So far back is looked again when the server has given all letters new numbers; those known are known by their id."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FOREIGN = re.compile(r"[^\x20-\x7e]+")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Folder:
    """An open folder."""

    def __init__(self, connection: imaplib.IMAP4, name: str, count: int) -> None:
        self._connection = connection
        self.name = name
        self.count = count
        self.validity = self._number("UIDVALIDITY")

    def last_uid(self) -> int:
        """The highest number in use; 0 in an empty folder."""
        return max(self._search("UID", "1:*"), default=0)

    def after(self, cursor: str) -> tuple[list[tuple[str, bytes]], str]:
        """The next letters behind a place, oldest first, each with its own; and the place to go on from."""
        validity, _, last = cursor.partition("/")
        self._connection.noop()
        if validity == str(self.validity) and last.isdigit():
            uids = self._search("UID", f"{int(last) + 1}:*")
            newer = sorted(uid for uid in uids if uid > int(last))[:AT_ONCE]
        else:
            day = datetime.now(UTC) - timedelta(days=LOOK_BACK_DAYS)
            uids = self._search("SINCE", f"{day.day}-{MONTHS[day.month - 1]}-{day.year}")
            newer = sorted(uids)
            last = str(self.last_uid())
        found = [(f"{self.validity}/{uid}", raw) for uid in newer if (raw := self._read(uid)) is not None]
        return found, f"{self.validity}/{max([int(last), *newer])}"

    def letter(self, place: str) -> bytes | None:
        """The letter that lies there; None when it is gone."""
        validity, _, uid = place.partition("/")
        return self._read(int(uid)) if validity == str(self.validity) and uid.isdigit() else None

    def _read(self, uid: int) -> bytes | None:
        sizes = b" ".join(each if isinstance(each, bytes) else each[0] for each in self._fetch(uid, "(RFC822.SIZE)"))
        size = _SIZE.search(sizes)
        what = f"BODY.PEEK[]<0.{BEGINNING}>" if size and int(size[1]) > LARGEST else "BODY.PEEK[]"
        return next((bytes(each[1]) for each in self._fetch(uid, f"({what})") if isinstance(each, tuple)), None)

    def _fetch(self, uid: int, what: str) -> list[Any]:
        status, told = self._connection.uid("FETCH", str(uid), what)
        if status != "OK":
            raise RetryLater("the IMAP server does not give a letter", platform_away=True)
        return [each for each in told if each is not None]

    def _search(self, *criteria: str) -> list[int]:
        status, told = self._connection.uid("SEARCH", *criteria)
        if status != "OK":
            raise RetryLater("the IMAP server does not search", platform_away=True)
        return [int(each) for each in (told[0] or b"").split()]

    def _number(self, what: str) -> int:
        _, told = self._connection.response(what)
        found = told[0] if told else None
        return int(found) if isinstance(found, bytes) and found.isdigit() else 0


class Mailbox:
    """A folder at a server."""

    def __init__(self, server: MailServer, folder: str) -> None:
        self._server = server
        self._folder = folder

    @contextmanager
    def open(self) -> Iterator[Folder]:
        """The folder while the block lasts; RetryLater or AccountBroken."""
        connection = open_imap(self._server)
        try:
            status, told = connection.select(_quoted(self._folder), readonly=True)
            if status != "OK":
                raise AccountBroken("the IMAP server has no such folder")
            yield Folder(connection, self._folder, int(told[0] or 0))
        except (imaplib.IMAP4.error, OSError) as error:
            raise RetryLater(f"the IMAP server hung up ({type(error).__name__})", platform_away=True) from None
        finally:
            connection.shutdown()


def _quoted(name: str) -> str:
    """A folder's name as IMAP wants it: other letters than ASCII in the modified UTF-7 of RFC 3501."""
    written = _FOREIGN.sub(_modified, name.replace("&", "&-"))
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _modified(foreign: re.Match[str]) -> str:
    packed = base64.b64encode(foreign[0].encode("utf-16-be"), b"+,").decode()
    return f"&{packed.rstrip('=')}-"
