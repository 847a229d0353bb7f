"""A console of its own for the browser tests, in a process of its own: `administration_server.py FOLDER`.

NiceGUI is one of a kind in a process. No model is loaded: these pages need none.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from knowledge_base.articles import load_any
from service.app import create_app
from service.console.mounting import mount_console
from service.importing import import_articles
from service.office import open_office
from service.settings import Settings
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.vault import hash_password

PASSWORD = "a password of the tests"
PEOPLE = (
    ("anna", "Анна", Role.OPERATOR, ()), ("boris", "Борис", Role.OPERATOR, ("loans",)),
    ("sofia", "София", Role.SUPERVISOR, ()), ("vera", "Вера", Role.SUPERVISOR, ()),
    ("irina", "Ирина", Role.SUPERVISOR, ()), ("maxim", "Максим", Role.ML, ()),
    ("root", "Ольга", Role.ADMIN, ()), ("pavel", "Павел", Role.ADMIN, ()),
)  # fmt: skip


def main(folder: Path) -> None:
    """Prepare, serve on a free port and say which."""
    settings = Settings(var_dir=folder, log_level="ERROR", port=0)
    database = Database(settings.database)
    migrate(database)
    now = datetime.now(UTC)
    import_articles(database, load_any(settings.articles, settings.facts), now)
    hashed = hash_password(PASSWORD)
    with database.write() as connection:
        for login, name, role, departments in PEOPLE:
            staff.insert(
                connection, login, name, role, departments, now, password_hash=hashed, password_changed_at=now,
                languages=["ru"],
            )  # fmt: skip
    database.close()
    office = open_office(settings, reads=False)
    office.knowledge.load()
    app = create_app(office, with_worker=False)
    mount_console(app, office)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_config=None))
    asyncio.run(_serve(server))


async def _serve(server: uvicorn.Server) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    main(Path(sys.argv[1]))
