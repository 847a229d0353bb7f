"""python office_server.py FOLDER MODEL: a small office with its console on a free port, and a back door for tests.

The back door (POST /test/...) does what a test can't do in a browser at once: a client writes, a colleague acts, time
passes. It exists in this program only.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import Body, FastAPI
from fastapi.routing import APIRoute
from nicegui import app as pages_of_console

from models.taxonomy import load_taxonomy
from service import accounts, desk, outbox
from service.app import create_app
from service.bench.console import add_conversation
from service.console.mounting import mount_console
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.model_shelf import load_model
from service.office import Office
from service.settings import Settings
from service.shifts import targets
from service.storage import staff as people
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.vault import hash_password
from service.visits import read_visit
from service.worker import answer_bursts, work_once
from tests.service.small_office import open_small_office

PASSWORD = "a password of the tests"
STAFF = (
    ("anna", "Анна", Role.OPERATOR, ()),
    ("boris", "Борис", Role.OPERATOR, ()),
    ("dina", "Дина", Role.OPERATOR, ("loans",)),
    ("egor", "Егор", Role.OPERATOR, ()),
    ("zoya", "Зоя", Role.OPERATOR, ("digital",)),
    ("frida", "Фрида", Role.OPERATOR, ("documents",)),
    ("gleb", "Глеб", Role.OPERATOR, ("documents",)),
    ("roman", "Роман", Role.SUPERVISOR, ("documents",)),
    ("vera", "Вера", Role.SUPERVISOR, ()),
    ("maxim", "Максим", Role.ML, ()),
    ("admin", "Администратор", Role.ADMIN, ()),
)


class Clock:
    """The real time, moved on by tests."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def open_office_here(folder: Path, model: Path, clock: Clock) -> Office:
    settings = Settings(
        var_dir=folder, model_dir=model, log_level="WARNING", burst_seconds=0.0, visitor_messages_per_minute=10_000
    )
    database = Database(settings.database)
    migrate(database)
    database.close()
    office = open_small_office(settings, clock, load_model(model, load_taxonomy(Settings().taxonomy)))
    hashed = hash_password(PASSWORD)
    with office.database.write() as connection:
        for login, name, role, departments in STAFF:
            person, _ = people.add(connection, login, name, role, departments, clock())
            people.change(connection, person.id, password_hash=hashed, password_changed_at=clock())
    return office


def back_door(app: FastAPI, office: Office, clock: Clock) -> None:
    def person(login: str) -> Any:
        with office.database.read() as connection:
            account = people.find_login(connection, login)
        assert account is not None
        return account.member

    @app.post("/test/say")
    def say(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """A client writes; the conversation's number comes back."""
        message = InboundMessage(
            body.get("channel", "web"), uuid4().hex, body["client"], body["text"], None, "ru",
            client_name=body.get("name"),
        )  # fmt: skip
        handle_message(message, office)
        answer_bursts(office)
        visit = read_visit(body["client"], office)
        return {"conversation": visit.conversation.id if visit.conversation else None}

    @app.post("/test/long")
    def long(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """A waiting conversation of many messages, «message 1», «message 2» ..."""
        with office.database.write() as connection:
            number = add_conversation(connection, office, 0, body["messages"])
        outbox.announce(number, office, ("cards",))
        return {"conversation": number}

    @app.post("/test/act")
    def act(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """A colleague does something of the desk."""
        work = getattr(desk, body["what"])
        work(conversation_id=body["conversation"], staff=person(body["who"]), office=office, **body.get("more", {}))
        return {}

    @app.post("/test/read")
    def read(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """What the client sees."""
        return {"texts": [each.text for each in read_visit(body["client"], office).messages]}

    @app.post("/test/disable")
    def disable(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """An administrator takes somebody's account away."""
        accounts.disable(person(body["who"]).id, person("admin"), office)
        return {}

    @app.post("/test/change")
    def change(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """An administrator gives somebody another role or other departments."""
        draft = accounts.AccountDraft(**{name: value for name, value in body.items() if name != "who"})
        accounts.change_staff(person(body["who"]).id, draft, person("admin"), office)
        return {}

    @app.post("/test/later")
    def later(body: dict[str, Any] = Body()) -> dict[str, Any]:
        """Time passes, and the worker does what is due."""
        clock.ahead += timedelta(seconds=body["seconds"])
        work_once(office)
        targets.watch_clocks(office)
        return {}

    @app.post("/test/pages")
    def pages() -> dict[str, Any]:
        """The paths of all pages below /console."""
        own = (each.path for each in pages_of_console.routes if isinstance(each, APIRoute))
        return {"paths": [each for each in own if not each.startswith(("/_nicegui", "/assets"))]}


class Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(f"listening on http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)


def main(folder: str, model: str) -> None:
    clock = Clock()
    office = open_office_here(Path(folder), Path(model), clock)
    app = create_app(office)
    mount_console(app, office)
    back_door(app, office, clock)
    config = uvicorn.Config(app, "127.0.0.1", 0, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    asyncio.run(Server(config).serve())
    office.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
