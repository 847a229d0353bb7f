"""Fill an empty service with demo staff and a few clients, some of whom wait for a person."""

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from service.demo.bank import seed_bank
from service.demo.books import fill_books
from service.demo.calls import seed_calls
from service.demo.colleagues import be_at_work
from service.demo.history import seed_history
from service.demo.unclear import seed_unclear
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.office import Office
from service.storage import staff as staff_storage
from service.storage.staff import Role
from service.vault import hash_password
from service.worker import answer_bursts

SCRIPT = Path(__file__).parent / "clients.toml"

PASSWORD = "otklik demo password"  # noqa: S105 - known to everybody: the demo is for looking, never for clients


@dataclass(frozen=True)
class DemoStaff:
    """A demo account; the token is made anew at each start of the demo."""

    login: str
    role: str
    token: str


def seed(office: Office, *, with_clients: bool) -> list[DemoStaff]:
    """Make the demo's staff, and let the scripted clients write if they have not yet. Harmless to repeat."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    hashed = hash_password(PASSWORD)
    seed_bank(office)
    people = [_member(office, hashed, **each) for each in script["staff"]]
    if with_clients:
        with office.database.read() as connection:
            accounts = [staff_storage.find_login(connection, each.login) for each in people]
        members = {each.member.login: each.member for each in accounts if each is not None}
        seed_history(office, members)
        for client in script["client"]:
            _write(office, client)
        answer_bursts(office)
        seed_unclear(office, members)
        be_at_work(office, members)
        fill_books(office)
        seed_calls(office, members["sofia"])

    return people


def _member(
    office: Office, hashed: str, login: str, name: str, role: str, departments: list[str], **more: Any
) -> DemoStaff:
    now = office.clock()
    with office.database.write() as connection:
        token = staff_storage.renew_token(connection, login, now)
        if token is None:
            _, token = staff_storage.add(connection, login, name, Role(role), departments, now, **more)
        account = staff_storage.find_login(connection, login)
        if account is not None and not account.has_password:
            staff_storage.change(connection, account.member.id, password_hash=hashed, password_changed_at=now)
    return DemoStaff(login, role, token)


def _write(office: Office, client: dict[str, object]) -> None:
    lines = client["messages"]
    ago = client.get("minutes_ago", 0)
    assert isinstance(lines, list)  # noqa: S101 - our own file
    assert isinstance(ago, int)  # noqa: S101
    then = office.clock() - timedelta(minutes=ago)
    office = replace(office, clock=lambda: then)
    for number, line in enumerate(lines):
        message = InboundMessage(
            channel="web",
            external_id=f"demo/{client['id']}/{number}",
            client_external_id=f"demo-{client['id']}",
            text=str(line),
            language_hint=str(client["language"]),
            client_name=str(client["name"]),
        )
        handle_message(message, office)
