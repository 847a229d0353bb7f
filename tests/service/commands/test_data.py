"""`otklik data export`: masked, repeatable, never half written."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import open_office
from service.settings import Settings
from service.storage import records
from tests.service.commands.conftest import Run


@pytest.fixture
def conversation(otklik: Run, few_articles: Path, model: Model) -> None:
    """A client wrote three messages with personal data in them, and an operator corrected the second."""
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    office = open_office(Settings(burst_seconds=0.0), model=model)
    said = ("забыл пин-код, мой номер +7 916 123-45-67", "карта 4111 1111 1111 1111 не работает", "курс доллара?")
    for text in said:
        handle_message(InboundMessage("web", uuid4().hex, "client-1", text, None, "ru"), office)
    with office.database.write() as connection:
        data = {"seq": 3, "intent": "card_declined"}
        records.add_fact(connection, 1, "intent_corrected", "anna", data, datetime.now(UTC))
    office.close()


@pytest.mark.slow
@pytest.mark.usefixtures("conversation")
def test_exported_messages_are_masked_and_the_hash_is_that_of_the_file(otklik: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    digest = otklik("data", "export", target).stdout.strip()
    content = target.read_bytes()
    assert digest == hashlib.sha256(content).hexdigest()
    rows = [json.loads(line) for line in content.splitlines()]
    assert len(rows) == 3
    assert rows[0]["text"].endswith("[phone]")
    assert "4111" not in rows[1]["text"]
    assert rows[1]["text"].startswith("карта")
    assert b"916" not in content
    assert all(
        row.keys() == {"text", "language", "label", "intent", "confidence", "scope_score", "model", "decision"}
        for row in rows
    )
    assert otklik("data", "export", tmp_path / "again.jsonl").stdout.strip() == digest


@pytest.mark.slow
@pytest.mark.usefixtures("conversation")
def test_only_confirmed_messages_are_exported_on_request(otklik: Run, tmp_path: Path) -> None:
    target = tmp_path / "labelled.jsonl"
    otklik("data", "export", "--labelled", target)
    (row,) = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert row["label"] == "card_declined"


def test_an_export_without_messages_is_an_empty_file(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    target = tmp_path / "out.jsonl"
    assert otklik("data", "export", target).stdout.strip() == hashlib.sha256(b"").hexdigest()
    assert target.read_bytes() == b""


def test_an_export_that_cannot_be_written_leaves_the_old_file_alone(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("data", "export", tmp_path / "out.csv", status=1, says="must end in .jsonl")
    otklik("data", "export", tmp_path / "no-such-folder" / "out.jsonl", status=1, says="No such file or directory")
    folder = tmp_path / "out.jsonl"
    folder.mkdir()
    otklik("data", "export", folder, status=1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_an_export_without_a_label_is_refused_and_leaves_nothing(otklik: Run, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("data", "export", "--out", tmp_path / "labels", status=1, says="no message has a label yet")
    otklik("data", "export", status=1, says="--out FOLDER")
    assert not (tmp_path / "labels").exists()
