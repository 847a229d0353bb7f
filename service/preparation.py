"""Get a database ready to serve: migrate it and import the articles."""

from collections.abc import Callable

from knowledge_base.articles import load_any
from service.knowledge import import_articles
from service.office import now_utc
from service.settings import Settings
from service.storage.database import Database
from service.storage.migrate import migrate


def open_database(settings: Settings) -> Database:
    """The database of the settings."""
    return Database(settings.database, synchronous=settings.sqlite_synchronous)


def prepare_database(settings: Settings, say: Callable[[str], None] = lambda _line: None) -> None:
    """Migrate, and import the articles of the settings; `say` gets a line for each thing done."""
    database = open_database(settings)
    try:
        before, after = migrate(database)
        if before != after:
            say(f"database: {before or 'new'} -> {after}")
        articles = load_any(settings.articles, settings.facts)
        import_articles(database, articles, now_utc())
        say(f"knowledge base: {len(articles)} articles")
    finally:
        database.close()
