"""mail-devel: an SMTP and IMAP server in memory that nobody here wrote, in an environment of its own.

Installed outside the repository, the first time, where the package registry is there.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

VERSION = "0.18.1"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "otklik-tests" / f"mail-devel-{VERSION}"
PROGRAM = CACHE / "bin" / "mail_devel"
PASSWORD = "password-of-every-mailbox"
INSTALL_SECONDS = 180
PATIENCE_SECONDS = 20.0


def missing() -> str | None:
    """Why the server can't be used here; None when it can. Installs it the first time."""
    if PROGRAM.exists():
        return None
    quiet = ["--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "20"]
    for command in (
        [sys.executable, "-m", "venv", str(CACHE)],
        [str(CACHE / "bin" / "python"), "-m", "pip", "install", *quiet, f"mail-devel=={VERSION}"],
    ):
        try:
            done = subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "the package registry does not answer"
        if done.returncode != 0:
            return "mail-devel can't be installed from the package registry"
    return None


@contextmanager
def running_mail_server(user: str) -> Iterator[tuple[int, int]]:
    """The ports of SMTP and IMAP of a server on which everybody has a mailbox; stopped at the end of the block."""
    smtp, imap = _free_port(), _free_port()
    command = [
        str(PROGRAM), "--host", "127.0.0.1", "--user", user, "--password", PASSWORD, "--no-http", "--multi-user",
        "--imap-port", str(imap), "--smtp-port", str(smtp), "--smtps-port", str(_free_port()),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for port in (smtp, imap):
                _wait_for(port, server)
            yield smtp, imap
        finally:
            server.terminate()


def _free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            continue
        return
    pytest.fail("mail-devel did not begin to listen")
