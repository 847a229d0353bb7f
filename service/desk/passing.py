"""Pass a conversation on: to another department or to a person, with a note for them.

To a department it goes back into the queue with its priority and its place: the client has waited already, and that
they were with the wrong people is not their fault. To a person it is given at once.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from service import texts
from service.desk.acting import act_on, add_fact, move, must_serve_clients, must_steer, see, words
from service.desk.speaking import LONGEST_NOTE, write_note
from service.domain.console import Colleague
from service.domain.conversations import ConversationState, ConversationView
from service.errors import InvalidInput, NotFound
from service.office import Office
from service.policies.routing import DEFAULT_DEPARTMENT
from service.storage import colleagues as working
from service.storage import conversations, departments, queue
from service.storage.records import last_fact
from service.storage.staff import StaffMember


def colleagues(
    conversation_id: int, staff: StaffMember, office: Office, *, department: str | None = None
) -> list[Colleague]:
    """Those who may be given this conversation (in `department`, when it goes there at the same time), by name."""
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
        everyone = working.everyone(connection)
    where = department or conversation.department
    return [
        Colleague(each.id, each.login, each.name, each.role.value, each.departments)
        for each in everyone
        if each.may_see(where) and each.id != conversation.operator_id
    ]


def transfer(
    conversation_id: int, staff: StaffMember, office: Office, *, department: str | None = None,
    person: int | None = None, note: str = "", version: int | None = None,
) -> ConversationView:  # fmt: skip
    """Pass the conversation to a department, to a person (by id), or to a person of another department.

    The holder may, and who leads operators. The same transfer again changes nothing. Raises InvalidInput when the
    target is missing or may not see the conversation, NotFound for a colleague who has left, NotHolder when somebody
    else has passed it on a moment before.
    """
    if department is None and person is None:
        raise InvalidInput("say where the conversation goes: department or person")
    open_ones = [each.id for each in office.open_departments()]
    if department is not None and department not in open_ones:
        raise InvalidInput(f"department: there is no {department[:40]!r}; choose one of {', '.join(open_ones)}")
    remark = words(note, "note", LONGEST_NOTE, may_be_empty=True)
    done = _done_before(conversation_id, staff, office, department, person)
    if done is not None:
        return done

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        meant = department or conversation.department or DEFAULT_DEPARTMENT
        found = departments.serving(connection, meant, DEFAULT_DEPARTMENT)
        where = found.id if found else meant
        if _is_there(conversation, where, person):
            return
        must_steer(conversation, staff)
        if remark:
            write_note(connection, conversation, staff, f"transfer/{uuid4().hex}", remark, now)
        values = {"department": where, "snoozed_until": None}
        if person is None:
            queue.change_open(connection, conversation_id, department=where, taken_at=None, taken_by=None)
            called = found.title(conversation.language) if found else where
            said = texts.text("transferred", conversation.language, "desk", department=called)
            waits = {"state": ConversationState.QUEUED.value, "operator_id": None, "told_waiting": True}
            move(connection, conversation, (said,), office, now, **values | waits)
        else:
            colleague = _find(connection, person, where)
            queue.change_open(connection, conversation_id, department=where, taken_at=now, taken_by=person)
            said = texts.text("transferred_to", conversation.language, "desk", name=colleague.name)
            held = {"state": ConversationState.OPERATOR.value, "operator_id": person}
            move(connection, conversation, (said,), office, now, **values | held)
        add_fact(
            connection, conversation, "transferred", staff.login, now, department=where, person=person,
            from_department=conversation.department, from_person=conversation.operator_id,
        )  # fmt: skip

    return act_on(conversation_id, staff, office, change, version=version)


def _is_there(conversation: ConversationView, department: str, person: int | None) -> bool:
    wanted = ConversationState.QUEUED if person is None else ConversationState.OPERATOR
    same = conversation.state is wanted and conversation.department == department
    return same and conversation.operator_id == person


def _done_before(
    conversation_id: int, staff: StaffMember, office: Office, department: str | None, person: int | None
) -> ConversationView | None:
    """The conversation, when the last thing that happened is this very transfer: a double click on a button.

    Asked before anything else, because who passes a conversation to others may no longer see it.
    """
    must_serve_clients(staff)
    with office.database.read() as connection:
        fact = last_fact(connection, conversation_id)
        if fact is None or fact.kind != "transferred" or fact.actor != staff.login:
            return None
        view = conversations.get(connection, conversation_id)
    return view if _is_there(view, department or view.department or "", person) else None


def _find(connection: Connection, person: int, department: str) -> StaffMember:
    colleague = working.find(connection, person)
    if colleague is None:
        raise NotFound("person: there is no such colleague who works with clients; choose another")
    if not colleague.may_see(department):
        raise InvalidInput(f"person: {colleague.name} does not work in that department; choose a colleague who does")
    return colleague
