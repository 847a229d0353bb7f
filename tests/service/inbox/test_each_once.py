"""What a client is promised whatever happens at the same moment: stored once and decided once, alone or in a burst."""

from typing import Any

import pytest

from service.domain.decisions import Wait
from service.domain.messages import Author
from service.errors import MessageMismatch, StorageUnavailable
from service.inbox import Outcome, Status, answer_waiting, handle_message
from service.office import Office
from service.storage import messages
from service.storage.tables import ClientRow, MessageRow
from service.worker import answer_bursts
from tests.service.inbox.conftest import UNFINISHED, count, is_whole, sent, timeline
from tests.service.small_office import CASH, OPERATOR, PIN
from tests.service.threads import at_once, raised, unexpected


def test_a_message_sent_again_changes_nothing_and_tells_the_same(office: Office) -> None:
    message = sent("client", "ПИН", button=PIN)
    first = handle_message(message, office)
    again = handle_message(message, office)
    assert (first.status, again.status) == (Status.RECORDED, Status.DUPLICATE)
    assert (again.message.id, again.message.seq, again.decision) == (first.message.id, 1, None)
    assert len(timeline(office, first.message.conversation_id)) == 2


def test_a_message_sent_again_after_others_keeps_its_place(office: Office) -> None:
    first, second = sent("client", "ПИН", button=PIN), sent("client", "Наличные", button=CASH)
    handle_message(first, office)
    outcome = handle_message(second, office)
    assert handle_message(first, office).message.seq == 1
    said = timeline(office, outcome.message.conversation_id)
    assert [message.text for message in said if message.author is Author.CLIENT] == ["ПИН", "Наличные"]


def test_an_id_used_for_another_text_is_refused_and_stores_nothing(office: Office) -> None:
    first = handle_message(sent("client", "ПИН", button=PIN, key="1"), office)
    for other in ("пин", "ПИН ", "другое"):
        with pytest.raises(MessageMismatch, match="another text"):
            handle_message(sent("client", other, button=PIN, key="1"), office)
    assert len(timeline(office, first.message.conversation_id)) == 2


def test_texts_that_are_stored_alike_are_still_told_apart_by_their_id(office: Office) -> None:
    handle_message(sent("client", "карта 4276 1600 1234 5675", key="1"), office)
    with pytest.raises(MessageMismatch):
        handle_message(sent("client", "карта 4276\x00 1600 1234 5675", key="1"), office)


def test_one_message_sent_by_many_threads_is_stored_and_answered_once(office: Office) -> None:
    message = sent("client", "ПИН", button=PIN)
    results = at_once(*[lambda: handle_message(message, office)] * 8)
    assert unexpected(results) == []
    assert sorted(outcome.status for outcome in results) == [Status.DUPLICATE] * 7 + [Status.RECORDED]
    assert len({outcome.message.id for outcome in results}) == 1
    assert [m.author for m in timeline(office, results[0].message.conversation_id)] == [Author.CLIENT, Author.BOT]
    assert (count(office, ClientRow), count(office, MessageRow)) == (1, 2)


def test_two_texts_under_one_id_at_the_same_moment_store_exactly_one(office: Office) -> None:
    results = at_once(
        lambda: handle_message(sent("client", "первый", button=PIN, key="1"), office),
        lambda: handle_message(sent("client", "второй", button=PIN, key="1"), office),
    )
    assert len(raised(results, MessageMismatch)) == 1
    (kept,) = [each for each in results if isinstance(each, Outcome)]
    said = timeline(office, kept.message.conversation_id)
    assert [m.text for m in said if m.author is Author.CLIENT] == [kept.message.text]


def test_different_first_messages_of_a_new_client_at_once_make_one_client(office: Office) -> None:
    works = [
        lambda button=button: handle_message(sent("client", button, button=button), office)
        for button in (PIN, CASH, OPERATOR)
    ]
    results = at_once(*works)
    assert unexpected(results) == []
    assert count(office, ClientRow) == 1
    assert len({outcome.message.conversation_id for outcome in results}) == 1
    assert is_whole(office, results[0].message.conversation_id)


def test_many_messages_of_one_client_at_once_are_each_stored_once_or_refused_whole(office: Office) -> None:
    handle_message(sent("client", "ПИН", button=PIN), office)
    works = [lambda n=n: handle_message(sent("client", f"вопрос {n}?", key=f"key {n}"), office) for n in range(6)]
    results = at_once(*works)
    assert unexpected(results, StorageUnavailable) == []
    for n, result in enumerate(results):
        if isinstance(result, StorageUnavailable):  # «send the message again»: the client does
            handle_message(sent("client", f"вопрос {n}?", key=f"key {n}"), office)
    with office.database.read() as connection:
        found = [messages.find_recorded(connection, "web", f"key {n}") for n in range(6)]
    assert all(found)
    conversation_id = found[0][0].conversation_id if found[0] else 0
    assert is_whole(office, conversation_id)


def test_clients_do_not_disturb_each_other(office: Office) -> None:
    works = [lambda n=n: handle_message(sent(f"client {n}", "ПИН", button=PIN), office) for n in range(8)]
    results = at_once(*works)
    assert unexpected(results) == []
    assert len({outcome.message.conversation_id for outcome in results}) == 8
    assert all(is_whole(office, outcome.message.conversation_id) for outcome in results)


def test_messages_that_come_in_another_order_are_kept_in_the_order_they_came(office: Office) -> None:
    for key in ("3", "1", "2"):
        outcome = handle_message(sent("client", f"номер {key}", button=PIN, key=key), office)
    said = [m for m in timeline(office, outcome.message.conversation_id) if m.author is Author.CLIENT]
    assert [m.text for m in said] == ["номер 3", "номер 1", "номер 2"]
    assert is_whole(office, outcome.message.conversation_id)


def test_the_platforms_own_ids_may_look_like_ours(office: Office) -> None:
    """Ids of a platform are its own business: `1/2` must not be taken for our reply 2 of conversation 1."""
    first = handle_message(sent("client", "ПИН", button=PIN, key="a"), office)
    reply = timeline(office, first.message.conversation_id)[1]
    second = handle_message(sent("client", "Наличные", button=CASH, key=reply.external_id), office)
    assert second.status is Status.RECORDED
    third = handle_message(sent("client", "ещё", button=PIN, key=f"{second.message.conversation_id}/6"), office)
    assert third.status is Status.RECORDED


def test_a_burst_is_answered_once_however_many_workers_there_are(office: Office, clock: Any) -> None:
    handle_message(sent("client", "здравствуйте,"), office)
    clock.move(seconds=1)
    outcome = handle_message(sent("client", UNFINISHED), office)
    assert isinstance(outcome.decision, Wait)
    conversation_id = outcome.message.conversation_id
    assert [m.author for m in timeline(office, conversation_id)] == [Author.CLIENT] * 2
    clock.move(seconds=5)
    results = at_once(*[lambda: answer_waiting(conversation_id, office)] * 4)
    assert unexpected(results) == []
    assert len([decision for decision in results if decision is not None]) == 1
    assert [m.author for m in timeline(office, conversation_id)] == [Author.CLIENT, Author.CLIENT, Author.BOT]
    assert answer_bursts(office) == 0


def test_many_bursts_are_shared_among_workers(office: Office, clock: Any) -> None:
    waiting = [handle_message(sent(f"client {n}", UNFINISHED), office).message.conversation_id for n in range(6)]
    clock.move(seconds=5)
    results = at_once(*[lambda: answer_bursts(office)] * 3)
    assert unexpected(results) == []
    assert sum(results) == 6
    for conversation_id in waiting:
        assert [m.author for m in timeline(office, conversation_id)] == [Author.CLIENT, Author.BOT]


def test_a_message_that_comes_as_the_window_closes_is_answered_together_or_alone_but_once(
    office: Office, clock: Any
) -> None:
    conversation_id = handle_message(sent("client", UNFINISHED), office).message.conversation_id
    clock.move(seconds=2)
    results = at_once(
        lambda: answer_waiting(conversation_id, office),
        lambda: handle_message(sent("client", "Наличные", button=CASH), office),
        lambda: answer_waiting(conversation_id, office),
    )
    assert unexpected(results) == []
    clock.move(seconds=60)
    answer_bursts(office)
    said = timeline(office, conversation_id)
    answers = [m for m in said if m.article == "cash-withdrawal"]
    assert len(answers) == 1
    assert is_whole(office, conversation_id)
    by_window = sum(1 for each in results if each is not None) - 1
    assert len([m for m in said if m.author is Author.BOT]) == 1 + by_window


def test_a_client_who_never_finishes_is_not_kept_for_ever(office: Office, clock: Any) -> None:
    decisions = []
    for _ in range(8):
        decisions.append(handle_message(sent("client", UNFINISHED), office).decision)
        clock.move(seconds=1)
    assert isinstance(decisions[0], Wait)
    assert any(not isinstance(decision, Wait) for decision in decisions[:6])
