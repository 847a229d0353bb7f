"""All that is held about one client: looked up, handed out, erased; by administrators, with a line in the trail."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection

from service.domain.staff import StaffMember
from service.errors import Forbidden, InvalidInput, NotFound, StorageUnavailable
from service.events import QUEUE_TOPIC, conversation_topic, identity_topic, inbox_topic
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.quoting import forget_quotes
from service.storage import clients, past_replies, personal, search, understood
from service.storage.audit import record_audit
from service.storage.columns import LARGEST_ID
from service.storage.personal import Whose
from service.storage.staff import must_work

RETENTION = "retention"
"""Who erases in the trail when a client's time is over."""


@dataclass(frozen=True)
class Dossier:
    """What is held about a client: rows by table, and how many files."""

    client_id: int
    name: str | None
    identities: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]
    files: int


@dataclass(frozen=True)
class Erased:
    """What was erased: rows by table, and how many files."""

    client_id: int
    rows: Mapping[str, int]
    files: int


def find_client(named: str, staff: StaffMember, office: Office) -> Dossier:
    """Who is meant by a client's number or by «channel/identity», and what is held; NotFound for nobody."""
    _must_see_everybody(staff)
    with office.database.read() as connection:
        client_id = _number_of(connection, named)
        whose = personal.of_client(connection, client_id)
        held = personal.read_all(connection, whose)
        return Dossier(
            client_id, clients.about(connection, client_id).name, whose.owners,
            {name: len(rows) for name, rows in held.items()}, len(personal.files_of(connection, whose)),
        )  # fmt: skip


def export_client(client_id: int, staff: StaffMember, office: Office, target: IO[bytes]) -> int:
    """Write a ZIP with all that is held: data.json by table, messages.txt to read, the files; returns how many rows.

    NotFound when there is no such client (nothing was written then).
    """
    _must_see_everybody(staff)
    now = office.clock()
    with office.database.read() as connection:
        whose = personal.of_client(connection, _number_of(connection, str(client_id)))
        held = personal.read_all(connection, whose)
        sent = personal.files_of(connection, whose)
    count = sum(len(rows) for rows in held.values())
    with office.database.write() as connection:
        _still_works(connection, staff)
        record_audit(connection, staff.login, "client_exported", "client", client_id, {"rows": count}, now)
    words = {"client": client_id, "exported_at": now, "held": held}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(words, ensure_ascii=False, indent=1, default=_plain))
        archive.writestr("messages.txt", _transcript(held.get("messages", [])))
        for key, name in sent:
            path = office.files.path(key)
            if path.is_file():
                archive.write(path, f"files/{key[:8]}-{Path(name).name}")
    return count


def erase_client(client_id: int, staff: StaffMember, office: Office) -> Erased:
    """Delete all that is held about the client, and about those who were merged into them; for good.

    Figures that hold nothing of the client (which suggestion was taken) stay. NotFound when there is no such client.
    Whoever writes again afterwards is a new client.
    """
    _must_see_everybody(staff)
    with office.database.write() as connection:
        _still_works(connection, staff)
        whose, erased, keys = _erase(connection, client_id, staff.login, office)
    after_erasing(whose, keys, office)
    scrub(office)
    return erased


def _must_see_everybody(staff: StaffMember) -> None:
    """Forbidden for who may not erase clients, and for administrators of some departments: a client writes to all."""
    must(staff, Action.ERASE_CLIENTS)
    if staff.departments:
        raise Forbidden(
            "a client's data comes from all departments; ask an administrator who is not limited to some of them",
            reason="limited_to_departments",
        )


def _erase(connection: Connection, client_id: int, actor: str, office: Office) -> tuple[Whose, Erased, list[str]]:
    _number_of(connection, str(client_id))
    whose = personal.of_client(connection, client_id)
    clients.lock(connection, whose.clients)
    keys = [key for key, _ in personal.files_of(connection, whose)]
    for each in whose.clients:
        past_replies.forget(connection, each)
    forget_quotes(
        connection, office.settings.registry,
        lambda known: understood.likenesses(
            connection, known, clients=whose.clients, conversations=whose.conversations
        ),
    )  # fmt: skip
    rows = personal.erase_all(connection, whose)
    data = {"rows": sum(rows.values()), "files": len(keys)}
    record_audit(connection, actor, "client_erased", "client", client_id, data, office.clock())
    return whose, Erased(client_id, rows, len(keys)), keys


def erase_forgotten(client_id: int, office: Office) -> None:
    """Erase a client whose time is over; nothing when somebody else has done it."""
    try:
        with office.database.write() as connection:
            whose, _, keys = _erase(connection, client_id, RETENTION, office)
    except NotFound:
        return
    after_erasing(whose, keys, office)


def after_erasing(whose: Whose, keys: list[str], office: Office) -> None:
    """After the commit: the files, what this process remembers, and those who look at it."""
    for key in keys:
        office.files.remove(key)
    office.past_replies.load()
    for conversation_id in whose.conversations:
        office.events.publish(conversation_topic(conversation_id))
    for channel, external_id in whose.owners:
        office.events.publish(identity_topic(channel, external_id))
    for department in office.open_departments():
        office.events.publish(inbox_topic(department.id))
    office.events.publish(QUEUE_TOPIC)


def scrub(office: Office) -> None:
    """Take what was erased out of the database's own files as well: index, journal, free pages.

    What can't be done while others read is done by the database in its own time (PostgreSQL: autovacuum).
    """
    try:
        with office.database.write() as connection:
            search.rewrite_index(connection)
    except StorageUnavailable:
        return
    office.database.flush()


def _number_of(connection: Connection, named: str) -> int:
    named = named.strip()
    if not named:
        raise InvalidInput("say which client: a number, or channel/identity like web/4f1c...", reason="which_client")
    if named.isascii() and named.isdigit() and len(named) <= 10 and int(named) <= LARGEST_ID:
        found = clients.find(connection, int(named))
    else:
        channel, _, external_id = named.partition("/") if named.isprintable() else ("", "", "")
        found = clients.find_by_identity(connection, channel, external_id)
    if found is None:
        raise NotFound(f"there is no client {named}")
    return found


def _still_works(connection: Connection, staff: StaffMember) -> None:
    if staff.id:  # the command line has no account
        must(must_work(connection, staff.id), Action.ERASE_CLIENTS)


def _transcript(messages: list[dict[str, Any]]) -> str:
    return "".join(f"{each['created_at']:%Y-%m-%d %H:%M} UTC  {each['author']}: {each['text']}\n" for each in messages)


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
