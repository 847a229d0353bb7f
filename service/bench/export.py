"""How much memory an export takes, by the number of understood messages: measured on the command's own process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from models.likeness import likeness
from service.data_keys import open_keys
from service.preparation import open_database
from service.settings import Settings
from service.storage.migrate import migrate
from service.storage.tables import ClientRow, ConversationRow, IdentityRow, LogRow, MessageRow, table

INTENT = "transfer_not_received"
_AT_ONCE = 5_000
_DIGITS = "абвгдежзик"
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def measure(settings: Settings, folder: Path, messages: int) -> dict[str, Any]:
    """Seconds, peak memory (MB) and size (MB) of both exports of `messages` messages, all different, from a SQLite
    database in `folder` that is filled first. The folder for training stays in `folder / "labels"`.

    A tenth of the labels were given by people, the others follow from events.
    """
    settings = settings.model_copy(update={"var_dir": folder, "database_url": ""})
    settings.__dict__.pop("database", None)
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(settings)
    try:
        migrate(database)
        open_keys(database)
        with database.write() as connection:
            _one_conversation(connection, messages)
        rows = enumerate(_texts(messages), start=1)
        while piece := list(islice(rows, _AT_ONCE)):
            with database.write() as connection:
                connection.execute(insert(table(MessageRow)), [_message(number, text) for number, text in piece])
                connection.execute(insert(table(LogRow)), [_understood(number, text) for number, text in piece])
    finally:
        database.close()
    return {
        "messages": messages,
        "database_mb": round(sum(file.stat().st_size for file in folder.glob("*.db*")) / 1e6),
        "folder": _run(folder, folder / "labels" / "labels.jsonl", "--out", str(folder / "labels")),
        "lines": _run(folder, folder / "all.jsonl", str(folder / "all.jsonl")),
    }


def _run(folder: Path, written: Path, *words: str) -> dict[str, float]:
    """`otklik data export` as a process of its own: the highest memory the system saw it use, and its time."""
    environment = os.environ | {"OTKLIK_VAR_DIR": str(folder), "OTKLIK_DATABASE_URL": ""}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "service.cli", "data", "export", *words], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": round(used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1024)),
        "written_mb": round(written.stat().st_size / 1e6, 1),
    }


def _texts(count: int) -> Iterator[str]:
    """Different texts: numbers in letters, as those that differ in digits only read the same."""
    for number in range(count):
        yield "не проходит перевод " + "".join(_DIGITS[int(digit)] for digit in str(number))


def _one_conversation(connection: Connection, messages: int) -> None:
    connection.execute(insert(table(ClientRow)).values(id=1, created_at=_BEGAN))
    connection.execute(
        insert(table(IdentityRow)).values(id=1, client_id=1, channel="web", external_id="bench", created_at=_BEGAN)
    )
    connection.execute(
        insert(table(ConversationRow)).values(
            id=1, identity_id=1, client_id=1, channel="web", language="ru", last_seq=messages, created_at=_BEGAN,
            updated_at=_BEGAN,
        )
    )  # fmt: skip


def _message(number: int, text: str) -> dict[str, Any]:
    return {
        "conversation_id": 1, "seq": number, "channel": "web", "external_id": str(number), "author": "client",
        "text": text, "text_hash": "", "decision": {"kind": "answer"}, "created_at": _BEGAN + timedelta(seconds=number),
        "understanding": {
            "text": text, "language": "ru", "scope_score": 0.0, "model_version": "bench",
            "ranking": [{"intent": INTENT, "confidence": 0.9}],
        },
    }  # fmt: skip


def _understood(number: int, text: str) -> dict[str, Any]:
    said = number % 10 == 0
    return {
        "message_id": number, "conversation_id": 1, "client_id": 1, "seq": number, "text": text,
        "likeness": likeness(text), "language": "ru", "intent": INTENT, "confidence": 0.9, "ranking": [],
        "in_scope": True, "scope_score": 0.0, "disagreement": 0.0, "decision": "answer", "happened": [],
        "weak_label": INTENT, "weak_weight": 0.8, "weak_reason": "helped",
        "label": [INTENT] if said else None, "labelled_by": int(said), "sample": False,
        "state": "labelled" if said else "quiet", "reasons": [], "worth": 0.0,
        "created_at": _BEGAN + timedelta(seconds=number),
    }  # fmt: skip
