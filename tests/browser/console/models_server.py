"""A console of its own for the pages about models: `models_server.py FOLDER`. A service of three topics, its worker
running, without a model at first: a test trains it on a handful of examples with the real encoder.

The back door lets a client write, and says how many messages were kept.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import Body, FastAPI
from sqlalchemy import func, select

from service.app import create_app
from service.console.mounting import mount_console
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.storage.tables import LogRow, MessageRow
from service.vault import hash_password
from tests.models.small_model import PHRASES
from tests.service.releases.conftest import TAXONOMY
from tests.service.small_office import open_small_office

PASSWORD = "a password of the tests"
PEOPLE = (("maxim", "Максим", Role.ML), ("root", "Ольга", Role.ADMIN), ("anna", "Анна", Role.OPERATOR))
GOLDEN = {
    "card_lost": ["карту украли", "карта потерялась где-то", "нигде нет моей карты", "утеряна карта, что делать"],
    "rate": ["почём евро", "курс доллара сегодня", "какой сейчас курс юаня"],
    "greeting": ["доброе утро всем", "привет вам", "здравствуйте", "добрый вечер"],
    "out_of_scope": ["какая погода на завтра", "расскажи смешной анекдот", "кто выиграл вчера матч"],
}  # fmt: skip


def write_data(folder: Path) -> Path:
    """Examples and golden messages in `folder`; returns the taxonomy's file."""
    for part, messages in (("examples", PHRASES), ("golden", GOLDEN)):
        (folder / part / "ru").mkdir(parents=True)
        for label, phrases in messages.items():
            (folder / part / "ru" / f"{label}.txt").write_text("\n".join(phrases), encoding="utf-8")
    file = folder / "taxonomy.yaml"
    file.write_text(TAXONOMY, encoding="utf-8")
    return file


def now() -> datetime:
    return datetime.now(UTC)


def back_door(app: FastAPI, office: Office) -> None:
    @app.post("/test/kept")
    def kept() -> dict[str, Any]:
        """How many messages the worker has kept for training, with what they mean."""
        rows = LogRow.__table__
        with office.database.read() as connection:
            query = select(func.count()).select_from(rows).where(rows.c.vector.is_not(None))
            return {"count": connection.execute(query).scalar_one()}

    @app.post("/test/say")
    def say(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """A client writes; what was understood comes back."""
        handle_message(InboundMessage("web", uuid4().hex, uuid4().hex, body["text"], None, "ru"), office)
        rows = MessageRow.__table__
        with office.database.read() as connection:
            newest = connection.execute(
                rows.select().where(rows.c.author == "client").order_by(rows.c.id.desc())
            ).first()
        assert newest is not None
        return dict(newest.understanding)


def main(folder: Path) -> None:
    """Prepare, serve on a free port and say which."""
    taxonomy = write_data(folder / "data")
    settings = Settings(var_dir=folder, taxonomy=taxonomy, log_level="ERROR", burst_seconds=0.0)
    database = Database(settings.database)
    migrate(database)
    database.close()
    office = open_small_office(settings, now, Model(None, "none yet"))
    hashed = hash_password(PASSWORD)
    with office.database.write() as connection:
        for login, name, role in PEOPLE:
            staff.insert(
                connection, login, name, role, (), now(), password_hash=hashed, password_changed_at=now(),
                languages=["ru"],
            )  # fmt: skip
    app = create_app(office)
    mount_console(app, office)
    back_door(app, office)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_config=None, timeout_graceful_shutdown=2))
    asyncio.run(_serve(server))
    office.close()


async def _serve(server: uvicorn.Server) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    main(Path(sys.argv[1]))
