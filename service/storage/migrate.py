"""Bring the database to the version of this code, or say that it isn't."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from service.errors import SetupError
from service.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def migrate(database: Database) -> tuple[str | None, str]:
    """Run the migrations that are missing, in one transaction; returns the version before and after."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    config = _config()
    with database.rebuild() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = MigrationContext.configure(connection).get_current_revision()
    return before, after or "none"


def check_current(database: Database) -> None:
    """Raise SetupError unless the database has exactly this code's tables.

    Without alembic: it takes a quarter of a second to import, and every start asks this.
    """
    with database.read() as connection:
        known = inspect(connection).has_table("alembic_version")
        query = text("SELECT version_num FROM alembic_version")
        present = connection.execute(query).scalar_one_or_none() if known else None
    wanted = max(each.name.split("_")[0] for each in (FOLDER / "versions").glob("[0-9]*.py"))
    if present != wanted:
        raise SetupError(
            f"the database {database.url.render_as_string(hide_password=True)} is at version {present or 'none'}, "
            f"this code needs {wanted}; run: otklik migrate"
        )
