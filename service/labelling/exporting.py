"""Everything training gets, as a folder: labels (masked), the taxonomy with the added intents, a manifest with a hash.

    manifest.json      format, hash of the content, counts, the period, when it was made
    labels.jsonl       text, label, language, weight, reason, source, labelled_by; one line a text
    taxonomy.yaml      every intent: those of the file and those added in the console
    confirmed.jsonl    text, language, article, intents, weight, reason: which article was confirmed as the answer
    articles.csv       (where any was) the knowledge base as it is served, to learn the ranking of the search with
    replay.jsonl       (where asked for) text, time: the messages of the last days, to compare models on
    unlabelled.jsonl   (where asked for) text, language, intent, confidence of what nobody has labelled

What people said stands above what follows from what happened. Where people say different things of the same text, or
what happened contradicts itself, the text is left out and counted. Streams: memory does not grow with the messages.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import Connection, Row

from knowledge_base.articles import write_csv
from models.masking import mask
from models.taxonomy import OUT_OF_SCOPE, Taxonomy, write_taxonomy
from service.errors import InvalidInput, NothingToExport
from service.intent_book import extend
from service.knowledge import from_content
from service.labelling.confirming import confirmed
from service.rule_making import read_taxonomy
from service.settings import Settings
from service.storage import added_intents, records, understood
from service.storage.database import Database

FORMAT: Final = "otklik-labels/1"
FILES: Final = ("labels.jsonl", "taxonomy.yaml", "unlabelled.jsonl", "confirmed.jsonl", "articles.csv")
REPLAY: Final = "replay.jsonl"
MOST_REPLAYED: Final = 20_000
CLEAR_LEAD: Final = 2.0
"""Among contradicting weak labels of one text, how many times the others' weight the strongest must have."""


@dataclass
class Exported:
    """What was written: counts by what became of a text, and the content hash."""

    counts: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    since: datetime | None = None
    until: datetime | None = None
    hash: str = ""


def export(
    target: Path, database: Database, settings: Settings, now: datetime, *, unlabelled: bool = False,
    replay_days: int = 0,
) -> Exported:  # fmt: skip
    """Write the folder `target` in one step; an export that is there already is replaced, nothing else ever.

    `replay_days`: also the messages of so many days, to compare models on; not part of the content hash.
    Raises InvalidInput when nothing has a label yet, or when `target` holds anything but an export.
    """
    _check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        with database.read() as connection:
            taxonomy = extend(read_taxonomy(settings), added_intents.all_added(connection))
            done = _write_files(folder, connection, taxonomy, unlabelled=unlabelled)
            if replay_days:
                _write_replay(folder / REPLAY, connection, now - timedelta(days=replay_days))
        if not done.counts["written"]:
            raise NothingToExport(
                "there is nothing to export: no message has a label yet; label some on the review page, or wait until "
                "operators have answered some"
            )
        done.hash = _finish(folder, done, now)
        _replace(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return done


def _check_target(target: Path) -> None:
    if target.exists() and not (target / "manifest.json").is_file() and (target.is_file() or any(target.iterdir())):
        raise InvalidInput(f"{target} is there and is no export of ours; name an empty or a new folder")


def _write_files(folder: Path, connection: Connection, taxonomy: Taxonomy, *, unlabelled: bool) -> Exported:
    (folder / "taxonomy.yaml").write_text(write_taxonomy(taxonomy), encoding="utf-8")
    done, known = Exported(), {*taxonomy.ids, OUT_OF_SCOPE}
    rest = (folder / "unlabelled.jsonl").open("wb") if unlabelled else None
    with (folder / "labels.jsonl").open("wb") as labels:
        for _, rows in groupby(understood.stream(connection), key=lambda row: row.likeness):
            same = _bounded(rows, done)
            line, fate = choose(same, known)
            done.counts[fate] += 1
            if line is not None:
                done.labels[line["label"]] += 1
                _put(labels, line)
            elif rest is not None and fate == "unlabelled" and same[0].message_id is not None:
                _put(rest, {
                    "text": mask(same[0].text), "language": same[0].language, "intent": same[0].intent,
                    "confidence": same[0].confidence,
                })  # fmt: skip
    if rest is not None:
        rest.close()
    _write_confirmed(folder, connection, done)
    return done


def _write_replay(file: Path, connection: Connection, since: datetime) -> None:
    with file.open("wb") as out:
        for row in understood.newest_texts(connection, since, MOST_REPLAYED):
            _put(out, {"text": mask(row.text), "at": row.created_at.isoformat()})


def _write_confirmed(folder: Path, connection: Connection, done: Exported) -> None:
    with (folder / "confirmed.jsonl").open("wb") as out:
        for line in confirmed(connection):
            _put(out, line)
            done.counts["confirmed"] += 1
    if done.counts["confirmed"]:
        write_csv((from_content(each) for each in records.all_articles(connection)), folder / "articles.csv")
    else:
        (folder / "confirmed.jsonl").unlink()


def _bounded(rows: Iterator[Row[*tuple[Any, ...]]], done: Exported, most: int = 1000) -> list[Row[*tuple[Any, ...]]]:
    """The rows that read the same; of thousands of «привет» the first ones say enough."""
    kept: list[Row[*tuple[Any, ...]]] = []
    for row in rows:
        if row.message_id is not None:
            done.counts["messages"] += 1
        done.since = min(done.since or row.created_at, row.created_at)
        done.until = max(done.until or row.created_at, row.created_at)
        if len(kept) < most or row.label is not None:
            kept.append(row)
    return kept


def choose(same: Sequence[Row[*tuple[Any, ...]]], known: set[str]) -> tuple[dict[str, Any] | None, str]:
    """The line of some messages that read the same, and what became of them.

    "written", "disputed" (people or events contradict each other), "several" (several intents), "unknown" (an intent
    that the taxonomy doesn't have), "unlabelled".
    """
    said = {tuple(row.label): row for row in same if row.label and row.state == "labelled"}
    if any(row.state == "disputed" for row in same) or len(said) > 1:
        return None, "disputed"
    first = same[0]
    line = {"text": mask(first.text), "language": first.language}
    if said:
        (label, row) = next(iter(said.items()))
        if len(label) > 1:
            return None, "several"
        if label[0] not in known:
            return None, "unknown"
        by = sum(each.labelled_by for each in same if each.label)
        reason = "labelled" if row.message_id is not None else "relabelled"
        return line | {
            "label": label[0], "weight": 1.0, "reason": reason, "source": "people", "labelled_by": by
        }, "written"  # fmt: skip
    return _weak(line, same, known)


def _weak(
    line: dict[str, Any], same: Sequence[Row[*tuple[Any, ...]]], known: set[str]
) -> tuple[dict[str, Any] | None, str]:
    votes: Counter[str] = Counter()
    best: dict[str, Row[*tuple[Any, ...]]] = {}
    for row in same:
        if row.weak_label is not None and row.state != "skipped":
            votes[row.weak_label] += row.weak_weight
            if row.weak_label not in best or best[row.weak_label].weak_weight < row.weak_weight:
                best[row.weak_label] = row
    if not votes:
        return None, "unlabelled"
    (label, weight), *others = votes.most_common()
    if others and weight < CLEAR_LEAD * others[0][1]:
        return None, "disputed"
    if label not in known:
        return None, "unknown"
    row = best[label]
    return line | {
        "label": label, "weight": round(row.weak_weight, 3), "reason": row.weak_reason, "source": "events",
        "labelled_by": 0,
    }, "written"  # fmt: skip


def _put(out: BinaryIO, line: dict[str, Any]) -> None:
    out.write((json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode())


def _finish(folder: Path, done: Exported, now: datetime) -> str:
    """Write the manifest; returns the hash of the content (the other files, by name, byte for byte)."""
    whole = hashlib.sha256()
    for name in FILES:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                whole.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    manifest = {
        "format": FORMAT,
        "hash": whole.hexdigest(),
        "counts": dict(sorted(done.counts.items())),
        "labels": dict(sorted(done.labels.items())),
        "since": done.since.isoformat() if done.since else None,
        "until": done.until.isoformat() if done.until else None,
        "made_at": now.isoformat(),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return whole.hexdigest()


def _replace(folder: Path, target: Path) -> None:
    folder.chmod(0o755)
    if target.exists():
        old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.old."))
        os.replace(target, old / target.name)
        os.replace(folder, target)
        shutil.rmtree(old)
    else:
        os.replace(folder, target)
