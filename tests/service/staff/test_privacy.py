"""One client's data: found, handed out, erased without a trace, kept no longer than it should be; on both databases."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import JSON, Boolean, Connection, DateTime, Float, Integer, LargeBinary, inspect, select, text
from sqlalchemy.types import TypeDecorator

from service import desk, filing, privacy
from service.domain.keeping import Kind
from service.domain.messages import InboundMessage
from service.domain.staff import Role, StaffMember
from service.errors import Forbidden, NotFound
from service.inbox import handle_message
from service.office import Office
from service.retention import Retention, let_go
from service.storage import audit, conversations, personal
from service.storage.audit import AuditFilter
from service.storage.columns import UtcDateTime
from service.storage.tables import Base
from service.worker import work_once
from tests.service.conftest import Clock
from tests.service.staff.conftest import Hire

MARKER, OTHER = "жмурбаклан", "щебетурник"


def write(office: Office, words: str, who: str, *, files: tuple[str, ...] = ()) -> int:
    """A client's message; returns the conversation."""
    message = InboundMessage("web", uuid4().hex, who, words, None, "ru", client_name=f"Имя {words[:10]}", files=files)
    return handle_message(message, office).message.conversation_id


def value_of(column: Any, marker: str, ids: dict[str, Any]) -> Any:
    """Something a column can hold, with the marker wherever there may be words."""
    if column.name in ids and (column.foreign_keys or not column.primary_key):
        return ids[column.name]
    kind = column.type
    if isinstance(kind, UtcDateTime | DateTime):
        return ids["now"]
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Float):
        return 0.5
    if isinstance(kind, Integer):
        return ids["any number"]
    if isinstance(kind, JSON):
        return {"said": marker}
    if isinstance(kind, LargeBinary):
        return marker.encode()
    length = getattr(kind.impl if isinstance(kind, TypeDecorator) else kind, "length", None)
    return f"{marker} {column.name} {ids['unique']}"[: length or 200]


def fill_every_table(connection: Connection, office: Office, marker: str, client: dict[str, Any]) -> set[str]:
    """A row with the marker in every table that may hold something of a client; returns those tables."""
    filled = set()
    ids = dict(client) | {"now": office.clock(), "unique": uuid4().hex[:6]}
    ids["any number"] = 10_000 + int(ids["unique"], 16) % 900_000
    for table in Base.metadata.sorted_tables:
        if table.name not in personal.OF_CLIENTS or table.name in ("clients", "identities", "conversations"):
            continue
        row = {
            column.name: value_of(column, marker, ids)
            for column in table.columns
            if not (column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys)
        }
        blanks = personal.OF_CLIENTS[table.name].blanks
        if blanks:  # the other columns hold codes and numbers
            row |= {name: ids["unique"] for name, said in row.items() if name not in blanks and marker in str(said)}
        if table.name == "restrictions":
            whose = f"web/{client['owner']}"
            row |= {"scope": "identity", "subject": whose, "subject_index": whose}
        if table.name == "account_links":  # one that holds: by its phone the client's calls are known
            row |= {"ended_at": None, "ended_by": None}
        made = connection.execute(table.insert().values(**row)).inserted_primary_key
        filled.add(table.name)
        names = {"handoffs": "handoff_id", "messages": "message_id", "staff_notes": "note_id",
                 "past_replies": "past_reply_id", "understood": "log_id"}  # fmt: skip
        if table.name in names and made is not None:
            ids[names[table.name]] = made[0]
    return filled


def everything_in(connection: Connection) -> Iterator[tuple[str, str]]:
    """(place, content) of every column of every table there is, unsealed, and of the shadows of the search index."""
    for name in inspect(connection).get_table_names():
        ours = Base.metadata.tables.get(name)
        for row in connection.execute(select(ours) if ours is not None else text(f'SELECT * FROM "{name}"')):
            for column, value in row._mapping.items():
                said = value.decode("utf-8", "ignore") if isinstance(value, bytes | memoryview) else str(value)
                yield f"{name}.{column}", re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), said)


def places_of(office: Office, marker: str) -> list[str]:
    """Where the marker (or its stem) is found: columns and files."""
    stem = marker[:7]
    with office.database.read() as connection:
        found = [place for place, said in everything_in(connection) if stem in said.lower()]
    folder = office.settings.var_dir
    paths = [path for path in folder.rglob("*") if path.is_file() and stem.encode() in path.read_bytes()]
    return found + [str(path.relative_to(folder)) for path in paths]


@pytest.fixture
def client(office: Office, clock: Clock, hire: Hire) -> dict[str, Any]:
    """A client with the marker in everything, as a working service writes it and as every table could hold it."""
    return settle(office, clock, hire, "anna", MARKER)


def settle(office: Office, clock: Clock, hire: Hire, who: str, marker: str) -> dict[str, Any]:
    """Somebody who has written, sent a file, been served, noted, tagged and searched for."""
    olga = hire(f"olga-{who}", "general")
    sent = filing.receive_from_client(f"{marker}.txt", io.BytesIO(f"содержание {marker}".encode()), "web", who, office)
    conversation = write(office, f"{marker}, позовите оператора", who, files=(sent.key,))
    clock.move(seconds=5)
    work_once(office)
    desk.take(conversation, olga, office)
    desk.reply(conversation, olga, office, text=f"Ответ про {marker}", key=uuid4().hex)
    desk.note(conversation, olga, office, text=f"Заметка про {marker}", key=uuid4().hex)
    desk.add_tag(conversation, marker[:12], olga, office)
    clock.move(minutes=5)
    work_once(office)
    with office.database.write() as connection:
        view = conversations.get(connection, conversation)
        fill_every_table(connection, office, marker, {
            "conversation_id": conversation, "client_id": view.client_id, "identity_id": view.identity_id,
            "from_client": view.client_id, "into_client": view.client_id, "staff_id": olga.id, "operator_id": olga.id,
            "judge_id": olga.id, "taken_by": olga.id, "added_by": olga.id, "undone_by": olga.id, "owner": who,
            "channel": "web", "owner_index": who, "client_index": who, "seq": 900,
        })  # fmt: skip
    return {"conversation": conversation, "client": view.client_id, "who": who, "staff": olga}


def test_every_table_is_declared_and_none_is_declared_that_does_not_exist() -> None:
    """A new table says whether it holds anything of a client: one more line in `storage/personal.py`."""
    there = {table.name for table in Base.metadata.sorted_tables}
    declared = set(personal.OF_CLIENTS) | set(personal.OTHERS)
    assert there - declared == set(), "declare these in service/storage/personal.py"
    assert declared - there <= {"alembic_version"}
    assert not set(personal.OF_CLIENTS) & set(personal.OTHERS)


def test_a_table_that_points_to_clients_is_not_declared_to_hold_nothing_of_them() -> None:
    telling = {"client_id", "conversation_id", "identity_id", "message_id", "handoff_id"}
    for table in Base.metadata.sorted_tables:
        if table.name in personal.OTHERS and not table.name.startswith("demo_bank_"):
            assert not telling & set(table.columns.keys()), table.name


def test_erasing_leaves_no_trace_in_any_column_nor_in_any_file(
    office: Office, clock: Clock, hire: Hire, admin: StaffMember, client: dict[str, Any]
) -> None:
    settle(office, clock, hire, "boris", OTHER)
    before, kept = places_of(office, MARKER), places_of(office, OTHER)
    assert len({place.partition(".")[0] for place in before}) > 15

    erased = privacy.erase_client(client["client"], admin, office)
    assert erased.files >= 1
    office.database.close()  # what SQLite keeps beside its file goes into it
    assert places_of(office, MARKER) == []
    kept = {place for place in kept if place.partition(".")[0] in Base.metadata.tables}
    assert kept <= set(places_of(office, OTHER))
    with office.database.read() as connection:
        trail = audit.entries(connection, AuditFilter(action="client_erased"))
    assert [(each.actor, each.object_id) for each in trail] == [("root", str(client["client"]))]


def test_whoever_was_erased_and_writes_again_is_a_new_client(
    office: Office, admin: StaffMember, client: dict[str, Any]
) -> None:
    privacy.erase_client(client["client"], admin, office)
    with pytest.raises(NotFound):
        privacy.erase_client(client["client"], admin, office)
    write(office, "здравствуйте", client["who"])
    assert privacy.find_client(f"web/{client['who']}", admin, office).rows["messages"] == 1


def test_those_who_were_merged_into_a_client_go_with_them(office: Office, hire: Hire, admin: StaffMember) -> None:
    leader = hire("lena", role=Role.SUPERVISOR)
    one, two = write(office, "первый", "c1"), write(office, f"второй {MARKER}", "c2")
    desk.merge_clients(one, two, leader, office, reason=f"один человек {MARKER}")
    found = privacy.find_client("web/c2", admin, office)
    assert {external_id for _, external_id in found.identities} == {"c1", "c2"}
    privacy.erase_client(found.client_id, admin, office)
    assert places_of(office, MARKER) == []
    for who in ("c1", "c2"):
        with pytest.raises(NotFound):
            privacy.find_client(f"web/{who}", admin, office)


def test_an_export_has_all_that_is_held_and_nothing_of_others(
    office: Office, clock: Clock, hire: Hire, admin: StaffMember, client: dict[str, Any], tmp_path: Path
) -> None:
    settle(office, clock, hire, "boris", OTHER)
    target = tmp_path / "out.zip"
    with target.open("wb") as out:
        rows = privacy.export_client(client["client"], admin, office, out)
    with zipfile.ZipFile(target) as archive:
        held = json.loads(archive.read("data.json"))["held"]
        words = archive.read("messages.txt").decode()
        sent = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(sent[0]).decode() == f"содержание {MARKER}"
    assert sum(len(each) for each in held.values()) == rows
    assert {"clients", "identities", "messages", "staff_notes", "files"} <= set(held)
    assert MARKER in words
    assert OTHER not in json.dumps(held, ensure_ascii=False) + words
    assert "code_hash" not in json.dumps(held)


def test_only_administrators_of_all_departments_look_hand_out_and_erase(
    office: Office, hire: Hire, client: dict[str, Any]
) -> None:
    others = [hire(f"x-{role.value}", role=role) for role in (Role.OPERATOR, Role.SUPERVISOR, Role.ML)]
    for staff in (*others, hire("x-limited", "cards", role=Role.ADMIN)):
        for act in (
            lambda staff=staff: privacy.find_client(str(client["client"]), staff, office),
            lambda staff=staff: privacy.export_client(client["client"], staff, office, io.BytesIO()),
            lambda staff=staff: privacy.erase_client(client["client"], staff, office),
        ):
            with pytest.raises(Forbidden):
                act()


@pytest.mark.parametrize("named", ["0", "4711", "99999999999", "web/nobody", "nobody", "x/y/z", "\x00"])
def test_nobody_is_found_by_a_name_that_nobody_has(office: Office, admin: StaffMember, named: str) -> None:
    with pytest.raises(NotFound):
        privacy.find_client(named, admin, office)


# --- how long


def test_a_client_who_was_silent_for_longer_than_conversations_are_kept_is_erased(
    office: Office, clock: Clock, client: dict[str, Any]
) -> None:
    days = office.settings.keep_conversations_days
    desk.close(client["conversation"], client["staff"], office, resolution="resolved")
    clock.move(days=days - 1)
    assert let_go(Kind.CONVERSATIONS, office) == 0
    clock.move(days=2)
    while let_go(Kind.CONVERSATIONS, office):
        pass
    office.database.close()
    assert places_of(office, MARKER) == []


def test_old_messages_of_a_client_who_still_writes_go_and_the_young_stay(office: Office, clock: Clock) -> None:
    conversation = write(office, f"старое {MARKER}", "anna")
    clock.move(seconds=5)
    work_once(office)
    clock.move(days=office.settings.keep_conversations_days + 1)
    write(office, "новое", "anna")
    while let_go(Kind.CONVERSATIONS, office):
        pass
    with office.database.read() as connection:
        said = [row.text for row in connection.execute(select(Base.metadata.tables["messages"].c.text))]
        assert conversations.get(connection, conversation).last_seq == len(said) + 1 or "новое" in said
    assert "новое" in said
    assert not [each for each in said if MARKER in each]


def test_each_class_of_data_goes_in_its_own_time_and_zero_keeps_it_for_ever(
    office: Office, clock: Clock, client: dict[str, Any]
) -> None:
    clock.move(days=office.settings.keep_traffic_days + 1)
    assert let_go(Kind.TRAFFIC, office) > 0
    assert let_go(Kind.TRAFFIC, office) == 0
    with office.database.read() as connection:
        assert not connection.execute(select(Base.metadata.tables["restrictions"].c.id)).all()
    for kind in Kind:
        office.settings.__dict__[f"keep_{kind.value}_days"] = 0
    clock.move(days=10_000)
    assert Retention().step(office) == 0


def test_after_nothing_was_found_nobody_looks_for_a_while(office: Office, clock: Clock) -> None:
    retention = Retention()
    assert retention.step(office) == 0
    write(office, "старое", "anna")
    clock.now += timedelta(days=10_000)
    assert retention.step(office) == 0
    assert Retention().step(office) > 0
