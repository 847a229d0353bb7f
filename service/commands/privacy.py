"""otklik privacy: the keys of what is kept encrypted."""

import typer
from rich.progress import Progress

from service import data_keys
from service.commands.console import err, out, plain_errors
from service.preparation import open_database
from service.settings import Settings
from service.storage.migrate import check_current

app = typer.Typer(help="Personal data: the keys it is encrypted with.", no_args_is_help=True)


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
