"""What a judgement quotes of a client goes when the client is forgotten: from figures, verdicts and pages."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

from service import labelling, privacy, releases
from service.accounts import COMMAND_LINE
from service.domain.messages import InboundMessage
from service.domain.staff import Role
from service.inbox import handle_message
from service.office import Office
from service.releases.runner import _forget_erased, keep_judgement
from service.storage import conversations, models
from tests.service.conftest import Clock
from tests.service.releases.conftest import Artifacts
from tests.service.small_office import hire
from training.dataset import Dataset, Example
from training.evaluating import judge_models

SECRET = "мой <псевдоним> жмурбаклан, потерял карту"
OTHER = "щебетурник просит курс"
GOLDEN = "какой курс у щебетуна"


@pytest.fixture
def client(office: Office, clock: Clock) -> int:
    """A client whose message was kept for training."""
    message = InboundMessage("web", "m1", "visitor", SECRET, None, "ru")
    conversation = handle_message(message, office).message.conversation_id
    clock.move(seconds=30)
    while labelling.collect_due(office):
        pass
    with office.database.read() as connection:
        return conversations.get(connection, conversation).client_id


def judged(office: Office, artifacts: Artifacts, folder: Path) -> str:
    """A version that was judged on both messages and replayed on them; everything of it quotes them."""
    version = releases.add_model(artifacts.rate, COMMAND_LINE, office).version
    wrong = tuple(Example(text, "greeting", "ru", "plain", "labels", 1) for text in (SECRET, OTHER, GOLDEN))
    (folder / "replay.jsonl").write_text("".join(json.dumps({"text": e.text}) + "\n" for e in wrong), encoding="utf-8")
    live = office.settings.registry / str(office.models.in_use.plan.live)
    found = judge_models(office.settings.registry / version, Dataset(wrong), against=live,
                         replayed=folder / "replay.jsonl")  # fmt: skip
    found.write_page(office.settings.registry / f"{version}.html")
    shown = json.loads(json.dumps(found.as_dict()))
    shown["replay"]["changes"].append({"before": "a", "after": "b", "count": 1, "examples": [SECRET, OTHER]})
    keep_judgement(version, shown, office)
    return version


def everything(office: Office, version: str) -> str:
    """All that is stored of judgements, as text."""
    with office.database.read() as connection:
        kept: list[Any] = [content for _, _, content in models.judgements(connection)]
    page = (office.settings.registry / f"{version}.html").read_text(encoding="utf-8")
    return json.dumps(kept, ensure_ascii=False) + page


def test_an_erased_client_is_quoted_nowhere_and_others_still_are(
    office: Office, artifacts: Artifacts, client: int, tmp_path: Path
) -> None:
    version = judged(office, artifacts, tmp_path)
    before = everything(office, version)
    assert before.count(SECRET) >= 3
    assert escape(SECRET) in before
    privacy.erase_client(client, hire(office, "olga", role=Role.ADMIN)[0], office)
    after = everything(office, version)
    assert "жмурбаклан" not in after
    assert after.count(OTHER) == before.count(OTHER)
    assert releases.read_report(version, COMMAND_LINE, office).decode().endswith("</html>\n")


def test_what_is_too_old_to_be_trained_on_is_quoted_no_longer(
    office: Office, artifacts: Artifacts, client: int, clock: Clock, tmp_path: Path
) -> None:
    version = judged(office, artifacts, tmp_path)
    clock.move(days=office.settings.training_days + 1)
    assert labelling.expire_old(office) == 1
    assert "жмурбаклан" not in everything(office, version)


def test_who_is_erased_while_a_model_is_trained_is_not_quoted_by_it(
    office: Office, artifacts: Artifacts, client: int, tmp_path: Path
) -> None:
    exported = tmp_path / "labels"
    exported.mkdir()
    lines = "".join(json.dumps({"text": text, "label": "rate"}) + "\n" for text in (SECRET, OTHER))
    (exported / "labels.jsonl").write_text(lines, encoding="utf-8")
    labelling.forget(client, office)
    version = judged(office, artifacts, tmp_path)
    _forget_erased(exported, office)
    after = everything(office, version)
    assert "жмурбаклан" not in after
    assert GOLDEN in after  # it was never exported
