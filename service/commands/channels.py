"""otklik channels: which there are, whether they answer, where platforms send their news."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from service import channel_setup
from service.accounts import COMMAND_LINE
from service.commands.console import err, out, plain_errors
from service.office import Office, open_office
from service.settings import Settings

app = typer.Typer(help="Channels of platforms: state, self-test, webhook.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The channel, like telegram.")]


@app.command("list")
def list_channels() -> None:
    """Every platform with its state, what is missing, and the traffic of the last day."""
    with _opened() as office:
        known = channel_setup.list_channels(COMMAND_LINE, office)
        shown = Table("channel", "state", "waiting", "sent", "failed", "unknown", "last error")
        for each in known:
            done = each.traffic
            counts = [str(number) for number in (done.waiting, done.sent, done.failed, done.unknown)]
            told = each.trouble or each.last_error or ""
            shown.add_row(each.name, each.condition.value.replace("_", " "), *counts, told)
        out.print(shown)
        for each in known:  # below the table: a narrow terminal would cut the names
            if missing := ", ".join(f"OTKLIK_{each.name}_{name}".upper() for name in each.missing):
                out.print(f"to set up {each.name}: {missing}", soft_wrap=True)


@app.command()
def check(name: Name) -> None:
    """Ask the platform who we are. A channel that has stopped goes on when it answers."""
    with _opened() as office:
        out.print(f"{name}: {channel_setup.check(name, COMMAND_LINE, office)}", soft_wrap=True)


@app.command("set-webhook")
def set_webhook(name: Name) -> None:
    """Tell the platform to send its news to OTKLIK_PUBLIC_URL/channels/v1/NAME."""
    with _opened() as office:
        out.print(f"{name}: {channel_setup.set_webhook(name, COMMAND_LINE, office)}", soft_wrap=True)


@contextmanager
def _opened() -> Iterator[Office]:
    with plain_errors():
        office = open_office(Settings(), reads=False)
        try:
            yield office
        finally:
            office.close()
            err.file.flush()
