"""The seam for procedures: started by their intent, interrupted, cancelled, taken over, with errands inside and out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from service import desk
from service.dialogues import DIALOGUES
from service.domain.decisions import HandOff, Reason
from service.domain.verification import Link
from service.errands import claim, perform, perform_due
from service.office import Office
from service.performers import INSIDE, OUTSIDE
from service.performers.base import Performer
from service.storage import conversations, links, messages, queue, records, staff
from service.storage.staff import Role, StaffMember
from tests.scenarios.procedure_samples import AskBank, AskTwice, Bank, LookInside, count

BALANCE, DETAILS = "сколько денег у меня на карте?", "пришлите реквизиты моего счёта"
ANSWERED = "К разговору подключается сто рублей."


@dataclass
class Stage:
    """The office with the sample procedures, and the bank they ask."""

    office: Office
    bank: Bank
    operator: StaffMember

    def link(self, client: Any) -> None:
        """Link the client's identity, as verification does."""
        with self.office.database.write() as connection:
            found = conversations.find(connection, "web", client.id, self.office.kind_of("web"))
            assert found is not None
            now = self.office.clock()
            links.begin(connection, found.identity_id or 0, Link("c-1", now, now, now + timedelta(days=90)))

    def conversation(self, client: Any) -> Any:
        """The conversation as it is stored."""
        with self.office.database.read() as connection:
            return conversations.find(connection, "web", client.id, self.office.kind_of("web"))

    def take(self, client: Any) -> None:
        """The operator takes the client over."""
        desk.take(self.conversation(client).id, self.operator, self.office)


@pytest.fixture
def stage(office: Office, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Procedures and performers for the test only."""
    bank = Bank()
    for sample in (AskBank(), AskTwice(), LookInside()):
        monkeypatch.setitem(DIALOGUES, sample.name, sample)
    monkeypatch.setitem(INSIDE, "count", count)
    monkeypatch.setitem(OUTSIDE, "ask_bank", Performer(bank))
    opened = replace(office, rules=replace(office.rules, actions=frozenset(DIALOGUES) - {"verify_client"}))
    with opened.database.write() as connection:
        operator, _token = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], opened.clock())
    return Stage(opened, bank, operator)


@pytest.fixture
def known(stage: Stage, client: Any) -> Any:
    """A client who is linked."""
    client.office = stage.office
    client.ask("спасибо")
    stage.link(client)
    return client


def test_an_errand_is_done_after_the_commit_and_the_procedure_says_what_came_of_it(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    assert known.news() == []
    assert stage.bank.jobs == []
    assert perform_due(stage.office) == 1
    (reply,) = known.news()
    assert reply.text == ANSWERED
    (job,) = stage.bank.jobs
    assert job.arguments == {"words": BALANCE}
    assert job.link is not None
    assert job.link.account == "c-1"
    assert stage.conversation(known).dialogue is None
    assert perform_due(stage.office) == 0


def test_a_stranger_never_reaches_the_bank(stage: Stage, client: Any) -> None:
    client.office = stage.office
    client.ask(BALANCE)
    assert stage.bank.jobs == []
    assert isinstance(client.outcomes[-1].decision, HandOff)


def test_who_is_unlinked_in_the_meantime_is_told_nothing(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    (errand,) = claim(stage.office, 1)
    with stage.office.database.write() as connection:
        links.end(connection, errand.identity_id, stage.office.clock(), "anna")
    assert perform(errand, stage.office)
    assert stage.bank.jobs == []
    assert all("сто рублей" not in message.text for message in known.history())


def test_an_errand_inside_is_done_in_the_same_transaction(known: Any) -> None:
    replies = known.ask("когда мой следующий платёж по кредиту и какая сумма?")
    assert replies[0].text.startswith("Вот с чем")
    assert replies[1].text.startswith("К разговору подключается")


def test_a_line_that_is_busy_is_tried_again_with_the_same_key(stage: Stage, known: Any) -> None:
    stage.bank.failing = 2
    known.say(BALANCE)
    for _ in range(3):
        perform_due(stage.office)
        known.clock.move(seconds=15)
    assert [reply.text for reply in known.news()] == [ANSWERED]
    assert len({job.key for job in stage.bank.jobs}) == 1
    assert len(stage.bank.jobs) == 3


def test_a_bank_that_never_answers_leads_to_a_person_who_knows_what_was_asked(stage: Stage, known: Any) -> None:
    stage.bank.failing = 99
    known.say(BALANCE)
    for _ in range(6):
        perform_due(stage.office)
        known.clock.move(seconds=15)
    assert known.state == "queued"
    assert "не отвечает" in known.news()[-1].text
    with stage.office.database.read() as connection:
        summary = queue.open_summary(connection, stage.conversation(known).id)
    assert summary is not None
    assert summary["reason"] == Reason.OPERATION_FAILED
    assert summary["summary"]["collected"] == {"words": BALANCE}
    assert len(stage.bank.jobs) == 4


def test_a_refusal_is_the_procedures_own_business(stage: Stage, known: Any) -> None:
    stage.bank.refuses = True
    known.ask(BALANCE)
    assert known.state == "queued"
    assert len(stage.bank.jobs) == 1


def test_a_process_that_dies_with_an_errand_in_hand_leaves_it_to_the_next(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    assert len(claim(stage.office, 8)) == 1
    assert claim(stage.office, 8) == []
    known.clock.move(seconds=31)
    assert perform_due(stage.office) == 1
    assert [reply.text for reply in known.news()] == [ANSWERED]


def test_two_who_have_the_same_errand_in_hand_say_it_once(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    (slow,) = claim(stage.office, 1)
    known.clock.move(seconds=31)
    (fast,) = claim(stage.office, 1)
    perform(fast, stage.office)
    perform(slow, stage.office)
    assert [reply.text for reply in known.news()] == [ANSWERED]
    assert len({job.key for job in stage.bank.jobs}) == 1


def test_another_question_is_answered_and_the_open_step_comes_back(known: Any) -> None:
    known.ask(DETAILS)
    answer, reminder = known.ask("как поменять пин-код карты?")
    assert answer.article is not None
    assert reminder.text.startswith("Здравствуйте")
    thanks, again = known.ask("да, помогло")
    assert thanks.text.startswith("Отлично")
    assert again.text.startswith("Здравствуйте")
    (done,) = known.ask("кот")
    assert done.text.startswith("Отлично")
    assert known.ask("спасибо")[0].text.startswith("Пожалуйста")


def test_a_procedure_within_a_procedure_ends_with_a_reminder_of_the_first(stage: Stage, known: Any) -> None:
    known.ask(DETAILS)
    replies = known.ask(BALANCE)
    assert replies[0].text == ANSWERED
    assert replies[1].text.startswith("Здравствуйте")
    assert stage.conversation(known).dialogue.name == "show_account_details"


def test_a_question_while_the_bank_is_asked_does_not_lose_the_answer(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    known.say("как поменять пин-код карты?")
    perform_due(stage.office)
    texts = [reply.text for reply in known.news()]
    assert texts[-1] == ANSWERED
    assert len(texts) == 2


def test_a_cancelled_procedure_is_over_and_its_errand_is_not_done(stage: Stage, known: Any) -> None:
    known.say(BALANCE)
    (cancelled,) = known.ask("отмена")
    assert cancelled.text.startswith("Хорошо, отменил")
    assert stage.bank.jobs == []


def test_what_has_gone_to_the_bank_can_not_be_called_back(stage: Stage, known: Any) -> None:
    stage.bank.failing = 1
    known.say(BALANCE)
    perform_due(stage.office)
    known.say("отмена")
    (told,) = known.news()
    assert told.text.startswith("Отменить уже не получится")
    known.pause()
    assert [reply.text for reply in known.news()] == [ANSWERED]


def test_an_operator_who_takes_over_hears_of_what_was_under_way_and_the_client_does_not(
    stage: Stage, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OUTSIDE, "ask_bank", Performer(stage.bank, changes=True))
    known.say(BALANCE)
    (errand,) = claim(stage.office, 1)
    known.say("оператор")
    stage.take(known)
    known.news()
    stage.bank.jobs.clear()
    conversation = stage.conversation(known)
    assert conversation.dialogue is None
    perform(replace(errand, attempts=2), stage.office)
    assert known.news() == []
    with stage.office.database.read() as connection:
        fact = records.last_fact(connection, conversation.id)
    assert fact is not None
    assert (fact.kind, fact.data["fate"]) == ("operation", "done")


def test_two_devices_at_once_start_the_errand_once(stage: Stage, known: Any) -> None:
    known.say(BALANCE, key="telephone")
    known.say(BALANCE, key="computer")
    while perform_due(stage.office):
        pass
    assert [reply.text for reply in known.news()].count(ANSWERED) == 1
    assert len({job.key for job in stage.bank.jobs}) == 1


def test_a_procedure_survives_a_restart(stage: Stage, known: Any, new_client: Callable[..., Any]) -> None:
    known.ask(DETAILS)
    again = new_client(id=known.id)
    again.office = replace(stage.office)
    assert again.ask("кот")[0].text.startswith("Отлично")
    with stage.office.database.read() as connection:
        assert messages.last_messages(connection, stage.conversation(known).id, 1)[0].text.startswith("Отлично")
