"""What was understood of a message that waits for more is not understood again, and means the same as if it were."""

from typing import Any

import pytest
from sqlalchemy import select

from service.domain.decisions import Wait
from service.inbox import handle_message
from service.office import Office
from service.storage.tables import MessageRow, table
from service.worker import answer_bursts
from tests.service.inbox.conftest import UNFINISHED, sent, timeline


def _say(office: Office, who: str, *texts: str) -> int:
    outcomes = [handle_message(sent(who, text), office) for text in texts]
    assert all(isinstance(each.decision, Wait) for each in outcomes)
    return outcomes[-1].message.conversation_id


def _recorded(office: Office, conversation_id: int) -> list[tuple[Any, Any]]:
    """What was understood and decided of each message of the client."""
    m = table(MessageRow).c
    query = select(m.understanding, m.decision).where(m.conversation_id == conversation_id, m.author == "client")
    with office.database.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(m.seq))]


@pytest.mark.parametrize("texts", [("привет",), (UNFINISHED,), (UNFINISHED, "про карту,")])
def test_a_burst_is_answered_from_what_was_understood_of_it(
    office: Office, clock: Any, monkeypatch: pytest.MonkeyPatch, texts: tuple[str, ...]
) -> None:
    kept = _say(office, "kept", *texts)
    again = _say(office, "again", *texts)
    office.kept.take(again, 0, clock())  # as after a restart
    clock.move(seconds=10)
    asked: list[str] = []
    understand_all = office.reader.understand_all
    understand = office.reader.understand
    monkeypatch.setattr(office.reader, "understand", lambda *a: asked.append("one") or understand(*a))
    monkeypatch.setattr(office.reader, "understand_all", lambda *a: asked.append("two") or understand_all(*a))
    assert answer_bursts(office) == 2
    assert len(asked) == 1  # of the one of whom nothing was kept
    assert [m.text for m in timeline(office, kept)] == [m.text for m in timeline(office, again)]
    assert _recorded(office, kept) == _recorded(office, again)


def test_a_message_that_came_meanwhile_is_understood_with_the_burst(office: Office, clock: Any) -> None:
    conversation_id = _say(office, "client", UNFINISHED)
    handle_message(sent("client", "как снять наличные в банкомате?"), office)
    assert answer_bursts(office) == 0
    understanding, _ = _recorded(office, conversation_id)[-1]
    assert "снять наличные" in understanding["text"]


def test_a_code_in_a_waiting_message_is_not_kept(office: Office, clock: Any) -> None:
    conversation_id = _say(office, "client", "мой код 482193,")
    (kept,) = office.kept._kept.values()
    assert "482193" not in repr(kept)
    assert "482193" not in timeline(office, conversation_id)[0].text


def test_a_burst_does_not_queue_behind_those_who_write_now(office: Office, clock: Any) -> None:
    _say(office, "client", UNFINISHED)
    clock.move(seconds=10)
    with office.database._queue:  # everybody else's turn would come first
        assert answer_bursts(office) == 1


def test_how_late_a_burst_was_answered_is_counted(office: Office, clock: Any) -> None:
    _say(office, "client", UNFINISHED)
    clock.move(seconds=10)
    answer_bursts(office)
    (late,) = office.metrics.burst_lateness.collect()
    figures = {sample.name.rsplit("_", 1)[-1]: sample.value for sample in late.samples if "le" not in sample.labels}
    assert figures["count"] == 1
    assert 0 < figures["sum"] < 10
