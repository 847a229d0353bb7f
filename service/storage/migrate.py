"""Bring the database to the version of this code, or say that it isn't."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.errors import SetupError
from service.storage.database import Database

FOLDER = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def migrate(database: Database) -> tuple[str | None, str]:
    """Run the migrations that are missing, in one transaction; returns the version before and after."""
    config = _config()
    with database.rebuild() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = MigrationContext.configure(connection).get_current_revision()
    return before, after or "none"


def check_current(database: Database) -> None:
    """Raise SetupError unless the database has exactly this code's tables."""
    with database.read() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if present != wanted:
        raise SetupError(
            f"the database {database.url.render_as_string(hide_password=True)} is at version {present or 'none'}, "
            f"this code needs {wanted}; run: otklik migrate"
        )
