"""The program `otklik`: mounts the commands of every part.

Training is a part that the service never imports: it announces its commands under the entry point group
`otklik.commands`, and they are mounted from there.
"""

import os
from importlib.metadata import entry_points
from typing import Annotated

import typer

from service.heap import loading

with loading():
    from service.commands import (
        ask,
        audit,
        backoffice,
        bench,
        calls,
        channels,
        chat,
        data,
        model,
        privacy,
        serving,
        settings,
        setup,
        staff,
    )

app = typer.Typer(
    name="otklik",
    help="AI-assisted customer support: instant answers, ready replies for operators, clean hand-off.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serving.serve)
app.command()(serving.worker)
app.command()(serving.demo)
app.command()(ask.ask)
app.command()(chat.chat)
app.command("migrate")(setup.migrate_command)
app.command("settings")(settings.show_settings)
app.add_typer(staff.app, name="staff")
app.add_typer(channels.app, name="channels")
app.add_typer(calls.app, name="calls")
app.add_typer(setup.knowledge_app, name="knowledge")
app.add_typer(data.app, name="data")
app.add_typer(privacy.app, name="privacy")
app.add_typer(audit.app, name="audit")
app.add_typer(model.app, name="model")
app.add_typer(bench.app, name="bench")
app.add_typer(backoffice.app, name="backoffice")


@app.callback()
def options(
    var: Annotated[str | None, typer.Option("--var", help="Folder for all that is written [OTKLIK_VAR_DIR].")] = None,
) -> None:
    """AI-assisted customer support: instant answers, ready replies for operators, clean hand-off."""
    if var is not None:
        os.environ["OTKLIK_VAR_DIR"] = var


def _mount_parts() -> None:
    """Mount what other parts announce: `training` brings commands of the root, any other part a group of its name."""
    for entry in sorted(entry_points(group="otklik.commands"), key=lambda entry: entry.name):
        part: typer.Typer = entry.load()
        if entry.name == "training":
            app.registered_commands.extend(part.registered_commands)
            for group in part.registered_groups:
                if group.name and group.typer_instance:
                    _mount(group.name, group.typer_instance)
        else:
            _mount(entry.name, part)


def _mount(name: str, part: typer.Typer) -> None:
    """Add a group of commands, or extend the one there is (`otklik data` is the service's and training's)."""
    known = next((group.typer_instance for group in app.registered_groups if group.name == name), None)
    if known is None:
        app.add_typer(part, name=name)
    else:
        # The service's own command of a name comes first: it does what the part's does, and more.
        taken = {command.name for command in known.registered_commands}
        known.registered_commands.extend(each for each in part.registered_commands if each.name not in taken)


with loading():
    _mount_parts()


def main() -> None:
    """The entry point of the program."""
    app()


if __name__ == "__main__":
    main()
