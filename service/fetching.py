"""Files of clients that lie at a platform: fetched by the worker, judged like any upload, and then made a message."""

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from service import filing
from service.channels.base import AccountBroken, FateUnknown, FetchesFiles, RemoteFile, RetryLater, Undeliverable
from service.domain.messages import InboundMessage
from service.errors import FileRefused, FileTooLarge, ScannerUnavailable, StorageUnavailable, TooManyRequests
from service.filing import MOST_IN_A_MESSAGE
from service.office import Office
from service.policies.attachments import clean_name
from service.receiving import from_json, give_to_inbox
from service.storage import arrivals
from service.storage.arrivals import Arrival

log = logging.getLogger(__name__)
RETRY_SECONDS = (2, 10, 60, 300, 900)


class _NotNow(Exception):
    """The file can't be fetched or kept now."""


def fetch_due(office: Office) -> int:
    """Fetch the files of what has arrived and make messages of it; returns how many messages."""
    with office.database.read() as connection:
        due = arrivals.due(connection, office.clock())
    return sum(_make_message(first, office) for first in due)


def _make_message(first: Arrival, office: Office) -> bool:
    with office.database.read() as connection:
        parts = arrivals.parts(connection, first)
    ids = [each.id for each in parts]
    message, files = _together(parts)
    try:
        taken = _fetch_all(message, files, office, last=first.attempts >= len(RETRY_SECONDS))
    except _NotNow:
        pause = RETRY_SECONDS[min(first.attempts, len(RETRY_SECONDS) - 1)]
        with office.database.write() as connection:
            arrivals.put_off(connection, ids, office.clock() + timedelta(seconds=pause))
        return False
    give_to_inbox(taken, office)
    with office.database.write() as connection:
        arrivals.finish(connection, ids)
    return True


def _together(parts: Sequence[Arrival]) -> tuple[InboundMessage, tuple[RemoteFile, ...]]:
    """One message of the parts of an album: the words of those that have some, the files of all."""
    read = [from_json(each.content) for each in parts]
    words = "\n".join(message.text for message, _ in read if message.text)
    return replace(read[0][0], text=words), tuple(file for _, files in read for file in files)


def _fetch_all(message: InboundMessage, files: Sequence[RemoteFile], office: Office, *, last: bool) -> InboundMessage:
    """The message with its files, and the names of those that could not be taken."""
    keys: list[str] = []
    refused: list[str] = []
    for file in files[:MOST_IN_A_MESSAGE]:
        try:
            keys.append(_fetch(message, file, office))
        except (Undeliverable, FileRefused, FileTooLarge, TooManyRequests):
            refused.append(file.name)
        except _NotNow:
            if not last:
                raise
            refused.append(file.name)
    refused += [file.name for file in files[MOST_IN_A_MESSAGE:]]
    return replace(message, files=tuple(keys), refused_files=tuple(clean_name(name) for name in refused))


def _fetch(message: InboundMessage, file: RemoteFile, office: Office) -> str:
    channel = office.channels[message.channel]
    most = min(office.settings.file_max_mb * 2**20, channel.rules.file_bytes)
    if not isinstance(channel, FetchesFiles) or (file.size is not None and file.size > most):
        raise Undeliverable("this file is not fetched")
    try:
        with tempfile.TemporaryDirectory(prefix="otklik-fetch-") as folder:
            path = Path(folder) / "file"
            name = channel.fetch(file, path, most)
            with path.open("rb") as content:
                kept = filing.receive_from_client(name, content, message.channel, message.client_external_id, office)
    except (RetryLater, FateUnknown, AccountBroken, StorageUnavailable, ScannerUnavailable, OSError) as error:
        log.info("a file could not be fetched now", extra={"channel": message.channel, "problem": type(error).__name__})
        raise _NotNow from error
    return kept.key
