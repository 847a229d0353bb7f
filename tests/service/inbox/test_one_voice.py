"""One voice at a time: the bot never talks over a person, two operators never hold the same client."""

from typing import Any

import pytest

from service import desk
from service.domain.decisions import Answer, HandOff, Silent, Suggest
from service.domain.messages import Author
from service.errors import Conflict, MessageMismatch, NotHolder
from service.inbox import handle_message
from service.office import Office
from service.storage import conversations
from service.storage.staff import StaffMember
from service.storage.tables import FactRow
from service.worker import answer_bursts
from tests.service.inbox.conftest import UNFINISHED, ask_for_person, count, is_whole, sent, timeline
from tests.service.small_office import CASH, LOST
from tests.service.threads import at_once, raised, unexpected


def test_of_two_operators_who_take_at_once_one_wins_and_the_client_is_told_once(
    office: Office, anna: StaffMember, boris: StaffMember
) -> None:
    conversation_id = ask_for_person(office)
    results = at_once(
        lambda: desk.take(conversation_id, anna, office), lambda: desk.take(conversation_id, boris, office)
    )
    assert len(raised(results, Conflict)) == 1
    assert unexpected(results, Conflict) == []
    joined = [m for m in timeline(office, conversation_id) if m.author is Author.SYSTEM]
    winner = anna if isinstance(results[1], Conflict) else boris
    assert len(joined) == 1
    assert winner.name in joined[0].text
    assert count(office, FactRow) == 1


def test_one_operator_who_presses_take_twice_joins_once(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    results = at_once(*[lambda: desk.take(conversation_id, anna, office)] * 3)
    assert unexpected(results) == []
    assert len([m for m in timeline(office, conversation_id) if m.author is Author.SYSTEM]) == 1


def test_the_bot_is_silent_while_an_operator_holds_the_conversation(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    desk.take(conversation_id, anna, office)
    before = len(timeline(office, conversation_id))
    said = [("Наличные", CASH), ("украли", LOST), ("меню", None), ("стоп", None), ("Да, помогло", "feedback:yes")]
    decisions = [handle_message(sent("client", text, button=button), office).decision for text, button in said]
    assert all(isinstance(decision, Suggest) for decision in decisions)
    assert [m.author for m in timeline(office, conversation_id)[before:]] == [Author.CLIENT] * len(said)
    with office.database.read() as connection:
        assert conversations.get(connection, conversation_id).state == "operator"


def test_the_bot_never_answers_a_message_that_races_with_take(office: Office, anna: StaffMember, clock: Any) -> None:
    conversation_id = ask_for_person(office)
    clock.move(minutes=1)
    results = at_once(
        lambda: desk.take(conversation_id, anna, office),
        lambda: handle_message(sent("client", "Наличные", button=CASH), office),
    )
    assert unexpected(results) == []
    said = timeline(office, conversation_id)
    joined = next(place for place, message in enumerate(said) if message.author is Author.SYSTEM)
    assert all(message.author is not Author.BOT for message in said[joined:])
    assert is_whole(office, conversation_id)


def test_only_who_holds_the_conversation_may_speak_in_it(office: Office, anna: StaffMember, boris: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    for act in (
        lambda who: desk.reply(conversation_id, who, office, key="1", text="Здравствуйте"),
        lambda who: desk.return_to_bot(conversation_id, who, office),
    ):
        with pytest.raises(NotHolder):
            act(anna)
    desk.take(conversation_id, anna, office)
    before = timeline(office, conversation_id)
    for refused in (
        lambda: desk.reply(conversation_id, boris, office, key="1", text="Здравствуйте"),
        lambda: desk.return_to_bot(conversation_id, boris, office),
        lambda: desk.close(conversation_id, boris, office),
    ):
        with pytest.raises(NotHolder):
            refused()
    assert timeline(office, conversation_id) == before


def test_a_reply_sent_again_or_by_many_threads_is_said_once(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    desk.take(conversation_id, anna, office)
    results = at_once(*[lambda: desk.reply(conversation_id, anna, office, key="k", text="Сейчас посмотрю")] * 4)
    assert unexpected(results) == []
    assert len({message.id for message in results}) == 1
    with pytest.raises(MessageMismatch):
        desk.reply(conversation_id, anna, office, key="k", text="Другое")
    said = [m for m in timeline(office, conversation_id) if m.author is Author.OPERATOR]
    assert [m.text for m in said] == ["Сейчас посмотрю"]


def test_a_reply_key_used_in_another_conversation_never_passes_for_said(office: Office, anna: StaffMember) -> None:
    one, two = ask_for_person(office, "one"), ask_for_person(office, "two")
    for conversation_id in (one, two):
        desk.take(conversation_id, anna, office)
    desk.reply(one, anna, office, key="k", text="Здравствуйте")
    try:
        second = desk.reply(two, anna, office, key="k", text="Здравствуйте")
    except Conflict:
        return
    assert second.conversation_id == two
    assert timeline(office, two)[-1].text == "Здравствуйте"


def test_a_reply_and_a_message_at_the_same_moment_are_both_kept(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    desk.take(conversation_id, anna, office)
    results = at_once(
        lambda: desk.reply(conversation_id, anna, office, key="1", text="Здравствуйте"),
        lambda: handle_message(sent("client", "вы тут?"), office),
        lambda: desk.reply(conversation_id, anna, office, key="2", text="Чем помочь?"),
    )
    assert unexpected(results) == []
    said = [m.text for m in timeline(office, conversation_id)]
    assert {"Здравствуйте", "вы тут?", "Чем помочь?"} <= set(said)
    assert is_whole(office, conversation_id)


def test_a_conversation_returned_to_the_bot_is_answered_by_it_again(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    desk.take(conversation_id, anna, office)
    desk.return_to_bot(conversation_id, anna, office)
    outcome = handle_message(sent("client", "Наличные", button=CASH), office)
    assert isinstance(outcome.decision, Answer)
    with pytest.raises(NotHolder):
        desk.reply(conversation_id, anna, office, key="late", text="ещё слово")


def test_a_closed_conversation_is_the_bots_again_when_the_client_writes(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    desk.take(conversation_id, anna, office)
    assert desk.close(conversation_id, anna, office).state == "closed"
    outcome = handle_message(sent("client", "Наличные", button=CASH), office)
    assert isinstance(outcome.decision, Answer)
    assert outcome.state == "bot"


def test_closing_a_conversation_ends_a_burst_in_progress(office: Office, anna: StaffMember, clock: Any) -> None:
    conversation_id = handle_message(sent("client", UNFINISHED), office).message.conversation_id
    desk.close(conversation_id, anna, office)
    clock.move(seconds=10)
    assert answer_bursts(office) == 0
    with office.database.read() as connection:
        assert conversations.due_for_answer(connection, clock()) == []


def test_a_waiting_client_who_leaves_can_no_longer_be_taken(office: Office, anna: StaffMember) -> None:
    conversation_id = ask_for_person(office)
    results = at_once(
        lambda: desk.take(conversation_id, anna, office),
        lambda: handle_message(sent("client", "отмена"), office),
    )
    assert unexpected(results, Conflict) == []
    with office.database.read() as connection:
        state = conversations.get(connection, conversation_id).state
    assert state == ("bot" if isinstance(results[0], Conflict) else "operator")


def test_a_lost_card_raises_a_waiting_client_and_small_talk_does_not(office: Office) -> None:
    conversation_id = ask_for_person(office)
    quiet = [handle_message(sent("client", text), office).decision for text in ("алло?", "ну что там?")]
    assert all(isinstance(decision, Silent) for decision in quiet)
    raised_now = handle_message(sent("client", "Карту украли", button=LOST), office).decision
    assert isinstance(raised_now, HandOff)
    with office.database.read() as connection:
        assert conversations.get(connection, conversation_id).priority == "urgent"
    told = [m for m in timeline(office, conversation_id) if m.author is Author.BOT]
    assert len(told) == 3
