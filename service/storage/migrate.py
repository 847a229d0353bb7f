"""Bring the database to the version of this code, or say that it isn't."""

import re
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
    if before != after:
        database.flush()  # what lay open in the former version leaves the journal as well
    return before, after or "none"


def check_current(database: Database) -> None:
    """Raise SetupError unless the database has exactly this code's tables.

    Without alembic: it takes a quarter of a second to import, and every start asks this.
    """
    with database.read() as connection:
        known = inspect(connection).has_table("alembic_version")
        query = text("SELECT version_num FROM alembic_version")
        present = connection.execute(query).scalar_one_or_none() if known else None
    wanted = newest_version()
    if present != wanted:
        raise SetupError(
            f"the database {database.url.render_as_string(hide_password=True)} is at version {present or 'none'}, "
            f"this code needs {wanted}; run: otklik migrate"
        )


def newest_version() -> str:
    """The version that no other migration follows; SetupError when there are several."""
    follows: dict[str, str] = {}
    for path in (FOLDER / "versions").glob("[0-9]*.py"):
        said = path.read_text(encoding="utf-8")
        known = dict(re.findall(r'^(revision|down_revision) = "?(\w+)', said, re.MULTILINE))
        follows[known["revision"]] = known["down_revision"]
    newest = sorted(set(follows) - set(follows.values()))
    if len(newest) != 1:
        raise SetupError(f"the migrations end in {', '.join(newest) or 'a circle'}; each must follow another one")
    return newest[0]
