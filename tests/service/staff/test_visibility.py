"""The row-level rule in SQL says exactly what `StaffMember.may_see` says, in every kind of question."""

from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import func, not_, select, update

from service import desk
from service.domain.conversations import ConversationState
from service.domain.staff import Role, StaffMember
from service.errors import Forbidden, NotFound
from service.office import Office
from service.storage.tables import ConversationRow, table
from service.storage.visibility import visible
from tests.service.staff.conftest import Hire, Queue

C = table(ConversationRow).c
DEPARTMENTS = ("cards", "loans", "general")
HARD = ("", "%", "_", "cards' OR '1'='1", "cards,loans", '["cards"]', "Cards", "cards ", "NULL", "None")


def people() -> list[StaffMember]:
    """Every role with every choice of departments, and with departments that are written to deceive."""
    chosen = [each for size in range(3) for each in combinations(DEPARTMENTS, size)]
    chosen += [(each,) for each in HARD]
    return [StaffMember(number, f"s{number}", "S", role, own) for number, (role, own) in enumerate(
        (role, own) for role in Role for own in chosen
    )]  # fmt: skip


@pytest.fixture
def filled(office: Office, queue_up: Queue) -> dict[int, str | None]:
    """Conversation -> department, in every state and also without any."""
    found: dict[int, str | None] = {}
    for department in (*DEPARTMENTS, None):
        for state in ConversationState:
            conversation = queue_up("cards")
            with office.database.write() as connection:
                connection.execute(
                    update(table(ConversationRow))
                    .where(C.id == conversation)
                    .values(department=department, state=state.value)
                )
            found[conversation] = department
    return found


def test_the_condition_and_the_method_agree_for_everybody(office: Office, filled: dict[int, str | None]) -> None:
    for member in people():
        with office.database.read() as connection:
            seen = set(connection.execute(select(C.id).where(visible(member))).scalars())
            unseen = set(connection.execute(select(C.id).where(not_(visible(member)))).scalars())
            counted = connection.execute(
                select(func.count()).select_from(ConversationRow).where(visible(member))
            ).scalar_one()
        assert seen == {each for each, department in filled.items() if member.may_see(department)}, member
        assert unseen == set(filled) - seen, "nothing slips through a NOT either"
        assert counted == len(seen)


def test_an_or_beside_the_condition_must_be_in_brackets_and_is(office: Office, filled: dict[int, str | None]) -> None:
    cards = StaffMember(1, "a", "A", Role.OPERATOR, ("cards",))
    with office.database.read() as connection:
        query = select(C.department).where(visible(cards), (C.state == "queued") | (C.state == "closed"))
        assert set(connection.execute(query).scalars()) == {"cards"}


def test_reading_and_the_list_follow_the_rule(office: Office, filled: dict[int, str | None], hire: Hire) -> None:
    member = hire("anna", "loans")
    for conversation, department in filled.items():
        if department == "loans":
            assert desk.read_conversation(conversation, member, office)
            continue
        for act in _every_action(conversation, member, office):
            with pytest.raises(NotFound, match=f"there is no conversation {conversation}$"):
                act()
    listed = {each.department for each in desk.list_queue(member, office, states=tuple(ConversationState))}
    assert listed == {"loans"}


def test_who_makes_models_is_refused_everything(office: Office, filled: dict[int, str | None], hire: Hire) -> None:
    member = hire("ml", role=Role.ML)
    for conversation in filled:
        for act in _every_action(conversation, member, office):
            with pytest.raises(Forbidden):
                act()
    with pytest.raises(Forbidden):
        desk.list_queue(member, office)


def test_a_right_that_was_taken_away_a_moment_ago_is_gone(office: Office, hire: Hire, queue_up: Queue) -> None:
    """The member was read before the change, as an open page of the console has it."""
    stale = hire("anna", "cards")
    conversation = queue_up("cards")
    with office.database.write() as connection:
        from service.storage import staff

        staff.change(connection, stale.id, departments=["loans"])
    with pytest.raises(NotFound):
        desk.take(conversation, stale, office)


def _every_action(conversation: int, member: StaffMember, office: Office) -> list[Any]:
    return [
        lambda: desk.read_conversation(conversation, member, office),
        lambda: desk.read_conversation(conversation, member, office, after=0, limit=1),
        lambda: desk.is_holder(conversation, member, office),
        lambda: desk.take(conversation, member, office),
        lambda: desk.reply(conversation, member, office, key="1", text="x"),
        lambda: desk.return_to_bot(conversation, member, office),
        lambda: desk.close(conversation, member, office),
        lambda: desk.correct_intent(conversation, 1, "card_pin", member, office),
    ]
