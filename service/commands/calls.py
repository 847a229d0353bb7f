"""otklik calls: the log of phone calls from a file."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from service import call_log
from service.accounts import COMMAND_LINE
from service.commands.console import err, out, plain_errors
from service.office import open_office
from service.policies.call_files import MISTAKES
from service.settings import Settings

app = typer.Typer(help="The log of phone calls, so that reports know the phone.", no_args_is_help=True)
SHOWN = 20


@app.callback()
def calls() -> None:
    """The log of phone calls, so that reports know the phone."""


@app.command("import")
def import_calls(
    file: Annotated[Path, typer.Argument(help="A CSV file; service/channels/phone.md has its columns.")],
    zone: Annotated[
        str | None, typer.Option("--zone", help="Zone of moments without an offset [OTKLIK_STAFF_ZONE].")
    ] = None,
    skip_wrong: Annotated[bool, typer.Option("--skip-wrong", help="Take what is right, and say what was not.")] = False,
) -> None:
    """Add the calls of a CSV file. With a mistake in it nothing is added; the same file may be given again."""
    with plain_errors():
        office = open_office(Settings(), reads=False)
        try:
            opens = partial(file.open, encoding="utf-8", newline="")
            done = call_log.import_file(
                opens, file.name, COMMAND_LINE, office, zone=zone, skip_wrong=skip_wrong
            )  # fmt: skip
        finally:
            office.close()
        out.print(f"{done.added} calls added, {done.known} were there already, {done.skipped} lines skipped")
        for each in done.mistakes:
            err.print(f"{file.name}:{each['line']}: {MISTAKES[each['kind']].format(**each)}", soft_wrap=True)
        if done.skipped > len(done.mistakes):
            err.print(f"and {done.skipped - len(done.mistakes)} more")
        if done.overlaps:
            lines = ", ".join(map(str, done.overlaps[:SHOWN])) + (" ..." if len(done.overlaps) > SHOWN else "")
            err.print(
                f"in lines {lines} the operator was in another call at the same time; counted once", soft_wrap=True
            )
