"""Identities that proved to be the same client of the bank are one client; joined by a code only, and parted again."""

from typing import Any

import pytest

from service import desk
from service.domain.conversations import ConversationView
from service.owners import take_back
from service.storage import personal
from tests.scenarios.test_owners import address_in
from tests.scenarios.verifying import IRINA, IRINA_MAIL, PAVEL, PAVEL_MAIL, Verifying, someone, verifying

__all__ = ["someone", "verifying"]
JAMES, JAMES_MAIL = "+7 913 555-01-06", "james.whitfield@example.net"


def clients_of(verifying: Verifying, *identities: Any) -> list[int | None]:
    """Whom each of the identities belongs to."""
    return [verifying.conversation(each).client_id for each in identities]


def test_two_messengers_of_one_account_become_one_client_and_are_parted_by_unlinking(
    verifying: Verifying, someone: Any
) -> None:
    web, messenger = someone(), someone(channel="sandbox")
    verifying.verified(web)
    before = messenger.say("как поменять пин-код карты?")
    assert before.message.conversation_id != verifying.conversation(web).id
    verifying.verified(messenger, "770120441")
    first, second = clients_of(verifying, web, messenger)
    assert first == second
    card = desk.client_card(verifying.conversation(web).id, verifying.operator, verifying.office)
    assert [each.channel for each in card.channels] == ["web", "sandbox"]
    assert [each.by_code for each in card.merges] == [True]
    story = desk.read_timeline(verifying.conversation(web).id, verifying.operator, verifying.office)
    assert "как поменять пин-код карты?" in str(story)
    assert "joined" in {item.event.kind for item in story.items if item.event}
    assert "пин-код" not in str(web.history()), "the chat of the other channel stays there"
    messenger.say("отвязать чат")
    first, second = clients_of(verifying, web, messenger)
    assert first != second
    story = desk.read_timeline(verifying.conversation(web).id, verifying.operator, verifying.office)
    assert "как поменять пин-код карты?" not in str(story)


def test_nobody_is_joined_by_a_name_or_a_number_that_was_only_claimed(verifying: Verifying, someone: Any) -> None:
    web, other = someone(), someone()
    verifying.verified(web)
    other.ask("привязать чат к кабинету", button="intent:link_account")
    other.ask(IRINA)
    verifying.work()
    first, second = clients_of(verifying, web, other)
    assert first != second


def test_when_the_first_was_not_the_owner_the_others_leave_and_stay_together(
    verifying: Verifying, someone: Any
) -> None:
    thief, owner = someone(), someone()
    verifying.verified(thief)
    token = address_in(verifying.letters("new_link", IRINA_MAIL)[0])
    verifying.clock.move(hours=1)
    verifying.verified(owner)
    telephone = someone(channel="sandbox")
    verifying.clock.move(hours=1)
    verifying.verified(telephone)
    assert len(set(clients_of(verifying, thief, owner, telephone))) == 1
    assert take_back(token, verifying.office)
    first, second, third = clients_of(verifying, thief, owner, telephone)
    assert second == third != first
    assert verifying.conversation(owner).link is not None
    story = desk.read_timeline(verifying.conversation(thief).id, verifying.operator, verifying.office)
    assert "parted" in {item.event.kind for item in story.items if item.event}


def test_it_was_not_me_also_ends_a_link_that_a_fresh_code_has_renewed(verifying: Verifying, someone: Any) -> None:
    thief = someone()
    verifying.verified(thief)
    token = address_in(verifying.letters("new_link", IRINA_MAIL)[0])
    verifying.clock.move(hours=2)
    thief.ask("пришлите реквизиты моего счёта")
    thief.ask(verifying.code())
    link = verifying.conversation(thief).link
    assert link.verified_at > link.linked_at, "a fresh code"
    assert take_back(token, verifying.office)
    assert verifying.conversation(thief).link is None


def test_who_proves_to_be_another_client_moves_there(verifying: Verifying, someone: Any) -> None:
    irina, pavel, third = someone(), someone(), someone()
    verifying.verified(irina)
    verifying.verified(pavel, PAVEL, PAVEL_MAIL)
    verifying.clock.move(hours=1)
    verifying.verified(third)
    assert clients_of(verifying, third) == clients_of(verifying, irina)
    third.ask("отвязать чат")
    verifying.clock.move(hours=1)
    verifying.verified(third, PAVEL, PAVEL_MAIL)
    assert clients_of(verifying, third) == clients_of(verifying, pavel) != clients_of(verifying, irina)


def test_staff_can_part_them_by_hand(verifying: Verifying, someone: Any) -> None:
    web, other = someone(), someone()
    verifying.verified(web)
    verifying.verified(other)
    number = verifying.conversation(web).id
    (made,) = desk.client_card(number, verifying.operator, verifying.office).merges
    desk.undo_merge(made.id, verifying.operator, verifying.office)
    first, second = clients_of(verifying, web, other)
    assert first != second


def test_only_the_proved_identity_moves_and_an_erasure_takes_no_more(verifying: Verifying, someone: Any) -> None:
    """Staff took two identities for one person; one of them proves to be somebody else's account."""
    host, proved, unproved = someone(), someone(), someone()
    verifying.verified(host)
    for each in (proved, unproved):
        each.ask("спасибо")
    numbers = [verifying.conversation(each).id for each in (unproved, proved)]
    desk.merge_clients(numbers[0], numbers[1], verifying.operator, verifying.office, reason="одно имя")
    verifying.verified(proved)
    assert clients_of(verifying, proved) == clients_of(verifying, host) != clients_of(verifying, unproved)
    with verifying.office.database.read() as connection:
        whose = personal.of_client(connection, clients_of(verifying, host)[0] or 0)
    assert whose.conversations == tuple(sorted(verifying.conversation(each).id for each in (host, proved)))


def test_a_linked_client_has_the_segment_of_the_bank_until_the_link_ends(verifying: Verifying, someone: Any) -> None:
    client = someone(language="en")
    client.ask("thank you")

    def seen() -> ConversationView:
        found: ConversationView = verifying.conversation(client)
        return found

    assert seen().segment is None
    verifying.verified(client, JAMES, JAMES_MAIL)
    assert (seen().segment, seen().verified, seen().language) == ("premium", True, "en")
    assert desk.client_card(seen().id or 0, verifying.operator, verifying.office).segment == "premium"
    client.ask("/unlink")
    assert seen().segment is None


@pytest.mark.parametrize("asked_in", ["ru", "en"])
def test_letters_to_the_owner_are_in_the_language_on_file_whoever_asks(
    verifying: Verifying, someone: Any, asked_in: str
) -> None:
    client = someone(language=asked_in)
    verifying.verified(client, JAMES, JAMES_MAIL)
    assert all(each.text.startswith("Hello") for each in verifying.letters(to=JAMES_MAIL))
    verifying.verified(someone(language=asked_in))
    assert all(each.text.startswith("Здравствуйте") for each in verifying.letters(to=IRINA_MAIL))
