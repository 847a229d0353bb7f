"""otklik audit: whether the trail of what was done is whole."""

from typing import Annotated

import typer
from rich.progress import Progress

from service import data_keys
from service.commands.console import err, plain_errors
from service.errors import InvalidInput
from service.preparation import open_database
from service.settings import Settings
from service.storage import audit_chain
from service.storage.audit_chain import Head
from service.storage.migrate import check_current

app = typer.Typer(help="The audit trail: is it whole?", no_args_is_help=True)


@app.callback()
def options() -> None:
    """The audit trail: is it whole?"""


@app.command()
def verify(
    head: Annotated[
        str, typer.Option(help="PLACE:HASH as an earlier run, or the log, has said it: shows what was cut off since.")
    ] = "",
) -> None:
    """Look at every entry and link. Names what was changed, removed, inserted, reordered or cut; then the exit is 1.

    The last line is the head of the chain: keep it elsewhere, and give it to the next run.
    """
    with plain_errors():
        known = read_head(head) if head else None
        database = open_database(Settings())
        check_current(database)
        data_keys.open_keys(database)
        found = 0
        with database.read() as connection, Progress(console=err, disable=not err.is_terminal) as progress:
            bar = progress.add_task("looking at entries", total=audit_chain.count(connection))
            for each in audit_chain.verify(connection, lambda done: progress.advance(bar, done), known):
                found += 1
                err.print(f"[red]{each.what}[/]: {each.detail}", soft_wrap=True)
            end, entries = audit_chain.head_of(connection), audit_chain.count(connection)
        database.close()
        verdict = f"{found} findings" if found else "whole"
        err.print(f"{entries} entries: {verdict}")
        print(end)
        if found:
            raise typer.Exit(1)


def read_head(said: str) -> Head:
    """What `str(Head)` has written; InvalidInput for anything else."""
    place, _, hashed = said.strip().partition(":")
    if not (place.isascii() and place.isdigit() and len(hashed) == 64):
        raise InvalidInput(f"--head {said!r}: write it as PLACE:HASH, the last line of an earlier run")
    return Head(int(place), hashed)
