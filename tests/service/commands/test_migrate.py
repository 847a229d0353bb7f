"""`otklik migrate`, and what other commands say before it was run."""

import re
from pathlib import Path

import pytest

from service.settings import Settings
from tests.service.commands.conftest import Run


def test_migrating_twice_changes_nothing_the_second_time(otklik: Run) -> None:
    first = otklik("migrate").stdout
    second = otklik("migrate").stdout
    assert "new ->" in first
    before, after = re.findall(r"(\S+) -> (\S+)", second)[0]
    assert before == after
    assert Settings().database.removeprefix("sqlite:///") in first.replace("\n", "")


@pytest.mark.parametrize(
    "arguments",
    [("staff", "add", "anna"), ("staff", "renew", "anna"), ("knowledge", "import"), ("data", "export", "x.jsonl")],
    ids=" ".join,
)
def test_before_the_first_migration_the_command_that_mends_it_is_named(otklik: Run, arguments: tuple[str, ...]) -> None:
    otklik(*arguments, status=1, says="otklik migrate")


def test_the_folder_for_all_that_is_written_may_be_given(otklik: Run, tmp_path: Path) -> None:
    otklik("--var", tmp_path / "elsewhere", "migrate")
    assert (tmp_path / "elsewhere" / "otklik.db").is_file()
