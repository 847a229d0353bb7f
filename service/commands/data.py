"""otklik data: what the service has learned, as files for training."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands.console import err, plain_errors
from service.errors import InvalidInput
from service.preparation import open_database
from service.settings import Settings
from service.storage import exports
from service.storage.migrate import check_current

app = typer.Typer(help="Training data: check what is shipped, export what was learned.", no_args_is_help=True)


@app.command("export")
def export(
    target: Annotated[Path, typer.Argument(help="The .jsonl file to write.")],
    labelled: Annotated[
        bool, typer.Option("--labelled", help="Only messages whose intent a person confirmed.")
    ] = False,
    suggested: Annotated[
        bool, typer.Option("--suggestions", help="What operators made of suggestions, instead of the messages.")
    ] = False,
) -> None:
    """Write the clients' messages (masked) with what was understood and, where a person said so, the right label.

    Each line: text, language, label (or null), intent, confidence, scope_score, model, decision. Streams: memory does
    not grow with the number of messages. The last line on the terminal is the content hash of the file.

    With --suggestions each line is one decision of an operator: text (what the client asked), outcome, kind, source,
    title, rank, score, suggested, final, distance, seconds, reason, comment, operator, at. Texts are masked.
    """
    with plain_errors():
        if target.suffix != ".jsonl":
            raise InvalidInput(f"{target}: the file must end in .jsonl")
        settings = Settings()
        database = open_database(settings)
        check_current(database)
        with database.read() as connection:
            messages = exports.client_messages(connection, only_labelled=labelled)
            rows = exports.suggestion_outcomes(connection) if suggested else messages
            count, digest = write_lines(target, rows)
        database.close()
        err.print(f"{count} {'decisions' if suggested else 'messages'} -> {target}")
        print(digest)


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
