"""Weeks are counted from what clients wrote, shown to who makes models, and put into the gauges."""

from datetime import datetime, timedelta

import pytest

from service.domain.staff import StaffMember
from service.errors import Forbidden
from service.office import Office
from service.releases.drift import measure_drift, read_drift
from service.storage.tables import LogRow, insert_row
from tests.service.conftest import NOON
from tests.service.small_office import hire


def write(office: Office, at: datetime, intent: str, count: int, *, confidence: float = 0.9) -> None:
    """This many messages of an intent."""
    with office.database.write() as connection:
        for _ in range(count):
            insert_row(connection, LogRow, {
                "message_id": None, "conversation_id": 1, "client_id": 1, "seq": 1, "text": "x", "likeness": "x",
                "language": "ru", "model": "m", "intent": intent, "confidence": confidence, "ranking": [],
                "in_scope": True, "scope_score": 1.0, "disagreement": 0.0, "article": None, "article_score": None,
                "decision": "answer", "happened": [], "weak_label": None, "weak_weight": None, "weak_reason": None,
                "label": None, "sample": False, "state": "quiet", "reasons": [], "worth": 0.0, "topic_id": None,
                "vector": None, "encoder": None, "created_at": at,
            })  # fmt: skip
        connection.execute(LogRow.__table__.update().values(message_id=LogRow.__table__.c.id))


def test_a_week_that_asks_about_something_else_is_an_alarm(office: Office, mlstaff: StaffMember) -> None:
    for back in range(2, 5):
        write(office, NOON - timedelta(weeks=back), "rate", 60)
    write(office, NOON - timedelta(weeks=1), "rate", 20)
    write(office, NOON - timedelta(weeks=1), "card_lost", 100, confidence=0.3)
    write(office, NOON, "rate", 3)
    weeks = read_drift(mlstaff, office)
    assert [each.drift.week.messages for each in weeks][:5] == [3, 120, 60, 60, 60]
    assert weeks[0].going_on
    assert weeks[1].drift.alarms == ("intents", "unsure")
    assert weeks[1].drift.from_training is not None
    assert measure_drift(office) == weeks[1]

    def gauge(name: str, **labels: str) -> float | None:
        return office.metrics.registry.get_sample_value(name, labels)

    assert gauge("otklik_drift_alarms") == 2
    assert gauge("otklik_drift_index", of="intents") == weeks[1].drift.intents
    assert gauge("otklik_unsure_share") == pytest.approx(100 / 120)


def test_without_messages_there_is_nothing_to_show(office: Office, mlstaff: StaffMember) -> None:
    assert read_drift(mlstaff, office) == []
    assert measure_drift(office) is None


def test_others_may_not_look(office: Office) -> None:
    with pytest.raises(Forbidden):
        read_drift(hire(office, "anna")[0], office)
