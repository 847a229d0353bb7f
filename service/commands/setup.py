"""Getting ready: migrate, import the knowledge base, train the model when there is none."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.articles import load_any
from knowledge_base.cli import export_command as convert
from models.artifact import MANIFEST
from service.commands.console import err, out, plain_errors
from service.errors import InvalidInput, SetupError
from service.importing import import_articles, served_sources, write_served
from service.office import now_utc, open_office
from service.preparation import describe_kept, facts_text, open_database
from service.settings import Settings
from service.storage import records
from service.storage.articles import FACTS
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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace what was edited, withdrawn or written in the console.")
    ] = False,
) -> None:
    """Serve these articles from now on. Nothing changes when any of them has a mistake; running services notice.

    Articles changed in the console since the last import are kept and named. Every former text stays among the
    versions.
    """
    with plain_errors():
        settings = Settings()
        folder = source or settings.articles
        known = facts or (settings.facts if source is None else None)
        articles = load_any(folder, known)
        database = open_database(settings)
        check_current(database)
        words = facts_text(folder, known)
        report = import_articles(database, articles, now_utc(), facts=words, overwrite=overwrite)
        database.close()
        open_office(settings).close()  # encodes the articles now, so that the next start takes a moment
        for line in describe_kept(report):
            err.print(line, soft_wrap=True)
        out.print(f"{report.served} articles are served, version {report.version[:12]}")


@knowledge_app.command("export")
def export_command(
    source: Annotated[Path, typer.Argument(help="A folder of articles or a .csv; with no TARGET, where to write.")],
    target: Annotated[Path | None, typer.Argument(help="A .csv file, or a folder for Markdown.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over what is there.")] = False,
) -> None:
    """Write what is served now, edited in the console or not; with two arguments turn one form into the other.

    Markdown keeps facts by name and has its facts.toml beside it. CSV keeps questions, answers, titles and intents.
    """
    if target is not None:
        convert(source, target, force)
        return
    with plain_errors():
        if source.exists() and (source.is_file() or any(source.iterdir())) and not force:
            raise InvalidInput(f"{source} is there already; pass --force to write over it")
        database = open_database(Settings())
        check_current(database)
        with database.read() as connection:
            found, facts = served_sources(connection), records.get_note(connection, FACTS)
        database.close()
        write_served(found, facts, source)
        err.print(f"{len(found)} articles -> {source}")


def train_if_missing(settings: Settings) -> None:
    """Train the default model from the shipped examples when there is none; shows a progress bar."""
    if (settings.model / MANIFEST).exists():
        return
    examples = settings.taxonomy.parent / "examples"
    command = [sys.executable, "-m", "training", "train", "--data", str(examples), "--out", str(settings.model)]
    command += ["--taxonomy", str(settings.taxonomy)]
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - our own program, fixed arguments
        raise SetupError(f"training failed; run it yourself to see more: {' '.join(command)}")
