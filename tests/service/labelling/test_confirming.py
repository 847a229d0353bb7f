"""Which article was confirmed goes out with the export, for the ranking; new intents bring messages of a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import desk, labelling
from service.accounts import COMMAND_LINE
from service.errors import InvalidInput
from service.office import Office
from service.storage import understood
from service.storage.staff import StaffMember
from service.suggesting import accept, current_offer
from tests.service.conftest import Client, Clock
from tests.service.labelling.conftest import collected
from training.labels import load_labels
from training.ranking import load_answered

PIN = "забыл пин-код от карты"
THEMES = [
    f"{start} тёмную тему {end}" for start in ("включите", "верните", "хочу") for end in ("в приложение", "скорее")
]


def export(target: Path, office: Office) -> labelling.Exported:
    """Export what this office has learned."""
    return labelling.export(target, office.database, office.settings, office.clock())


def lines(target: Path) -> list[dict[str, Any]]:
    """What was confirmed."""
    return [json.loads(line) for line in (target / "confirmed.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_answer_that_helped_and_a_suggestion_that_was_sent_are_confirmed(
    office: Office, new_client: Callable[..., Client], clock: Clock, anna: StaffMember, tmp_path: Path
) -> None:
    helped = new_client()
    helped.ask(PIN)
    helped.ask("да, помогло")
    waits = new_client()
    waits.ask("оператор", button="command:operator")
    number = desk.list_inbox(anna, office).entries[0].conversation_id
    desk.take(number, anna, office)
    waits.ask("как снять наличные в банкомате, 79161234567")
    offer = current_offer(number, anna, office)
    assert offer is not None
    article = next(each for each in offer.suggestions if each.source.kind == "article")
    accept(offer.id, article.rank, anna, office, key="k")
    collected(office, clock)
    done = export(tmp_path / "out", office)
    assert done.counts["confirmed"] == 2
    sent, answered = lines(tmp_path / "out")
    assert (sent["article"], sent["weight"], sent["reason"]) == (article.source.key, 1.0, "accepted")
    assert "79161234567" not in sent["text"]
    assert sent["intents"]
    assert (answered["text"], answered["article"], answered["reason"]) == (PIN, "card-pin", "helped")
    read = load_answered(tmp_path / "out")
    assert read is not None
    assert {each.article for each in read.confirmed} <= {each.id for each in read.articles}
    assert load_labels(tmp_path / "out").hash == done.hash


def test_what_did_not_help_is_not_confirmed(
    office: Office, client: Client, clock: Clock, vera: StaffMember, tmp_path: Path
) -> None:
    client.ask(PIN)
    client.ask("нет, не помогло")
    row = collected(office, clock)[PIN]
    labelling.label(row.id, ["card_pin"], vera, office)
    export(tmp_path / "out", office)
    assert not (tmp_path / "out" / "confirmed.jsonl").exists()
    assert load_answered(tmp_path / "out") is None


def test_a_new_intent_brings_its_own_messages_masked_and_each_once(office: Office, tmp_path: Path) -> None:
    texts = [*THEMES, THEMES[0].upper() + "!", "верните тёмную тему, мой телефон +7 916 123-45-67"]
    labelling.add_intent(
        "app_theme", COMMAND_LINE, office, department="digital", title={"ru": "Тема"}, about={"ru": "Оформление"},
        examples=texts,
    )  # fmt: skip
    done = export(tmp_path / "out", office)
    assert done.labels["app_theme"] == len(THEMES) + 1
    exported = (tmp_path / "out" / "labels.jsonl").read_text(encoding="utf-8")
    assert "916" not in exported
    with office.database.read() as connection:
        assert {row.author for row in understood.history(connection, 50)} == {COMMAND_LINE.login}


@pytest.mark.parametrize("texts", [THEMES[:1], [THEMES[0]] * 30, [*THEMES[:4], "!!!", ""]])
def test_an_intent_with_hardly_any_messages_is_refused_and_nothing_is_added(office: Office, texts: list[str]) -> None:
    with pytest.raises(InvalidInput, match="different messages are too few to learn from; give 5 or more"):
        labelling.add_intent(
            "app_theme", COMMAND_LINE, office, department="digital", title={"ru": "Тема"}, about={"ru": "Тема"},
            examples=texts,
        )  # fmt: skip
    assert "app_theme" not in office.rules.intents
