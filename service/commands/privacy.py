"""otklik privacy: one client's data handed out or erased; the keys of what is kept encrypted."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from service import data_keys, privacy
from service.accounts import COMMAND_LINE
from service.commands.console import err, out, plain_errors
from service.errors import InvalidInput
from service.office import open_office
from service.preparation import open_database
from service.settings import Settings
from service.storage.migrate import check_current

app = typer.Typer(help="Personal data: hand out or erase a client's, change the keys.", no_args_is_help=True)


Client = Annotated[str, typer.Argument(help="A client's number, or channel/identity like web/4f1c.")]


@app.command()
def export(client: Client, out: Annotated[Path, typer.Option("--out", help="The .zip file to write.")]) -> None:
    """Write all that is held about a client: data.json by table, messages.txt to read, the files."""
    with plain_errors():
        if out.suffix != ".zip":
            raise InvalidInput(f"{out}: the file must end in .zip")
        office = open_office(Settings(), reads=False)
        try:
            found = privacy.find_client(client, COMMAND_LINE, office)
            draft = out.with_name(f".{out.name}.part")
            try:
                with draft.open("wb") as target:
                    rows = privacy.export_client(found.client_id, COMMAND_LINE, office, target)
                draft.replace(out)
            finally:
                draft.unlink(missing_ok=True)
        finally:
            office.close()
        err.print(f"client {found.client_id}: {rows} rows and {found.files} files -> {out}")


@app.command()
def erase(client: Client, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Delete all that is held about a client, for good. Files that were exported before are not ours to delete."""
    with plain_errors():
        office = open_office(Settings(), reads=False)
        try:
            found = privacy.find_client(client, COMMAND_LINE, office)
            who = ", ".join("/".join(each) for each in found.identities)
            held = f"{sum(found.rows.values())} rows and {found.files} files"
            if not yes and not typer.confirm(f"erase client {found.client_id} ({who}): {held}?", err=True):
                raise typer.Exit(1)
            erased = privacy.erase_client(found.client_id, COMMAND_LINE, office)
        finally:
            office.close()
        out.print(f"client {found.client_id} was erased: {sum(erased.rows.values())} rows, {erased.files} files")


@app.command("new-key")
def new_key() -> None:
    """Print a new random data key. Put it before the present ones, start the service anew, then run rotate-keys."""
    print(data_keys.new_key())


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt everything anew with the first of the data keys; afterwards the others may be taken away.

    The service may run meanwhile, if it was started with the same keys. Stopped half-way it goes on where it was.
    """
    with plain_errors():
        database = open_database(Settings())
        check_current(database)
        data_keys.open_keys(database)
        with Progress(console=err) as progress:
            bar = progress.add_task("sealing anew", total=data_keys.count_old(database))
            count = data_keys.rotate(database, lambda done: progress.advance(bar, done))
        current = database.ring.current if database.ring else ""
        database.close()
        out.print(f"{count} values sealed anew; all are sealed with the key {current} now")
