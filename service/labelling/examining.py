"""Doubted labels of the training set: found by training in a process of its own, labelled anew on the review page."""

import fcntl
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from models.likeness import likeness
from service import cores
from service.domain.labels import Worry
from service.domain.staff import StaffMember
from service.errors import Conflict, SetupError
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.policies.review_worth import SHARES
from service.storage import understood
from service.storage.audit import record_audit
from service.storage.staff import must_work

LONGEST_SECONDS: Final = 1200
MOST: Final = 200
"""Doubted examples that are shown, the most doubtful ones; the rest comes when these are settled."""
LOCK: Final = "examining.lock"


def examine(staff: StaffMember, office: Office) -> int:
    """Look for doubted labels in the shipped examples and queue them for review; returns how many are new.

    Takes about a minute in a process of its own. Conflict while one is under way, SetupError when training refuses.
    """
    must(staff, Action.LABEL_MESSAGES)
    examples = office.settings.taxonomy.parent
    lock = office.settings.var_dir / LOCK
    with _alone(lock), tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "suspects.jsonl"
        command = [sys.executable, "-m", "service.cli", "data", "suspects", "--data", str(examples), "--out", str(out)]
        try:
            with cores.freely():
                done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise SetupError("looking through the examples took too long; try it on the command line") from error
        if done.returncode != 0:
            raise SetupError(f"the examples can't be looked through: {(done.stderr or done.stdout).strip()[-300:]}")
        found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return queue_suspects(found, staff, office)


def queue_suspects(found: Sequence[dict[str, Any]], staff: StaffMember, office: Office) -> int:
    """Put doubted examples into the review queue, the most doubtful first; those that are there already stay."""
    vectors = office.vectors.of([str(each["text"]) for each in found[:MOST]])
    new, now = 0, office.clock()
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        known = understood.known_examples(connection)
        for place, each in enumerate(found[:MOST]):
            key = likeness(str(each["text"]))
            if key in known:
                continue
            known.add(key)
            vector = vectors[place] if vectors is not None else None
            packed = office.vectors.pack(vector) if vector is not None else None
            understood.add(connection, _row(each, key, place) | {
                "vector": packed, "encoder": office.vectors.encoder if packed else None, "created_at": now,
            })  # fmt: skip
            new += 1
        record_audit(connection, who.login, "examine_examples", "message", "examples", {"found": len(found)}, now)
    return new


def _row(each: dict[str, Any], key: str, place: int) -> dict[str, Any]:
    ranking = [[each["suggested"], each["confidence"]], [each["label"], each["own"]]]
    return {
        "message_id": None, "conversation_id": None, "client_id": None, "seq": None, "text": str(each["text"]),
        "likeness": key, "language": each.get("language") or "other", "model": None, "intent": each["suggested"],
        "confidence": each["confidence"], "ranking": ranking, "in_scope": True, "scope_score": 0.0,
        "disagreement": 0.0, "article": None, "article_score": None, "decision": None, "happened": [],
        "weak_label": None, "weak_weight": None, "weak_reason": None, "label": None, "labelled_by": 0, "sample": False,
        "state": "open", "reasons": [Worry.SUSPICIOUS.value], "topic_id": None, "topic_place": None, "alike": 1,
        "worth": SHARES[Worry.SUSPICIOUS] * (1.0 - place / (2 * MOST)),
    }  # fmt: skip


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One at a time, on this machine; a lock left by a process that died is taken over."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                "somebody is looking through the examples at this moment; wait for it", reason="examining"
            ) from error
        yield
