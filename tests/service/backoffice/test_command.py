"""otklik backoffice: the live self-test says what is wrong, the example is what a bank has to build."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from click.testing import Result
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.backoffice import CONTRACT_FILE
from service.backoffice.example import create_example
from service.cli import app
from tests.service.backoffice.contract import demo_bank
from tests.service.backoffice.servers import Reply, ScriptedBank, serving
from tests.service.backoffice.test_http import essence
from tests.service.databases import sqlite_url
from tests.service.own_folders import use_own_folders

TOKEN = "a token of tests"
Check = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_own_folders(monkeypatch, tmp_path)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    """Runs the self-test with these settings."""

    def run(*arguments: str, **settings: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(f"OTKLIK_BACK_OFFICE{'_' if name else ''}{name.upper()}", value)
        monkeypatch.setenv("OTKLIK_BACK_OFFICE", "http")
        return CliRunner().invoke(app, ["backoffice", "check", *arguments])

    return run


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The example server, which asks for a token."""
    with demo_bank(sqlite_url(tmp_path)) as bank, serving(create_example(bank, TOKEN)) as address:
        yield address


def test_a_good_connection_passes_and_shows_nothing_personal(check: Check, url: str) -> None:
    result = check("--number", "+79135550101", url=url, token=TOKEN)
    assert result.exit_code == 0, result.output
    for line in ("contract 1.0", "finds nobody", "e-mail on file: yes", "accounts: 2", "cards: 3", "repaid: 1"):
        assert line in result.output
    for private in ("Соколова", "irina", "40817810900001204417", "184302"):
        assert private not in result.output


def test_a_number_of_nobody_is_said_to_be_one(check: Check, url: str) -> None:
    result = check("--number", "89135550101", url=url, token=TOKEN)
    assert result.exit_code == 1
    assert "phones as +79135550101" in result.output


def test_a_wrong_token_is_named(check: Check, url: str) -> None:
    result = check(url=url, token="another")
    assert result.exit_code == 1
    assert "OTKLIK_BACK_OFFICE_TOKEN" in result.output


def test_nobody_at_the_address_is_named(check: Check) -> None:
    result = check(url="http://127.0.0.1:9", attempts="1")
    assert result.exit_code == 1
    assert "can't be reached" in result.output


@pytest.mark.parametrize(
    ("replies", "named"),
    [
        ([Reply(body='{"contract": "2.0", "bank": "x"}')], "speaks contract 2.0"),
        ([Reply(body='{"contract": "1.4", "bank": "x"}'),
          Reply(body='{"client": {"id": "c-1", "name": "x"}}')], "number of zeros"),
        ([Reply(body="{}")], "contract: Field required"),
        ([Reply(404, "")], "OTKLIK_BACK_OFFICE_URL"),
    ],
)  # fmt: skip
def test_a_bank_that_speaks_otherwise_is_told_how(check: Check, replies: list[Reply], named: str) -> None:
    with serving(ScriptedBank(replies)) as address:
        result = check(url=address, attempts="1")
    assert result.exit_code == 1
    assert named in result.output


def test_without_a_back_office_it_says_what_to_set() -> None:
    result = CliRunner().invoke(app, ["backoffice", "check"])
    assert result.exit_code == 1
    assert "OTKLIK_BACK_OFFICE" in result.output


def test_the_example_serves_the_demos_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[int, Any]] = []

    def look(example: Any, *, port: int, **_more: Any) -> None:
        with TestClient(example) as http:
            asked = {"number": "+79135550106"}
            stranger = http.post("/clients/find", json=asked)
            known = http.post("/clients/find", json=asked, headers={"Authorization": "Bearer t"})
        served.append((port, (stranger.status_code, known.json()["client"]["name"])))

    monkeypatch.setattr(uvicorn, "run", look)
    result = CliRunner().invoke(app, ["backoffice", "example", "--port", "8123", "--token", "t"])
    assert result.exit_code == 0, result.output
    assert served == [(8123, (401, "James Whitfield"))]
    assert "OTKLIK_BACK_OFFICE_URL=http://127.0.0.1:8123" in result.output


def test_the_contract_is_printed_as_it_is_shipped() -> None:
    result = CliRunner().invoke(app, ["backoffice", "contract"])
    assert result.output == CONTRACT_FILE.read_text(encoding="utf-8")


def test_a_contract_made_anew_is_the_shipped_one() -> None:
    made = yaml.safe_load(CliRunner().invoke(app, ["backoffice", "contract", "--made"]).output)
    assert essence(made) == essence(yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8")))
