"""One tap after closing, at most once, and never a nuisance."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from service import desk as actions
from service.dialogues.satisfaction import payload
from service.domain.messages import StoredMessage
from service.shifts import surveys
from service.storage.staff import StaffMember
from service.storage.tables import MessageRow, RatingRow, table
from tests.service.shifts.conftest import Desk
from tests.service.threads import at_once, unexpected

THANKS = "Спасибо за оценку!"
ASKED = "Как вам помогли? Оцените одним нажатием."


@pytest.fixture
def anna(desk: Desk) -> StaffMember:
    """An operator."""
    return desk.hire("anna")


def closed(desk: Desk, anna: StaffMember, who: str = "client") -> int:
    """A conversation that an operator served and closed."""
    conversation = desk.arrive(who=who)
    actions.take(conversation, anna, desk.office)
    actions.reply(conversation, anna, desk.office, key=uuid4().hex, text="Готово")
    actions.close(conversation, anna, desk.office)
    return conversation


def last(desk: Desk, conversation: int) -> StoredMessage:
    """What was said last."""
    return desk.timeline(conversation)[-1]


def marks(desk: Desk) -> list[int]:
    """Every mark that is kept."""
    with desk.office.database.read() as connection:
        return list(connection.execute(select(RatingRow.score).order_by(RatingRow.handoff_id)).scalars())


def tap(desk: Desk, conversation: int, answer: Any, who: str = "client") -> str:
    """Press a button of the question; what the bot says to it."""
    handoff = desk.handoff(conversation).id
    desk.say("…", who=who, button=payload(handoff, answer))
    return last(desk, conversation).text


def test_a_client_is_asked_once_and_a_tap_is_kept_for_the_operator(desk: Desk, anna: StaffMember) -> None:
    conversation = closed(desk, anna)
    results = at_once(*[lambda: surveys.ask_closed(desk.office)] * 3)
    assert (unexpected(results), sum(results)) == ([], 1)
    question = last(desk, conversation)
    assert question.text == ASKED
    assert [button.text[0] for button in question.buttons] == ["5", "4", "3", "2", "1", "Б"]
    assert all(len((button.payload or "").encode()) <= 64 for button in question.buttons)
    desk.say("5", who="client", button=question.buttons[0].payload)
    assert last(desk, conversation).text == THANKS
    assert desk.row(conversation).state == "closed"
    assert marks(desk) == [5]
    assert desk.handoff(conversation).survey == "rated"
    assert desk.facts(conversation, "csat") == [{"kind": "csat", "handoff": desk.handoff(conversation).id, "score": 5}]
    assert surveys.ask_closed(desk.office) == 0


def test_a_bare_number_is_a_mark_and_anything_else_a_new_question(desk: Desk, anna: StaffMember) -> None:
    first, second = closed(desk, anna, "one"), closed(desk, anna, "two")
    surveys.ask_closed(desk.office)
    desk.say("4", who="one")
    assert last(desk, first).text == THANKS
    desk.say("Оператор", who="two")
    assert desk.row(second).state != "closed"
    assert marks(desk) == [4]


def test_the_first_tap_counts_and_the_others_are_told_so(desk: Desk, anna: StaffMember) -> None:
    conversation = closed(desk, anna)
    surveys.ask_closed(desk.office)
    results = at_once(*[lambda: tap(desk, conversation, 2)] * 4)
    assert unexpected(results) == []
    assert tap(desk, conversation, 5) == "Оценка за это обращение уже учтена, спасибо!"
    assert marks(desk) == [2]
    assert len(desk.facts(conversation, "csat")) == 1


def test_a_tap_counts_after_the_client_has_written_again_and_not_after_a_week(desk: Desk, anna: StaffMember) -> None:
    first, second = closed(desk, anna, "one"), closed(desk, anna, "two")
    surveys.ask_closed(desk.office)
    desk.say("Позовите человека", who="one", button="command:operator")
    old = payload(desk.handoff(first).id - 2, 1)
    desk.say("1", who="one", button=old)
    assert last(desk, first).text.startswith("Спасибо за честность")
    assert desk.row(first).state == "queued"
    desk.clock.move(days=7, seconds=1)
    assert "время оценки уже прошло" in tap(desk, second, 1, "two")
    assert marks(desk) == [1]


def test_somebody_elses_and_invented_requests_can_not_be_rated(desk: Desk, anna: StaffMember) -> None:
    mine, theirs = closed(desk, anna, "one"), closed(desk, anna, "two")
    surveys.ask_closed(desk.office)
    for number in (desk.handoff(theirs).id, 10**9 - 1):
        desk.say("1", who="one", button=payload(number, 1))
        assert "время оценки уже прошло" in last(desk, mine).text
    desk.say("1", who="one", button=payload(10**17, 1))  # no button of ours, but no accident either
    assert marks(desk) == []


def test_whoever_refuses_is_not_asked_again(desk: Desk, anna: StaffMember) -> None:
    conversation = closed(desk, anna)
    surveys.ask_closed(desk.office)
    assert tap(desk, conversation, "off") == "Хорошо, больше не будем спрашивать."
    closed(desk, anna)
    assert surveys.ask_closed(desk.office) == 0
    assert desk.handoff(conversation).survey == "skipped"


def test_the_angry_the_unserved_and_those_who_left_the_queue_are_not_asked(desk: Desk, anna: StaffMember) -> None:
    angry = closed(desk, anna, "angry")
    with desk.office.database.write() as connection:
        connection.execute(
            update(MessageRow).where(table(MessageRow).c.author == "client").values(understanding={"mood_score": -0.9})
        )
    unserved = desk.arrive(who="unserved")
    actions.close(unserved, anna, desk.office)
    back = desk.arrive(who="back")
    actions.take(back, anna, desk.office)
    actions.return_to_bot(back, anna, desk.office)
    left = desk.arrive(who="left")
    desk.say("Не нужно", who="left", button="command:cancel")
    assert surveys.ask_closed(desk.office) == 0
    assert {desk.handoff(each).survey for each in (angry, unserved, back, left)} == {"skipped"}


def test_after_an_hour_without_a_worker_nobody_is_asked(desk: Desk, anna: StaffMember) -> None:
    closed(desk, anna)
    desk.clock.move(hours=2)
    assert surveys.ask_closed(desk.office) == 0


def test_the_owner_may_switch_it_off(desk: Desk, anna: StaffMember) -> None:
    closed(desk, anna)
    object.__setattr__(desk.office, "settings", desk.office.settings.model_copy(update={"surveys": False}))
    assert surveys.ask_closed(desk.office) == 0
