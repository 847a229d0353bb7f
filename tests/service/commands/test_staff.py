"""`otklik staff`: accounts, tokens and passwords from the command line."""

import re

from typer.testing import CliRunner

from service.cli import app
from service.settings import Settings
from service.storage import staff
from service.storage.database import Database
from tests.service.commands.conftest import Run


def member(token: str) -> staff.StaffMember | None:
    """Who a token belongs to."""
    database = Database(Settings().database)
    with database.read() as connection:
        found = staff.find_by_token(connection, token)
    database.close()
    return found


def test_a_member_of_staff_gets_a_token_that_works(otklik: Run) -> None:
    otklik("migrate")
    added = otklik(
        "staff", "add", "anna", "--name", "Анна", "--role", "supervisor",
        "--department", "cards", "--department", "loans",
    )  # fmt: skip
    found = member(added.stdout.strip())
    assert found is not None
    assert (found.login, found.name, found.role, found.departments) == (
        "anna",
        "Анна",
        "supervisor",
        ("cards", "loans"),
    )


def test_only_the_token_goes_to_standard_output(otklik: Run) -> None:
    otklik("migrate")
    assert re.fullmatch(r"otk_[\w-]{40,}\n", otklik("staff", "add", "anna").stdout)


def test_a_renewed_token_replaces_the_old_one(otklik: Run) -> None:
    otklik("migrate")
    old = otklik("staff", "add", "anna").stdout.strip()
    new = otklik("staff", "renew", "anna").stdout.strip()
    assert old != new
    assert member(old) is None
    found = member(new)
    assert found is not None
    assert found.login == "anna"


def test_mistakes_about_staff_are_named(otklik: Run) -> None:
    otklik("migrate")
    otklik("staff", "add", "anna")
    otklik("staff", "add", "anna", status=1, says="already a member of staff with the login 'anna'")
    otklik("staff", "add", "boris", "--department", "moon", status=1, says="no such department: moon")
    otklik("staff", "add", "boris", "--role", "king", status=2)
    otklik("staff", "renew", "nobody", status=1, says="no member of staff with the login 'nobody'")


def test_a_one_time_password_is_shown_beside_the_token(otklik: Run) -> None:
    otklik("migrate")
    added = otklik("staff", "add", "anna")
    assert re.search(r"one-time password of anna.*: [a-z2-9]{5}(-[a-z2-9]{5}){3}", added.stderr)


def test_a_password_is_read_from_standard_input_or_asked_for(otklik: Run) -> None:
    otklik("migrate")
    given = CliRunner().invoke(app, ["staff", "add", "anna", "--password-stdin"], input="вишня трактор луна\n")
    assert given.exit_code == 0
    assert "one-time" not in given.output
    asked = CliRunner().invoke(app, ["staff", "password", "anna", "--password"], input="три слова подряд\n" * 2)
    assert (asked.exit_code, asked.stdout.strip()) == (0, "")
    weak = CliRunner().invoke(app, ["staff", "add", "boris", "--password-stdin"], input="short\n")
    assert weak.exit_code == 1
    assert "too short" in " ".join(weak.output.split())
    huge = CliRunner().invoke(app, ["staff", "add", "boris", "--password-stdin"], input="x" * 2**20)
    assert "too long" in " ".join(huge.output.split())
    assert "boris" not in otklik("staff", "list").stdout


def test_staff_are_listed_disabled_and_enabled(otklik: Run) -> None:
    otklik("migrate")
    token = otklik("staff", "add", "anna", "--role", "supervisor", "--department", "cards").stdout.strip()
    another = otklik("staff", "token", "anna", "--name", "reports", "--days", "7").stdout.strip()
    assert member(token) == member(another)
    shown = otklik("staff", "list").stdout
    assert all(word in shown for word in ("anna", "supervisor", "cards", "one-time"))
    otklik("staff", "disable", "anna")
    assert member(token) is None
    assert "anna" not in otklik("staff", "list").stdout
    assert "anna" in otklik("staff", "list", "--all").stdout
    otklik("staff", "enable", "anna")
    assert re.fullmatch(r"[a-z2-9-]{23}\n", otklik("staff", "password", "anna").stdout)
    otklik("staff", "totp-off", "anna")
    for command in ("disable", "enable", "password", "token", "totp-off"):
        otklik("staff", command, "nobody", status=1, says="no member of staff with the login 'nobody'")


def test_the_last_administrator_is_not_disabled_from_the_command_line_either(otklik: Run) -> None:
    otklik("migrate")
    otklik("staff", "add", "root", "--role", "admin")
    otklik("staff", "disable", "root", status=1, says="last administrator")
