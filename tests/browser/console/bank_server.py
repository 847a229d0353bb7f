"""python bank_server.py FOLDER MODEL: the demo site with the chat, the demo's bank and mailbox, and the console."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from models.taxonomy import load_taxonomy
from service import call_log
from service.accounts import COMMAND_LINE
from service.app import create_app
from service.console.mounting import mount_console
from service.demo.bank import seed_bank
from service.model_shelf import load_model
from service.settings import Settings
from service.storage import staff as people
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.vault import hash_password
from tests.service.small_office import open_small_office

PASSWORD = "a password of the tests"


class Server(uvicorn.Server):
    """Says its port when it is ready."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def main(folder: Path, model: Path) -> None:
    """Prepare and serve on a free port."""
    settings = Settings(
        var_dir=folder, model_dir=model, log_level="ERROR", back_office="demo", mail="demo", demo_site=True,
        burst_seconds=0.0,
    )  # fmt: skip
    database = Database(settings.database)
    migrate(database)
    database.close()
    trained = load_model(model, load_taxonomy(settings.taxonomy))
    office = open_small_office(settings, lambda: datetime.now(UTC), trained)
    seed_bank(office)
    with office.database.write() as connection:
        anna, _ = people.add(connection, "anna", "Анна", Role.OPERATOR, (), office.clock())
        hashed = hash_password(PASSWORD)
        people.change(connection, anna.id, password_hash=hashed, password_changed_at=office.clock())
    began = office.clock() - timedelta(hours=1)
    call = {
        "id": "pbx-1", "started_at": began.isoformat(), "ended_at": (began + timedelta(minutes=2)).isoformat(),
        "direction": "in", "outcome": "abandoned", "department": "cards", "phone": "+79135550101",
    }  # fmt: skip
    call_log.import_calls([call], COMMAND_LINE, office)
    app = create_app(office)
    mount_console(app, office)
    config = uvicorn.Config(app, "127.0.0.1", 0, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    asyncio.run(Server(config).serve())
    office.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
