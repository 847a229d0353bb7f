"""The program `otklik`, run in this process in folders of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli import app
from tests.service.own_folders import use_own_folders

FEW_ARTICLES = """question,answer,id,title,language,intent
как сменить пин-код карты,Откройте «Карты» и выберите ПИН-код.,pin,Сменить ПИН-код,ru,card_pin
забыл пин,Откройте «Карты» и выберите ПИН-код.,pin,Сменить ПИН-код,ru,card_pin
как перевести деньги по номеру телефона,Откройте «Платежи».,transfer,Перевести деньги,ru,transfer_how_to
"""

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_own_folders(monkeypatch, tmp_path)


@pytest.fixture
def otklik() -> Run:
    """Runs the program in this process; checks its exit status and shows what it said when that is another."""

    def run(*arguments: str | Path, status: int = 0, says: str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        if says is not None:
            assert says in " ".join(result.output.split()), result.output
        return result

    return run


@pytest.fixture
def few_articles(tmp_path: Path) -> Path:
    """A small knowledge base of one's own."""
    path = tmp_path / "few.csv"
    path.write_text(FEW_ARTICLES, encoding="utf-8")
    return path


@pytest.fixture
def with_model(trained_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default model is there."""
    monkeypatch.setenv("OTKLIK_MODEL_DIR", str(trained_model))


def lines_of(result: Result) -> list[dict[str, Any]]:
    """The JSON objects that came out, one a line."""
    return [json.loads(line) for line in result.stdout.splitlines() if line]
