"""Canned replies: who may write which, what a shortcut is, two changes at once, and finding them while typing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import canned, desk
from service.domain.messages import InboundMessage
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage import conversations
from service.storage.staff import Role, StaffMember
from service.suggesting import current_offer, search_replies
from tests.service.conftest import Clock
from tests.service.databases import sqlite_url
from tests.service.small_office import hire, open_small_office
from tests.service.threads import at_once, raised, unexpected

BALANCE: dict[str, Any] = {
    "shortcut": "/balance", "title": "Где посмотреть баланс",
    "text": {"ru": "{client_name}, баланс виден на главном экране. {operator_name}", "en": "See the main screen."},
    "tags": ["balance", "баланс"],
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Office]:
    """A small office, one for all."""
    folder: Path = tmp_path_factory.mktemp("canned")
    sqlite_url(folder)
    opened = open_small_office(Settings(var_dir=folder, log_level="WARNING"), Clock(), model)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _empty(office: Office) -> None:
    with office.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM canned_replies")


_hired = iter(range(10**6))


def new(office: Office, role: Role = Role.OPERATOR, *departments: str) -> StaffMember:
    """Somebody new."""
    return hire(office, f"ольга{next(_hired)}", *departments, role=role)[0]


def waiting(office: Office, who: StaffMember, name: str | None = "Анна Петрова", language: str = "ru") -> int:
    """A conversation with this operator."""
    key = f"c{next(_hired)}"
    message = InboundMessage("web", key, key, "оператор", "command:operator", language, name)
    conversation = handle_message(message, office).message.conversation_id
    desk.take(conversation, who, office)
    return conversation


def test_supervisors_keep_everybodys_and_operators_their_own(office: Office) -> None:
    boss, anna, boris = new(office, Role.SUPERVISOR), new(office), new(office)
    shared = canned.add_canned(boss, office, **BALANCE)
    own = canned.add_canned(anna, office, **BALANCE, personal=True)
    with pytest.raises(Forbidden):
        canned.add_canned(anna, office, **(BALANCE | {"shortcut": "/other"}))
    with pytest.raises(Forbidden):
        canned.change_canned(shared.id, anna, office, version=1, **BALANCE)
    with pytest.raises(Forbidden):
        canned.remove_canned(shared.id, anna, office)
    for act in (lambda: canned.change_canned(own.id, boris, office, version=1, **BALANCE),
                lambda: canned.remove_canned(own.id, boss, office)):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    assert [each.id for each in canned.list_canned(anna, office)] == [shared.id, own.id]
    assert [each.id for each in canned.list_canned(boris, office)] == [shared.id]
    canned.remove_canned(own.id, anna, office)
    with pytest.raises(NotFound):
        canned.remove_canned(own.id, anna, office)


def test_a_departments_replies_are_its_own(office: Office) -> None:
    boss, loans = new(office, Role.SUPERVISOR), new(office, Role.SUPERVISOR, "loans")
    canned.add_canned(boss, office, **BALANCE, department="cards")
    assert canned.list_canned(loans, office) == []
    assert len(canned.list_canned(new(office, Role.OPERATOR, "cards"), office)) == 1
    with pytest.raises(Forbidden):
        canned.add_canned(loans, office, **(BALANCE | {"shortcut": "/x"}), department="cards")
    with pytest.raises(Forbidden):
        canned.list_canned(new(office, Role.ML), office)


def test_a_shortcut_is_taken_once_and_a_stale_change_is_refused(office: Office) -> None:
    boss = new(office, Role.SUPERVISOR)
    first = canned.add_canned(boss, office, **BALANCE)
    with pytest.raises(Conflict, match="/balance"):
        canned.add_canned(boss, office, **(BALANCE | {"shortcut": " /BALANCE "}))
    both = at_once(*[
        lambda t=title: canned.change_canned(first.id, boss, office, version=1, **(BALANCE | {"title": t}))
        for title in ("Раз", "Два")
    ])  # fmt: skip
    (conflict,) = raised(both, Conflict)
    assert unexpected(both, Conflict) == []
    assert "changed by" in str(conflict)
    assert canned.list_canned(boss, office)[0].version == 2
    second = canned.add_canned(boss, office, **(BALANCE | {"shortcut": "/b"}))
    with pytest.raises(Conflict, match="taken"):
        canned.change_canned(second.id, boss, office, version=1, **BALANCE)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shortcut": "balance"}, "shortcut"), ({"shortcut": "/"}, "shortcut"), ({"shortcut": "/a b"}, "shortcut"),
        ({"shortcut": "/" + "x" * 41}, "shortcut"), ({"title": " \x00"}, "title"), ({"title": "x" * 201}, "title"),
        ({"text": {}}, "text"), ({"text": {"ru": " "}}, "text"), ({"text": {"fr": "a"}}, "fr"),
        ({"text": {"ru": "{balance} рублей"}}, "{balance}"), ({"text": {"ru": "x" * 5000}}, "at most"),
        ({"department": "nowhere"}, "nowhere"), ({"tags": ["a" + str(n) for n in range(21)]}, "tags"),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_said(change: dict[str, Any], says: str, office: Office) -> None:
    with pytest.raises(InvalidInput) as refused:
        canned.add_canned(new(office, Role.SUPERVISOR), office, **(BALANCE | change))
    assert says in refused.value.detail


@pytest.mark.parametrize(
    "typed", ["/balance", "/bal", "/", "баланс", "Где посмотр", "сколько у меня денег на счёте", ""]
)
def test_it_is_found_by_shortcut_title_words_and_meaning(typed: str, office: Office) -> None:
    boss, anna = new(office, Role.SUPERVISOR), new(office)
    canned.add_canned(boss, office, **BALANCE)
    canned.add_canned(
        anna, office, shortcut="/branch", title="Адрес отделения", text={"ru": "Лесная, 5."}, personal=True
    )
    conversation = waiting(office, anna)
    found = [each for each in search_replies(typed, conversation, anna, office) if each.kind == "canned"]
    assert found[0].source.title == BALANCE["title"]
    assert found[0].text.startswith("Анна, баланс виден на главном экране. Ольга")
    assert [each.rank for each in search_replies(typed, conversation, anna, office)][:1] == [1]


def test_it_is_offered_for_its_topic_in_the_clients_language(office: Office) -> None:
    boss, anna = new(office, Role.SUPERVISOR), new(office)
    canned.add_canned(boss, office, **BALANCE)
    canned.add_canned(
        boss, office, shortcut="/ru", title="How to see the balance", text={"ru": "Только по-русски, баланс"}
    )
    conversation = waiting(office, anna, None, "en")
    handle_message(_same_client(conversation, office, "how can I see the balance of my account?"), office)
    offer = current_offer(conversation, anna, office)
    assert offer is not None
    texts = [each.text for each in offer.suggestions if each.kind == "canned"]
    assert texts == ["See the main screen."]


def _same_client(conversation: int, office: Office, text: str) -> InboundMessage:
    with office.database.read() as connection:
        who = conversations.get(connection, conversation).external_id
    return InboundMessage("web", f"m{next(_hired)}", who, text, None, "en")


def test_names_with_braces_are_not_read_as_templates(office: Office) -> None:
    boss, anna = new(office, Role.SUPERVISOR), new(office)
    canned.add_canned(boss, office, **BALANCE)
    conversation = waiting(office, anna, "{operator_name}")
    (found,) = search_replies("/balance", conversation, anna, office)
    assert found.text.startswith("Баланс виден на главном экране.")
