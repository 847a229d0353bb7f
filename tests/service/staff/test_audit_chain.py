"""The audit trail behind the service's back: changed, removed, copied, slipped in, reordered, cut; all is found."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from service import audit_trail, data_keys
from service.cli import app
from service.domain.keeping import Kind
from service.office import Office
from service.retention import let_go
from service.storage import audit_chain
from service.storage.audit import record_audit
from service.storage.audit_chain import Finding, Head
from tests.service.conftest import Clock
from tests.service.threads import at_once, unexpected

Tamper = Callable[[Connection], None]


def act(office: Office, times: int = 1) -> None:
    """Something that is written down."""
    for number in range(times):
        with office.database.write() as connection:
            record_audit(connection, "anna", "staff_changed", "staff", number, {"before": {"x": 1.5}, "of": ["a", "ж"]},
                         office.clock(), "192.0.2.1")  # fmt: skip


def link(office: Office) -> int:
    """What the worker does."""
    return audit_trail.link_due(office)


def look(office: Office, known: Head | None = None) -> list[Finding]:
    """What is found."""
    with office.database.read() as connection:
        return list(audit_chain.verify(connection, lambda _done: None, known))


def head(office: Office) -> Head:
    """The end of the chain."""
    with office.database.read() as connection:
        return audit_chain.head_of(connection)


def behind_the_back(office: Office, *statements: str) -> None:
    """As whoever may do anything with the database, triggers included, but has no key."""
    with office.database.write() as connection:
        if office.database.is_sqlite:
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' "
                                                   "AND name LIKE 'audit%'")).all():  # fmt: skip
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


COPY = ("INSERT INTO audit (actor, action, object_kind, object_id, data, address, created_at, nonce, mac) "
        "SELECT actor, action, object_kind, object_id, data, address, created_at, {nonce}, mac FROM audit "
        "WHERE id = 3")  # fmt: skip


def test_what_the_service_writes_is_whole(office: Office) -> None:
    act(office, 5)
    assert look(office) == []  # not linked yet, but sealed
    assert link(office) == 5
    assert link(office) == 0
    act(office)
    assert link(office) == 1
    assert look(office) == []
    assert head(office).place == 6


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE id = 2",
                                       "UPDATE audit_links SET hash = 'x'", "DELETE FROM audit_links",
                                       "DELETE FROM audit", "UPDATE audit SET data = '{}' WHERE id = 1"])  # fmt: skip
def test_the_database_refuses_to_change_or_delete(office: Office, statement: str) -> None:
    act(office, 3)
    link(office)
    with pytest.raises(DatabaseError, match="only added to"), office.database.write() as connection:
        connection.execute(text(statement))
    assert look(office) == []


@pytest.mark.parametrize(
    ("statements", "what", "entry"),
    [
        (["UPDATE audit SET actor = 'nobody' WHERE id = 3"], "changed", 3),
        (["UPDATE audit SET data = '{}' WHERE id = 3"], "changed", 3),
        (["UPDATE audit SET created_at = '2020-01-01 00:00:00+00' WHERE id = 3"], "changed", 3),
        (["UPDATE audit SET address = NULL WHERE id = 3"], "changed", 3),
        (["UPDATE audit SET mac = NULL, nonce = NULL WHERE id = 3"], "changed", 3),
        (["DELETE FROM audit WHERE id = 3"], "removed", 3),
        (["DELETE FROM audit WHERE id = 5"], "removed", 5),
        (["DELETE FROM audit WHERE id = 3", "DELETE FROM audit_links WHERE audit_id = 3"], "removed", None),
        ([COPY.format(nonce="NULL")], "inserted", 6),
        ([COPY.format(nonce="'" + "0" * 32 + "'")], "inserted", 6),
        (["UPDATE audit_links SET audit_id = 99 WHERE audit_id = 2", "UPDATE audit_links SET audit_id = 2 WHERE "
          "audit_id = 3", "UPDATE audit_links SET audit_id = 3 WHERE audit_id = 99"], "reordered", 3),
    ],
)  # fmt: skip
def test_tampering_is_found_and_named(office: Office, statements: list[str], what: str, entry: int | None) -> None:
    act(office, 5)
    link(office)
    behind_the_back(office, *statements)
    found = look(office)
    assert (found[0].what, found[0].audit_id) == (what, entry)
    link(office)  # the worker goes on, and lends what was slipped in no seal
    assert look(office)[0] == found[0]


def test_what_was_changed_before_it_was_linked_is_never_linked_and_named(office: Office) -> None:
    act(office, 3)
    behind_the_back(office, "UPDATE audit SET actor = 'nobody' WHERE id = 2")
    assert link(office) == 2
    assert [(each.what, each.audit_id) for each in look(office)] == [("inserted", 2)]


def test_an_end_that_was_cut_off_is_found_by_a_head_kept_elsewhere(office: Office) -> None:
    act(office, 5)
    link(office)
    kept = head(office)
    assert look(office, kept) == []
    behind_the_back(office, "DELETE FROM audit WHERE id > 3", "DELETE FROM audit_links WHERE audit_id > 3")
    assert look(office) == []
    assert [each.what for each in look(office, kept)] == ["cut"]
    act(office, 2)
    link(office)
    assert [each.what for each in look(office, kept)] == ["cut"]


def test_entries_that_are_old_enough_go_and_the_chain_goes_on_from_its_anchor(office: Office, clock: Clock) -> None:
    act(office, 3)
    link(office)
    clock.move(days=office.settings.keep_audit_days + 1)
    act(office, 2)
    link(office)
    kept = head(office)
    assert let_go(Kind.AUDIT, office) == 3
    assert let_go(Kind.AUDIT, office) == 0
    assert look(office, kept) == []
    act(office)
    link(office)
    assert (head(office).place, look(office, kept)) == (6, [])
    clock.move(days=office.settings.keep_audit_days + 1)
    assert let_go(Kind.AUDIT, office) == 3
    assert look(office) == []
    act(office)
    link(office)
    assert (head(office).place, look(office)) == (7, [])


@pytest.mark.parametrize("mac", ["'" + "0" * 64 + "'", "(SELECT mac FROM audit WHERE id = 1)"])
def test_an_anchor_that_the_service_did_not_write_is_found(office: Office, mac: str) -> None:
    act(office, 5)
    link(office)
    behind_the_back(
        office, f"INSERT INTO audit_anchors (place, hash, mac, created_at) SELECT place, hash, {mac}, "
        "'2026-01-01 00:00:00+00' FROM audit_links WHERE place = 3",
        "DELETE FROM audit WHERE id <= 3", "DELETE FROM audit_links WHERE place <= 3",
    )  # fmt: skip
    assert [each.what for each in look(office)] == ["inserted"]


def test_many_writers_and_workers_at_once_make_one_chain(office: Office) -> None:
    works = [lambda: act(office, 10)] * 6 + [lambda: [link(office) for _ in range(10)]] * 3
    assert not unexpected(at_once(*works))
    while link(office):
        pass
    assert head(office).place == 60
    assert look(office) == []


def test_entries_from_before_there_were_seals_are_taken_as_they_are_from_then_on(office: Office) -> None:
    columns = "actor, action, object_kind, object_id, data, created_at"
    old = f"INSERT INTO audit ({columns}) VALUES ('a', 'b', 'c', 'd', '{{}}', '2026-01-01 00:00:00+00')"
    behind_the_back(office, old, old, "DELETE FROM notes WHERE key LIKE 'lasting_key_%' OR key LIKE 'audit_%'")
    ring = office.database.ring
    assert ring is not None
    ring.lasting.clear()
    data_keys.open_keys(office.database)
    assert link(office) == 2
    assert look(office) == []
    behind_the_back(office, old)
    assert link(office) == 0
    assert [(each.what, each.audit_id) for each in look(office)] == [("inserted", 3)]
    behind_the_back(office, "UPDATE audit SET actor = 'nobody' WHERE id = 1")
    assert ("changed", 1) in {(each.what, each.audit_id) for each in look(office)}


def test_the_command_says_what_is_wrong_and_where(
    office: Office, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTKLIK_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("OTKLIK_DATABASE_URL", office.settings.database_url)
    act(office, 3)
    link(office)
    clock.now += timedelta(seconds=1)
    whole = CliRunner().invoke(app, ["audit", "verify"])
    assert (whole.exit_code, "3 entries: whole" in whole.output) == (0, True), whole.output
    kept = whole.stdout.strip().splitlines()[-1]
    assert CliRunner().invoke(app, ["audit", "verify", "--head", kept]).exit_code == 0
    assert CliRunner().invoke(app, ["audit", "verify", "--head", "4711"]).exit_code == 1
    behind_the_back(office, "UPDATE audit SET actor = 'nobody' WHERE id = 2")
    broken = CliRunner().invoke(app, ["audit", "verify"])
    assert broken.exit_code == 1
    assert "changed: entry 2" in " ".join(broken.output.split())
