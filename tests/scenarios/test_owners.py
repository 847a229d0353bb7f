"""What the owner of an account and the staff can do about a link: «it wasn't me», asking to verify, unlinking."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service import desk
from service.app import create_app
from service.errors import Conflict, NotHolder
from service.owners import take_back
from service.storage import queue, records
from tests.scenarios.verifying import (
    IRINA,
    IRINA_MAIL,
    PAVEL,
    PAVEL_MAIL,
    Verifying,
    someone,
    verifying,
    wrong,
)

__all__ = ["someone", "verifying"]


def address_in(letter: Any) -> str:
    """The token of the page in a letter."""
    found = re.search(r"/not-me/(\S+)", letter.text)
    assert found is not None
    return found[1]


def held(verifying: Verifying, client: Any) -> int:
    """The number of a conversation that the operator has just taken."""
    client.ask("оператор")
    number: int = verifying.conversation(client).id
    desk.take(number, verifying.operator, verifying.office)
    return number


def test_it_was_not_me_unlinks_at_once_and_the_security_department_is_alarmed(
    verifying: Verifying, someone: Any
) -> None:
    thief = someone()
    verifying.verified(thief)
    token = address_in(verifying.letters("new_link", IRINA_MAIL)[0])
    thief.news()
    web = TestClient(create_app(verifying.office, with_worker=False))
    shown = web.get(f"/not-me/{token}")
    assert "Это были не вы?" in shown.text
    assert verifying.conversation(thief).link is not None, "reading the page changes nothing"
    assert "Чат отключён" in web.post(f"/not-me/{token}").text
    found = verifying.conversation(thief)
    assert found.link is None
    assert (found.department, found.priority.value, found.state.value) == ("security", "urgent", "queued")
    assert thief.news() == [], "who writes there is told nothing"
    with verifying.office.database.read() as connection:
        opened = queue.open_summary(connection, found.id)
    assert opened is not None
    assert opened["reason"] == "link_disowned"
    assert web.post(f"/not-me/{token}").status_code == 200


@pytest.mark.parametrize("token", ["", "1.2.3", "1.99999999999.00", "x" * 300, "1", "١.1.1"])
def test_an_address_that_was_made_up_does_nothing(verifying: Verifying, someone: Any, token: str) -> None:
    client = someone()
    verifying.verified(client)
    assert take_back(token, verifying.office) is False
    assert verifying.conversation(client).link is not None


def test_an_address_is_for_its_own_link_and_for_a_month(verifying: Verifying, someone: Any) -> None:
    irina, pavel = someone(), someone()
    verifying.verified(irina)
    verifying.verified(pavel, PAVEL, PAVEL_MAIL)
    token = address_in(verifying.letters("new_link", IRINA_MAIL)[0])
    other = f"{int(token.split('.')[0]) + 1}.{token.split('.', 1)[1]}"
    assert take_back(other, verifying.office) is False
    verifying.clock.move(days=31)
    assert take_back(token, verifying.office) is False


def test_an_operator_asks_with_one_key_and_goes_on_talking(verifying: Verifying, someone: Any) -> None:
    client = someone()
    number = held(verifying, client)
    client.news()
    desk.ask_to_verify(number, verifying.operator, verifying.office)
    desk.ask_to_verify(number, verifying.operator, verifying.office)
    (asked,) = client.news()
    assert asked.text.startswith("Чтобы специалист мог ответить")
    assert client.ask("а это долго?") == [], "what is no number is for the operator"
    (sent,) = client.ask(IRINA)
    assert sent.text.startswith("Если номер есть")
    code = verifying.code()
    assert "осталось две" in client.ask(wrong(code))[0].text
    (done,) = client.ask(code)
    assert done.text.startswith("Спасибо, это вы")
    assert client.state == "operator"
    card = desk.client_card(number, verifying.operator, verifying.office)
    assert card.verified
    assert card.verified_by == "i•••@example.com"
    story = desk.read_timeline(number, verifying.operator, verifying.office)
    kinds = [item.event.kind for item in story.items if item.event]
    assert {"verification_asked", "verified"} <= set(kinds)
    assert code not in str(story)
    with pytest.raises(Conflict):
        desk.ask_to_verify(number, verifying.operator, verifying.office)
    desk.unlink(number, verifying.operator, verifying.office)
    assert verifying.conversation(client).link is None
    with verifying.office.database.read() as connection:
        fact = records.last_fact(connection, number)
    assert fact is not None
    assert (fact.kind, fact.actor) == ("unlinked", "anna")


def test_only_who_holds_the_conversation_may_ask(verifying: Verifying, someone: Any) -> None:
    client = someone()
    client.ask("оператор")
    with pytest.raises(NotHolder):
        desk.ask_to_verify(verifying.conversation(client).id, verifying.operator, verifying.office)


def test_codes_and_numbers_are_nowhere_in_the_open(verifying: Verifying, someone: Any) -> None:
    client = someone()
    verifying.verified(client)
    code = verifying.code()
    with verifying.office.database.read() as connection:
        for name in ("code_challenges", "letters", "errands", "code_limits", "account_links", "facts", "conversations"):
            dump = "\n".join(str(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}"))
            for secret in (code, f"{code[:3]} {code[3:]}", "+79135550101", IRINA_MAIL):
                assert secret not in dump, (name, secret)
