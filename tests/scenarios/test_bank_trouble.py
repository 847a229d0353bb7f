"""A bank that is away leads to a person who has everything already; all that was asked of it stands in the trail."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.backoffice.access import Access
from service.backoffice.base import BackOfficeUnavailable
from service.backoffice.calling import Caller
from service.backoffice.http import HttpBank
from service.errands import perform_due
from service.policies.breaker import BreakerRules
from service.rule_making import make_rules, read_taxonomy
from tests.scenarios.bank_stage import IRINA, PAVEL, Stage

OPERATIONS = {
    "read_accounts": "сколько денег у меня на карте?",
    "read_next_payments": "когда следующий платёж по кредиту и сколько платить?",
    "read_loan_applications": "что с моей заявкой на кредит?",
    "read_cards": "потерял карту, заблокируйте её срочно",
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("channel", ["web", "sandbox"])
def test_a_bank_that_is_away_leads_to_a_person(stage: Stage, operation: str, channel: str) -> None:
    client = stage.client(PAVEL, channel=channel)
    stage.bank.is_away = True
    assert "система банка не отвечает" in client.told(OPERATIONS[operation])
    assert client.state == "queued"
    assert stage.summary(client)["reason"] == "operation_failed"
    assert [entry.data["fate"] for entry in stage.trail(operation)] == ["failed"]


def test_a_bank_that_is_back_in_a_moment_is_not_noticed(stage: Stage) -> None:
    client = stage.client(PAVEL)
    stage.bank.is_away = True
    client.say(OPERATIONS["read_accounts"])
    client.news()
    perform_due(stage.office)
    stage.bank.is_away = False
    client.pause()
    assert [message.text for message in client.news()] == ["Текущий счёт ··0562: 7\u00a0415,08\u00a0₽"]


def test_a_card_that_could_not_be_blocked_is_the_first_thing_an_operator_reads(stage: Stage) -> None:
    client = stage.client(IRINA)
    client.ask(OPERATIONS["read_cards"])
    client.press("Мир ··4821")
    stage.bank.is_away = True
    said = client.tap("Да, заблокировать")
    assert "система банка не отвечает" in said
    summary = stage.summary(client)
    assert summary["summary"]["collected"] == {"cards": "··4821"}
    assert (summary["intent"], stage.conversation(client).priority) == ("card_lost_or_stolen", "urgent")


def test_every_operation_leaves_a_line_without_what_was_read(stage: Stage) -> None:
    client = stage.client(IRINA)
    for words in OPERATIONS.values():
        client.ask(words)
    for operation in OPERATIONS:
        (line,) = stage.trail(operation)
        assert (line.actor, line.object_kind, line.object_id) == ("bot", "bank_client", IRINA)
        assert set(line.data) == {"conversation", "fate", "key"}
        assert line.data["fate"] == "done"


def test_without_a_bank_routine_operations_go_to_people_as_before(stage: Stage) -> None:
    settings = stage.office.settings.model_copy(update={"back_office": "none"})
    rules = make_rules(read_taxonomy(settings), settings)
    assert not rules.actions & {"show_balance", "block_card", "show_next_payment", "show_account_details"}
    assert {"clarify", "feedback", "satisfaction"} <= rules.actions


def test_who_watches_the_service_sees_that_the_bank_is_left_alone(stage: Stage) -> None:
    nobody = Access("http://127.0.0.1:1", attempts=1)
    away = HttpBank(Caller(nobody, rules=BreakerRules(failures_to_open=1)))
    web = TestClient(create_app(replace(stage.office, back_office=away), with_worker=False))
    assert web.get("/health/ready").json()["bank"] == "ok"
    with pytest.raises(BackOfficeUnavailable):
        away.accounts(IRINA)
    answer = web.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "one try every 20 s" in answer.json()["bank"]
    away.close()
