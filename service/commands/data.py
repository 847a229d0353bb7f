"""otklik data: what the service has learned, as files for training."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from service import labelling
from service.commands.console import err, plain_errors
from service.errors import InvalidInput
from service.office import now_utc
from service.preparation import open_database
from service.settings import Settings
from service.storage import exports
from service.storage.database import Database
from service.storage.migrate import check_current

app = typer.Typer(help="Training data: check what is shipped, export what was learned.", no_args_is_help=True)


@app.command("export")
def export(
    target: Annotated[Path | None, typer.Argument(help="A .jsonl file of all messages, instead of a folder.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder for `otklik train --labels`.")] = None,
    unlabelled: Annotated[
        bool,
        typer.Option("--unlabelled", help="With --out: also write what nobody has labelled."),
    ] = False,
    replay_days: Annotated[
        int, typer.Option("--replay-days", min=0, help="With --out: also replay.jsonl, the messages of so many days.")
    ] = 0,
    labelled: Annotated[
        bool, typer.Option("--labelled", help="Only messages whose intent a person confirmed.")
    ] = False,
    suggested: Annotated[
        bool, typer.Option("--suggestions", help="What operators made of suggestions, instead of the messages.")
    ] = False,
) -> None:
    """Write what the service has learned: with --out a folder for training, else one file of lines.

    --out DIR: manifest.json, labels.jsonl (labels of people, and labels that follow from what happened, with weight and
    reason), taxonomy.yaml with the intents added in the console. Texts are masked; `otklik train --labels DIR` adds it
    to the examples. FILE.jsonl: each line one message: text, language, label (or null), intent, confidence,
    scope_score, model, decision; with --suggestions one decision of an operator: text (what the client asked), outcome,
    kind, source, title, rank, score, suggested, final, distance, seconds, reason, comment, operator, at.

    Both stream: memory does not grow with the number of messages. The last line on the terminal is the content hash.
    """
    with plain_errors():
        if (target is None) == (out is None):
            raise InvalidInput("say where to: --out FOLDER for training, or the name of a .jsonl file")
        settings = Settings()
        database = open_database(settings)
        check_current(database)
        try:
            if out is not None:
                print(_export_folder(out, database, settings, unlabelled=unlabelled, replay_days=replay_days))
            elif target is not None:
                print(_export_file(target, database, labelled=labelled, suggested=suggested))
        finally:
            database.close()


def _export_folder(out: Path, database: Database, settings: Settings, *, unlabelled: bool, replay_days: int) -> str:
    done = labelling.export(out, database, settings, now_utc(), unlabelled=unlabelled, replay_days=replay_days)
    counts = done.counts
    err.print(f"{counts['written']} labels of {counts['messages']} messages, {len(done.labels)} intents -> {out}")
    for fate, why in (
        ("disputed", "labelled differently by different people or events"),
        ("several", "about several things at once"),
        ("unknown", "labelled with an intent that is not in the taxonomy any more"),
    ):
        if counts[fate]:
            err.print(f"left out: {counts[fate]} {why}")
    return done.hash


def _export_file(target: Path, database: Database, *, labelled: bool, suggested: bool) -> str:
    if target.suffix != ".jsonl":
        raise InvalidInput(f"{target}: the file must end in .jsonl")
    with database.read() as connection:
        messages = exports.client_messages(connection, only_labelled=labelled)
        rows = exports.suggestion_outcomes(connection) if suggested else messages
        count, digest = write_lines(target, rows)
    err.print(f"{count} {'decisions' if suggested else 'messages'} -> {target}")
    return digest


def write_lines(target: Path, rows: Iterator[dict[str, Any]]) -> tuple[int, str]:
    """Write JSON lines beside `target` and move them into place; returns how many and the SHA-256 of the content."""
    digest = hashlib.sha256()
    count = 0
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            for row in rows:
                line = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n").encode()
                digest.update(line)
                out.write(line)
                count += 1
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return count, digest.hexdigest()
