"""Files of clients that lie at a platform: fetched after the platform was answered, and judged like any upload."""

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from service import filing
from service.channels.base import AccountBroken, FateUnknown, FetchesFiles, RemoteFile, RetryLater, Undeliverable
from service.domain.messages import InboundMessage
from service.errors import FileRefused, FileTooLarge, ScannerUnavailable, StorageUnavailable, TooManyRequests
from service.filing import MOST_IN_A_MESSAGE
from service.office import Office
from service.policies.attachments import clean_name

log = logging.getLogger(__name__)


class NotNow(Exception):
    """The file can't be fetched or kept now."""


def fetch_all(message: InboundMessage, files: Sequence[RemoteFile], office: Office, *, last: bool) -> InboundMessage:
    """The message with its files, and the names of those that could not be taken.

    Raises NotNow when a file may be had later; at the `last` try it is named with those that could not be taken.
    """
    keys: list[str] = []
    refused: list[str] = []
    for file in files[:MOST_IN_A_MESSAGE]:
        try:
            keys.append(_fetch(message, file, office))
        except (Undeliverable, FileRefused, FileTooLarge, TooManyRequests):
            refused.append(file.name)
        except NotNow:
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
        raise NotNow from error
    return kept.key
