"""A console of its own for the tests of labelling, in a process of its own: `labelling_server.py FOLDER`.

The model is the one that OTKLIK_TEST_MODEL names. What the demo's clients ask and the bot does not know has been asked.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from models.taxonomy import load_taxonomy
from service.app import create_app
from service.console.mounting import mount_console
from service.demo.unclear import seed_unclear
from service.model_shelf import load_model
from service.settings import Settings
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.vault import hash_password
from tests.service.small_office import open_small_office

PASSWORD = "a password of the tests"
PEOPLE = (
    ("anna", "Анна", Role.OPERATOR), ("sofia", "София", Role.SUPERVISOR), ("maxim", "Максим", Role.ML),
    ("vera", "Вера", Role.ML),
)  # fmt: skip


def main(folder: Path, model: Path) -> None:
    """Prepare, serve on a free port and say which."""
    settings = Settings(var_dir=folder, model_dir=model, log_level="ERROR", port=0)
    database = Database(settings.database)
    migrate(database)
    now = datetime.now(UTC)
    hashed = hash_password(PASSWORD)
    with database.write() as connection:
        for login, name, role in PEOPLE:
            staff.insert(
                connection, login, name, role, [], now, password_hash=hashed, password_changed_at=now, languages=["ru"]
            )
    database.close()
    office = open_small_office(settings, lambda: datetime.now(UTC), load_model(model, load_taxonomy(settings.taxonomy)))
    with office.database.read() as connection:
        known = [staff.find_login(connection, login) for login, _, _ in PEOPLE]
    seed_unclear(office, {each.member.login: each.member for each in known if each is not None})
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
    main(Path(sys.argv[1]), Path(sys.argv[2]))
