"""`otklik --help`: every command is listed and explains itself."""

import re

import pytest

from tests.service.commands.conftest import Run

COMMANDS = ("serve", "worker", "demo", "ask", "chat", "train", "evaluate", "knowledge", "data", "staff", "migrate",
            "bench", "settings", "backoffice")  # fmt: skip


def test_help_lists_every_command(otklik: Run) -> None:
    shown = otklik("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\s", shown, re.MULTILINE), command


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("staff", ("add", "list", "disable", "enable", "password", "token", "renew", "totp-off")),
        ("knowledge", ("check", "import", "export", "search")),
        ("data", ("check", "export")),
        ("bench", ("serving",)),
    ],
)
def test_help_of_a_group_lists_its_commands(otklik: Run, group: str, commands: tuple[str, ...]) -> None:
    shown = otklik(group, "--help").stdout
    for command in commands:
        assert re.search(rf"^\W*{command}\s", shown, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(otklik: Run, command: str) -> None:
    assert otklik(command, "--help").stdout.count("\n") > 5


def test_an_unknown_command_is_refused(otklik: Run) -> None:
    otklik("anser", status=2)
