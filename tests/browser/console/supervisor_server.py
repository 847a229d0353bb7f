"""A console for the browser tests of the supervisor's pages, in a process of its own: `supervisor_server.py FOLDER`.

NiceGUI is one of a kind in a process. No model is loaded: clients who ask for a person are understood without one.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from service import desk
from service.app import create_app
from service.console.mounting import mount_console
from service.domain.messages import InboundMessage
from service.domain.rosters import Shift
from service.domain.staff import StaffMember
from service.inbox import handle_message
from service.office import Office, open_office
from service.settings import Settings
from service.shifts import rosters
from service.storage import staff
from service.storage.database import Database
from service.storage.migrate import migrate
from service.storage.staff import Role
from service.vault import hash_password
from service.worker import index_messages

PASSWORD = "a password of the tests"
PEOPLE = (
    ("anna", "Анна <img src=x onerror=alert(1)>", Role.OPERATOR, ()), ("boris", "Борис", Role.OPERATOR, ("loans",)),
    ("sofia", "София", Role.SUPERVISOR, ()), ("vera", "Вера", Role.SUPERVISOR, ()), ("maxim", "Максим", Role.ML, ()),
)  # fmt: skip
NAUGHTY = "<img src=x onerror=\"document.title='hacked'\">"


def main(folder: Path) -> None:
    """Prepare, serve on a free port and say which."""
    settings = Settings(var_dir=folder, log_level="ERROR", port=0, presence_lost_seconds=3600)
    database = Database(settings.database)
    migrate(database)
    hashed, now = hash_password(PASSWORD), datetime.now(UTC)
    with database.write() as connection:
        for login, name, role, departments in PEOPLE:
            staff.insert(
                connection, login, name, role, departments, now, password_hash=hashed, password_changed_at=now,
                languages=["ru"],
            )  # fmt: skip
    database.close()
    office = open_office(settings, reads=False)
    _fill(office)
    app = create_app(office, with_worker=False)
    mount_console(app, office)
    asyncio.run(_serve(uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_config=None))))


def _fill(office: Office) -> None:
    """Somebody waits, somebody was served, and Anna works on Mondays."""
    anna, sofia = _member("anna", office), _member("sofia", office)
    _arrive("waits", NAUGHTY, "карта не работает <script>alert(1)</script>", office)
    for number in range(3):
        served = _arrive(f"served-{number}", f"Клиент {number}", "позовите человека, у меня кредиты", office)
        desk.take(served, anna, office)
        desk.reply(served, anna, office, key=f"reply-{number}", text="Здравствуйте, всё готово.")
        desk.close(served, anna, office, resolution="resolved")
    shift = Shift(0, 540, 780, "Europe/Moscow", "RU", weekday=0)
    rosters.save_shifts("anna", [shift], (), sofia, office)
    index_messages(office)


def _arrive(who: str, name: str, text: str, office: Office) -> int:
    message = InboundMessage("web", f"{who}/1", who, text, "command:operator", "ru", client_name=name)
    return handle_message(message, office).message.conversation_id


def _member(login: str, office: Office) -> StaffMember:
    with office.database.read() as connection:
        found = staff.find_login(connection, login)
    assert found is not None
    return found.member


async def _serve(server: uvicorn.Server) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    main(Path(sys.argv[1]))
