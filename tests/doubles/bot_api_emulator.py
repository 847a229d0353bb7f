"""npm's `telegram-test-api`: a Bot API that nobody here wrote. Installed outside the repository where npm is there."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

VERSION = "4.2.1"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "otklik-tests" / f"bot-api-{VERSION}"
TOKEN = "7000000002:token-of-the-emulator"
INSTALL_SECONDS = 120
START_SECONDS = 20
SCRIPT = """
const made = require('telegram-test-api');
const Server = made.TelegramServer || made.default || made;
new Server({ port: Number(process.argv[1]), host: '127.0.0.1', storeTimeout: 600 }).start();
"""


def missing() -> str | None:
    """Why the emulator can't be used here; None when it can. Installs it the first time."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    if (CACHE / "node_modules" / "telegram-test-api").exists():
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"telegram-test-api@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=CACHE, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "the npm registry does not answer"
    return None if done.returncode == 0 else "telegram-test-api can't be installed from the npm registry"


class Emulator:
    """The emulator and a client who writes to the bot in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self._number = 0
        self.read: list[dict[str, Any]] = []

    def close(self) -> None:
        """Close the client's connection."""
        self._http.close()

    def _envelope(self, text: str) -> dict[str, Any]:
        self._number += 1
        return {
            "botToken": TOKEN, "date": int(time.time()), "message_id": 10_000 + self._number, "text": text,
            "from": {"id": 5, "first_name": "Иван", "username": "ivan", "is_bot": False, "language_code": "ru"},
            "chat": {"id": 5, "title": "чат", "first_name": "Иван", "username": "ivan", "type": "private"},
        }  # fmt: skip

    def say(self, text: str) -> None:
        """The client writes."""
        self._http.post("/sendMessage", json=self._envelope(text)).raise_for_status()

    def press(self, title: str) -> None:
        """The client presses a button of the last message that has it."""
        for message in reversed(self.read):
            for button in [each for row in message["reply_markup"]["inline_keyboard"] for each in row]:
                if button["text"] == title:
                    inside = {key: value for key, value in self._envelope(message["text"]).items() if key != "botToken"}
                    query = {"botToken": TOKEN, "data": button["callback_data"], "from": inside["from"]}
                    sent = query | {"message": inside | {"reply_markup": message["reply_markup"]}}
                    self._http.post("/sendCallback", json=sent).raise_for_status()
                    return
        raise AssertionError(f"there is no button {title!r}")

    def look(self) -> list[str]:
        """The texts that came since the last look."""
        answer = self._http.post("/getUpdates", json={"token": TOKEN, "chatId": 5})
        fresh = [each["message"] for each in answer.json()["result"]]
        self.read += [
            each if "reply_markup" in each else each | {"reply_markup": {"inline_keyboard": []}} for each in fresh
        ]
        return [each["text"] for each in fresh]


@contextmanager
def running_emulator() -> Iterator[Emulator]:
    """The emulator on a free port of loopback for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(["node", "-e", SCRIPT, "--", str(port)], cwd=CACHE, stderr=subprocess.DEVNULL)
    emulator = Emulator(f"http://127.0.0.1:{port}")
    try:
        _wait_until_open(port, process)
        yield emulator
    finally:
        emulator.close()
        process.terminate()
        process.wait(timeout=10)


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    ending = time.monotonic() + START_SECONDS
    while time.monotonic() < ending and process.poll() is None:
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the emulator did not start")
