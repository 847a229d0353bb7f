"""A file's way in: received, judged by name and content, scanned, kept, and only then written down; and its way out."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from service.domain.files import AttachedFile
from service.errors import FileRefused, InvalidInput, NotFound, TooManyRequests
from service.office import Office
from service.policies.attachments import NotTaken, judge_file
from service.storage import files
from service.storage.files import StoredFile

MOST_IN_A_MESSAGE = 5
MOST_WAITING = 10
WAITING_HOURS = 24


@dataclass(frozen=True)
class FileOnDisk:
    """A file to send to somebody who may have it."""

    file: AttachedFile
    path: Path


def receive_from_client(name: str, content: BinaryIO, channel: str, owner: str, office: Office) -> AttachedFile:
    """Keep a client's file until a message of theirs refers to it.

    Raises FileRefused, FileTooLarge, FileInfected, TooManyRequests (too many files that no message refers to),
    StorageUnavailable or ScannerUnavailable; then nothing of it is kept.
    """
    with office.database.read() as connection:
        if files.count_waiting(connection, channel, owner) >= MOST_WAITING:
            raise TooManyRequests("too many files were uploaded without a message; send them first", retry_after=60)
    return _receive(name, content, office, channel, owner=owner)


def receive_from_staff(
    name: str, content: BinaryIO, channel: str, staff_id: int, conversation_id: int, office: Office
) -> AttachedFile:
    """Keep an operator's file for a reply in this conversation; raises as `receive_from_client` does."""
    return _receive(name, content, office, channel, staff_id=staff_id, conversation_id=conversation_id)


def _receive(name: str, content: BinaryIO, office: Office, channel: str, **owner: str | int) -> AttachedFile:
    draft = office.files.receive(content)
    try:
        with draft.path.open("rb") as written:
            judged = judge_file(name, written)
        office.files.scan(draft)
        office.files.keep(draft)
    except NotTaken as refusal:
        office.files.discard(draft)
        raise FileRefused(str(refusal), reason=refusal.reason, kind=refusal.kind) from refusal
    except BaseException:
        office.files.discard(draft)
        raise
    file = AttachedFile(draft.key, judged.name, judged.media_type, draft.size)
    try:
        with office.database.write() as connection:
            files.add(connection, file, draft.sha256, channel, office.clock(), **owner)  # type: ignore[arg-type]
    except BaseException:
        office.files.remove(draft.key)
        raise
    return file


def take_for_message(
    connection: Connection, keys: tuple[str, ...], channel: str, *, owner: str | None = None,
    staff_id: int | None = None, conversation_id: int | None = None,
) -> tuple[AttachedFile, ...]:  # fmt: skip
    """The files that a message refers to, if they are its author's and not sent before; NotFound otherwise."""
    if not keys:
        return ()
    if len(set(keys)) != len(keys) or len(keys) > MOST_IN_A_MESSAGE:
        raise InvalidInput(f"files: at most {MOST_IN_A_MESSAGE} different files go with one message")
    theirs = [
        each
        for each in files.waiting(connection, keys)
        if each.channel == channel and each.owner == owner and each.staff_id == staff_id
        and (owner is not None or each.conversation_id == conversation_id)
    ]  # fmt: skip
    if len(theirs) != len(keys):
        raise NotFound("files: one of them is not there, is not yours or was sent before; upload it again")
    return tuple(each.file for each in theirs)


def read_own(key: str, channel: str, owner: str, office: Office) -> FileOnDisk:
    """A file that a client sent, or got in their conversation; NotFound for anything else."""
    from_them, conversation = _find(key, office)
    if from_them.channel == channel and from_them.owner == owner:
        return on_disk(from_them, office)
    if from_them.message_id is not None and conversation == (channel, owner):
        return on_disk(from_them, office)
    raise _missing()


def _find(key: str, office: Office) -> tuple[StoredFile, tuple[str, str] | None]:
    with office.database.read() as connection:
        found = files.get(connection, key)
        if found is None:
            raise _missing()
        belongs = files.identity_of(connection, found.conversation_id) if found.conversation_id else None
    return found, belongs


def on_disk(stored: StoredFile, office: Office) -> FileOnDisk:
    """Where the content lies; NotFound when the disk has lost it."""
    path = office.files.path(stored.file.key)
    if not path.is_file():
        raise _missing()
    return FileOnDisk(stored.file, path)


def _missing() -> NotFound:
    return NotFound("there is no such file")


def clear_out(office: Office) -> int:
    """Delete files that were never sent with a message within a day, and what was left half-written."""
    before = office.clock() - timedelta(hours=WAITING_HOURS)
    keys: list[str] = []
    with office.database.read() as connection:
        due = files.any_waiting(connection, before)
    if due:
        with office.database.write() as connection:
            keys = files.forget_waiting(connection, before)
    for key in keys:
        office.files.remove(key)
    return len(keys) + office.files.sweep()
