"""Getting ready: migrate, import the knowledge base, train the model when there is none."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.articles import load_any
from models.artifact import MANIFEST
from service.commands.console import out, plain_errors
from service.errors import SetupError
from service.knowledge import import_articles
from service.office import now_utc, open_office
from service.preparation import open_database
from service.settings import Settings
from service.storage.migrate import check_current, migrate

knowledge_app = typer.Typer(help="The knowledge base: check, search, import, export.", no_args_is_help=True)


def migrate_command() -> None:
    """Bring the database to the version of this code."""
    with plain_errors():
        settings = Settings()
        database = open_database(settings)
        before, after = migrate(database)
        database.close()
        out.print(f"{database.url.render_as_string(hide_password=True)}: {before or 'new'} -> {after}")


@knowledge_app.command("import")
def import_command(
    source: Annotated[
        Path | None, typer.Argument(help="A folder of articles or a CSV; default: the shipped ones.")
    ] = None,
    facts: Annotated[Path | None, typer.Option(help="facts.toml, when it isn't beside the folder.")] = None,
) -> None:
    """Serve these articles from now on. Nothing changes when any of them has a mistake; running services notice."""
    with plain_errors():
        settings = Settings()
        articles = load_any(source or settings.articles, facts or (settings.facts if source is None else None))
        database = open_database(settings)
        check_current(database)
        version = import_articles(database, articles, now_utc())
        database.close()
        open_office(settings).close()  # encodes the articles now, so that the next start takes a moment
        out.print(f"{len(articles)} articles are served, version {version[:12]}")


def train_if_missing(settings: Settings) -> None:
    """Train the default model from the shipped examples when there is none; shows a progress bar."""
    if (settings.model / MANIFEST).exists():
        return
    examples = settings.taxonomy.parent / "examples"
    command = [sys.executable, "-m", "training", "train", "--data", str(examples), "--out", str(settings.model)]
    command += ["--taxonomy", str(settings.taxonomy)]
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - our own program, fixed arguments
        raise SetupError(f"training failed; run it yourself to see more: {' '.join(command)}")
