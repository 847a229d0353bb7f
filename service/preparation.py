"""Get a database ready to serve: migrate it and import the articles."""

from collections.abc import Callable
from pathlib import Path

from knowledge_base.articles import find_facts, load_any
from service.data_keys import read_ring
from service.importing import ImportReport, import_articles
from service.office import now_utc
from service.settings import Settings
from service.storage.database import Database
from service.storage.migrate import migrate


def open_database(settings: Settings) -> Database:
    """The database of the settings."""
    return Database(settings.database, synchronous=settings.sqlite_synchronous, ring=read_ring(settings))


def prepare_database(settings: Settings, say: Callable[[str], None] = lambda _line: None) -> None:
    """Migrate, and import the articles of the settings; `say` gets a line for each thing done."""
    database = open_database(settings)
    try:
        before, after = migrate(database)
        if before != after:
            say(f"database: {before or 'new'} -> {after}")
        articles = load_any(settings.articles, settings.facts)
        report = import_articles(database, articles, now_utc(), facts=facts_text(settings.articles, settings.facts))
        say(f"knowledge base: {report.served} articles")
        for line in describe_kept(report):
            say(line)
    finally:
        database.close()


def facts_text(source: Path, facts: Path | None) -> str | None:
    """The text of the facts that articles in `source` are filled from; None when there are none."""
    path = find_facts(source, facts) if source.is_dir() else None
    return path.read_text(encoding="utf-8-sig") if path is not None else None


def describe_kept(report: ImportReport) -> list[str]:
    """A line for each article that was changed in the console and therefore not taken from the files."""
    return [
        f"kept as it is in the console: {article_id} ({language}); --overwrite takes the file"
        for article_id, language in report.kept
    ]
