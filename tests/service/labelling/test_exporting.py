"""The folder for training: complete, masked, the same when nothing changed, and taken by `otklik train`."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from models.errors import DataError
from models.likeness import likeness
from service import labelling
from service.domain.labels import ReviewItem
from service.errors import InvalidInput
from service.office import Office
from service.storage import understood
from service.storage.staff import StaffMember
from service.storage.tables import LogRow, table
from tests.service.conftest import NOON, Client, Clock
from tests.service.labelling.conftest import UNKNOWN, collected
from training.dataset import load_messages
from training.labels import load_labels


def lines(target: Path, name: str = "labels.jsonl") -> list[dict[str, Any]]:
    """The lines of a file of an export."""
    return [json.loads(line) for line in (target / name).read_text(encoding="utf-8").splitlines()]


def export(target: Path, office: Office, **more: bool) -> labelling.Exported:
    """Export what this office has learned."""
    return labelling.export(target, office.database, office.settings, office.clock(), **more)


def test_labels_of_people_and_of_events_go_out_with_weight_and_reason(
    office: Office, waiting: list[ReviewItem], client: Client, clock: Clock, vera: StaffMember, tmp_path: Path
) -> None:
    client.ask("забыл пин-код от карты")
    client.ask("да, помогло")
    collected(office, clock)
    item = next(each for each in waiting if each.text == UNKNOWN)
    labelling.add_intent(
        "app_theme", vera, office, department="digital", title={"ru": "Тема"}, about={"ru": "Оформление"},
        messages=[item.id],
    )  # fmt: skip
    done = export(tmp_path / "out", office, unlabelled=True)
    by_text = {line["text"]: line for line in lines(tmp_path / "out")}
    assert by_text[UNKNOWN] == {
        "text": UNKNOWN, "label": "app_theme", "language": "ru", "weight": 1.0, "reason": "labelled",
        "source": "people", "labelled_by": 1,
    }  # fmt: skip
    weak = by_text["забыл пин-код от карты"]
    assert (weak["label"], weak["weight"], weak["reason"], weak["source"]) == ("card_pin", 0.8, "helped", "events")
    assert {each["text"] for each in lines(tmp_path / "out", "unlabelled.jsonl")} >= {
        each.text for each in waiting if each.text != UNKNOWN
    }
    labels = load_labels(tmp_path / "out")
    assert labels.taxonomy.ids[-1] == "app_theme"
    assert labels.hash == done.hash
    assert {e.label: e.weight for e in labels.dataset.examples}["card_pin"] == 0.8


def test_nothing_labelled_is_a_clear_refusal_and_leaves_no_folder(
    office: Office, waiting: list[ReviewItem], tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="no message has a label yet"):
        export(tmp_path / "out", office)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_the_same_data_has_the_same_hash_and_a_new_label_another(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, clock: Clock, tmp_path: Path
) -> None:
    labelling.label(waiting[0].id, ["card_pin"], vera, office)
    first = export(tmp_path / "out", office).hash
    clock.move(hours=1)
    assert export(tmp_path / "out", office).hash == first
    labelling.label(waiting[1].id, ["card_order"], vera, office)
    assert export(tmp_path / "out", office).hash != first


def test_what_is_erased_leaves_the_next_export(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, tmp_path: Path
) -> None:
    for each in waiting:
        labelling.label(each.id, ["out_of_scope"], vera, office)
    with office.database.read() as connection:
        row = understood.get(connection, waiting[0].id)
    assert row is not None
    labelling.forget(row.client_id, office)
    export(tmp_path / "out", office)
    assert {each["text"] for each in lines(tmp_path / "out")} == {each.text for each in waiting[1:]}


def test_a_text_labelled_in_two_ways_is_left_out_and_counted(
    office: Office, new_client: Callable[..., Client], clock: Clock, vera: StaffMember, tmp_path: Path
) -> None:
    for text in (UNKNOWN, UNKNOWN.upper() + "?", "абракадабра шмурдяк кукарача"):
        new_client().ask(text)
    one, two, other = collected(office, clock).values()
    labelling.label(one.id, ["card_pin"], vera, office)
    labelling.label(two.id, ["card_order"], vera, office)
    labelling.label(other.id, ["out_of_scope"], vera, office)
    done = export(tmp_path / "out", office)
    assert (done.counts["disputed"], done.counts["written"]) == (1, 1)
    assert [each["label"] for each in lines(tmp_path / "out")] == ["out_of_scope"]
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["disputed"] == 1


def test_several_intents_and_unknown_ones_are_left_out(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, tmp_path: Path
) -> None:
    one, two, three = waiting
    labelling.label(one.id, ["card_pin", "card_order"], vera, office)
    labelling.label(two.id, ["card_pin"], vera, office)
    labelling.label(three.id, ["card_pin"], vera, office)
    with office.database.write() as connection:
        understood.change(connection, three.id, label=["an_intent_of_last_year"])
    done = export(tmp_path / "out", office)
    assert (done.counts["several"], done.counts["unknown"], done.counts["written"]) == (1, 1, 1)


def test_a_folder_with_something_else_is_never_replaced(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, tmp_path: Path
) -> None:
    labelling.label(waiting[0].id, ["card_pin"], vera, office)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("keep me")
    with pytest.raises(InvalidInput, match="no export of ours"):
        export(tmp_path / "letters", office)
    assert (tmp_path / "letters" / "dear.txt").read_text() == "keep me"


def test_an_export_that_was_cut_short_is_refused(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, tmp_path: Path
) -> None:
    labelling.label(waiting[0].id, ["card_pin"], vera, office)
    export(tmp_path / "out", office)
    (tmp_path / "out" / "labels.jsonl").write_text("")
    with pytest.raises(DataError, match="cut short"):
        load_labels(tmp_path / "out")


def test_messages_of_the_last_days_go_out_to_compare_models_on_and_leave_the_hash_alone(
    office: Office, new_client: Callable[..., Client], clock: Clock, vera: StaffMember, tmp_path: Path
) -> None:
    new_client().ask("где мой старый перевод")
    clock.move(days=10)
    for _ in range(2):
        new_client().ask("забыл пин-код от карты")
    rows = collected(office, clock)
    labelling.label(rows["забыл пин-код от карты"].id, ["card_pin"], vera, office)
    without = export(tmp_path / "out", office).hash
    done = labelling.export(tmp_path / "out", office.database, office.settings, office.clock(), replay_days=7)
    assert done.hash == without
    assert [line["text"] for line in lines(tmp_path / "out", "replay.jsonl")] == ["забыл пин-код от карты"] * 2
    (text, at), *_ = load_messages(tmp_path / "out" / "replay.jsonl")
    assert (text, at) == ("забыл пин-код от карты", rows[text].created_at.isoformat())


def test_memory_does_not_grow_with_the_number_of_messages(office: Office, tmp_path: Path) -> None:
    peaks = []
    for count in (500, 10_000):
        with office.database.write() as connection:
            connection.execute(delete(table(LogRow)))
            connection.execute(insert(table(LogRow)), [_row(number) for number in range(count)])
        tracemalloc.start()
        done = export(tmp_path / str(count), office)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert done.counts["written"] == count
    assert peaks[1] < 3 * peaks[0]


def _row(number: int) -> dict[str, Any]:
    text = "вопрос " + "".join("абвгдежзик"[int(digit)] for digit in str(number))
    return {
        "message_id": number, "conversation_id": number, "client_id": number, "seq": 1, "text": text,
        "likeness": likeness(text), "language": "ru", "model": None, "intent": "card_pin", "confidence": 0.5,
        "ranking": [], "in_scope": True, "scope_score": 0.0, "disagreement": 0.0, "article": None,
        "article_score": None, "decision": "answer", "happened": [], "weak_label": "card_pin", "weak_weight": 0.8,
        "weak_reason": "helped", "label": None, "labelled_by": 0, "sample": False, "state": "quiet", "reasons": [],
        "worth": 0.0, "alike": 1, "topic_id": None, "topic_place": None, "vector": None, "encoder": None,
        "created_at": NOON,
    }  # fmt: skip
