"""The data keys: made once, never lost without being missed, changed while the service runs."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from service.cli import app
from service.data_keys import FILE, count_old, new_key, open_keys, read_ring, rotate
from service.domain.conversations import ChannelKind
from service.domain.messages import Reply
from service.domain.staff import Role
from service.errors import SetupError
from service.preparation import open_database
from service.settings import Settings
from service.storage import conversations, messages, staff
from service.storage.database import Database
from service.storage.migrate import migrate, newest_version
from tests.service.conftest import NOON
from tests.service.threads import at_once, unexpected

OLD, NEW = new_key(), new_key()
MARKER = "anna@bank.example"


def prepared(folder: Path, **given: str) -> Database:
    """A migrated database in this folder, its keys open."""
    database = open_database(Settings(var_dir=folder, **given))
    migrate(database)
    open_keys(database)
    return database


def emails(database: Database) -> list[str | None]:
    """What the service reads."""
    with database.read() as connection:
        return [each.member.email for each in staff.all_accounts(connection)]


def raw(database: Database) -> str:
    """What the database holds, as text."""
    with database.read() as connection:
        rows = connection.execute(text("SELECT email FROM staff UNION ALL SELECT value FROM notes")).scalars()
        return "\n".join(str(each) for each in rows)


def hire(database: Database, count: int) -> None:
    """People with addresses."""
    with database.write() as connection:
        for number in range(count):
            staff.insert(connection, f"p{number}", "P", Role.OPERATOR, (), NOON, email=f"{number}.{MARKER}")


def test_the_first_start_makes_a_key_that_only_the_service_may_read(tmp_path: Path) -> None:
    first = read_ring(Settings(var_dir=tmp_path / "new"))
    path = tmp_path / "new" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_ring(Settings(var_dir=tmp_path / "new")).current == first.current
    assert [each.name for each in path.parent.iterdir()] == [FILE]


def test_of_processes_that_start_at_once_all_have_the_same_key(tmp_path: Path) -> None:
    made = at_once(*[lambda: read_ring(Settings(var_dir=tmp_path)).current] * 8)
    assert not unexpected(made)
    assert len(set(made)) == 1


def test_an_address_is_kept_encrypted(tmp_path: Path) -> None:
    database = prepared(tmp_path)
    hire(database, 1)
    assert emails(database) == [f"0.{MARKER}"]
    assert MARKER not in raw(database)
    database.close()


@pytest.mark.parametrize(
    ("content", "says"), [("", "has no key"), ("# only words\n", "has no key"), ("short\n", "otklik privacy new-key")]
)
def test_a_key_file_that_is_none_is_said_so(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="ascii")
    with pytest.raises(SetupError, match=says):
        read_ring(Settings(var_dir=tmp_path))


def test_a_service_with_another_key_does_not_start(tmp_path: Path) -> None:
    prepared(tmp_path, data_keys=OLD).close()
    stranger = open_database(Settings(var_dir=tmp_path, data_keys=NEW))
    with pytest.raises(SetupError, match="put that key back"):
        open_keys(stranger)
    stranger.close()


def test_rotation_seals_everything_anew_and_then_the_old_key_may_go(tmp_path: Path) -> None:
    before = prepared(tmp_path, data_keys=OLD)
    hire(before, 450)
    index = before.ring.mac("index", "x") if before.ring else ""
    before.close()

    both = prepared(tmp_path, data_keys=f"{NEW}, {OLD}")
    steps: list[int] = []
    waiting = count_old(both)
    assert waiting == 453  # the addresses, the two lasting keys, the last entry without a seal
    assert rotate(both, steps.append) == sum(steps) == waiting
    assert count_old(both) == 0
    assert rotate(both, steps.append) == 0
    both.close()

    after = prepared(tmp_path, data_keys=NEW)
    assert sorted(map(str, emails(after))) == sorted(f"{number}.{MARKER}" for number in range(450))
    assert after.ring is not None
    assert after.ring.mac("index", "x") == index
    after.close()


def test_clients_and_what_was_written_are_found_and_read_under_the_new_key(tmp_path: Path) -> None:
    before = prepared(tmp_path, data_keys=OLD)
    dialogue = {"name": "verify_client", "data": {"step": "number"}}
    with before.write() as connection:
        view = conversations.begin(connection, "email", MARKER, ChannelKind.EMAIL, "ru", "Анна", NOON)
        conversations.change(connection, view, dialogue=dialogue)
        messages.add_replies(
            connection, conversation_id=view.id or 0, first_seq=1, channel="email", replies=[Reply("привет")],
            state=None, now=NOON,
        )  # fmt: skip
    before.close()

    both = prepared(tmp_path, data_keys=f"{NEW},{OLD}")
    rotate(both, lambda _count: None)
    both.close()
    after = prepared(tmp_path, data_keys=NEW)
    with after.read() as connection:
        found = conversations.find(connection, "email", MARKER, ChannelKind.EMAIL)
        assert found is not None
        assert found.external_id == MARKER
        assert found.dialogue is not None
        assert found.dialogue.to_json() == dialogue
        assert [each.text for each in messages.timeline(connection, found.id or 0)] == ["привет"]
    after.close()


def test_an_interrupted_rotation_goes_on_where_it_was(tmp_path: Path) -> None:
    before = prepared(tmp_path, data_keys=OLD)
    hire(before, 300)
    before.close()
    both = prepared(tmp_path, data_keys=f"{NEW},{OLD}")

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(both, stop)
    assert len(emails(both)) == 300
    left = count_old(both)
    assert 0 < left < 303
    assert rotate(both, lambda _count: None) == left
    both.close()


def test_the_newest_migration_is_the_one_that_none_follows() -> None:
    assert re.fullmatch(r"\d{4}", newest_version())


def test_the_command_rotates_and_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTKLIK_VAR_DIR", str(tmp_path))
    fresh = CliRunner().invoke(app, ["privacy", "new-key"]).output.strip()
    database = prepared(tmp_path, data_keys=OLD)
    hire(database, 3)
    database.close()

    monkeypatch.setenv("OTKLIK_DATA_KEYS", f"{fresh},{OLD}")
    done = CliRunner().invoke(app, ["privacy", "rotate-keys"])
    assert done.exit_code == 0, done.output
    assert "6 values sealed anew" in done.output

    monkeypatch.setenv("OTKLIK_DATA_KEYS", OLD)
    refused = CliRunner().invoke(app, ["privacy", "rotate-keys"])
    assert refused.exit_code == 1
    assert "put that key back" in " ".join(refused.output.split())
