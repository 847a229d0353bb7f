"""Files on the disk: under random names, outside anything that is served as it lies, written whole or not at all."""

import hashlib
import os
import secrets
import shlex
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service import cores
from service.errors import FileInfected, FileTooLarge, ScannerUnavailable, StorageUnavailable

CHUNK = 64 * 1024
SCAN_SECONDS = 60
LEFT_OVER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Draft:
    """A file that has come in whole but is not kept yet."""

    key: str
    path: Path
    size: int
    sha256: str


class FileStore:
    """Keeps files in `folder` as ab/cd/KEY, where KEY is random.

    A file is written into `folder`/incoming, synced to the disk, checked, and only then moved to its place.
    """

    def __init__(self, folder: Path, *, most_bytes: int, scanner: str = "") -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._most = most_bytes
        self._scanner = shlex.split(scanner)

    def path(self, key: str) -> Path:
        """Where a kept file lies. `key` is one of ours: letters, digits, - and _."""
        return self._folder / key[:2] / key[2:4] / key

    def receive(self, content: BinaryIO) -> Draft:
        """Write what comes to the disk; FileTooLarge, StorageUnavailable when the disk is full. Leaves no half file."""
        key = secrets.token_hex(16)
        path = self._incoming / key
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            size, digest = self._write(content, path)
        except OSError as error:
            self._drop(path)
            reason = error.strerror or type(error).__name__
            raise StorageUnavailable(f"the file can't be kept now ({reason}); nothing was stored, try later") from error
        except BaseException:
            self._drop(path)
            raise
        return Draft(key, path, size, digest)

    def _write(self, content: BinaryIO, path: Path) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # never executable
        with os.fdopen(descriptor, "wb") as target:
            while chunk := content.read(CHUNK):
                size += len(chunk)
                if size > self._most:
                    raise FileTooLarge(f"the file is larger than {self._most // 2**20} MB; send a smaller one")
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        return size, digest.hexdigest()

    def scan(self, draft: Draft) -> None:
        """Ask the scanner, if there is one: FileInfected, or ScannerUnavailable when it gives no answer."""
        if not self._scanner:
            return
        try:
            with cores.freely():
                done = subprocess.run(  # noqa: S603 - the owner's own command, and the path is ours
                    [*self._scanner, str(draft.path)], capture_output=True, timeout=SCAN_SECONDS, check=False
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ScannerUnavailable("files can't be checked for viruses now; try again later") from error
        if done.returncode == 1:
            raise FileInfected("the virus check found something in this file; it was not kept")
        if done.returncode != 0:
            raise ScannerUnavailable("files can't be checked for viruses now; try again later")

    def keep(self, draft: Draft) -> None:
        """Move a checked file to its place; from now on it survives the end of the process."""
        target = self.path(draft.key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.path.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            self._drop(draft.path)
            raise StorageUnavailable(f"the file can't be kept now ({error.strerror}); try again later") from error

    def discard(self, draft: Draft) -> None:
        """Forget a file that was refused."""
        self._drop(draft.path)

    def remove(self, key: str) -> None:
        """Delete a kept file; one that isn't there is no error."""
        self._drop(self.path(key))

    def sweep(self) -> int:
        """Delete what dead processes left half-written; returns how many files."""
        old = time.time() - LEFT_OVER_SECONDS
        swept = 0
        for path in self._incoming.glob("*") if self._incoming.is_dir() else ():
            with suppress(OSError):
                if path.stat().st_mtime < old:
                    path.unlink()
                    swept += 1
        return swept

    def _drop(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable (not possible, and not needed, on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
